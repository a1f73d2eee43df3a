package sh.retina.operator;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Threads that work off a queue until they are stopped; a piece of work that fails comes again. */
final class Workers {
  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
  private static final Duration LAST_WRITE = Duration.ofSeconds(20);

  /** One look at one object. */
  interface Work {
    /**
     * @return whether anything was written
     * @throws KubernetesClientException to be called again for it, later
     */
    boolean on(String key);
  }

  private final String name;
  private final WorkQueue queue;
  private final Work work;
  private final OperatorMeters meters;
  private final List<Thread> threads = new ArrayList<>();

  Workers(String name, WorkQueue queue, Work work, OperatorMeters meters) {
    this.name = name;
    this.queue = queue;
    this.work = work;
    this.meters = meters;
  }

  void start(int count) {
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofVirtual().name(name + "-" + i).start(this::loop));
    }
  }

  /** Closes the queue and waits for the writes that are under way. */
  void stop() {
    queue.close();
    for (Thread thread : threads) {
      try {
        if (!thread.join(LAST_WRITE)) {
          LOG.warn("controller={} a write did not end within {}", name, LAST_WRITE);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void loop() {
    try {
      for (String key = queue.take(); key != null; key = queue.take()) {
        boolean succeeded = false;
        try {
          meters.reconciled(name, work.on(key) ? "written" : "unchanged");
          succeeded = true;
        } catch (KubernetesClientException e) {
          meters.reconciled(name, "failed");
          LOG.debug("controller={} object={} comes again: {}", name, key, e.getMessage());
        } catch (RuntimeException e) {
          meters.reconciled(name, "failed");
          LOG.error("controller={} object={} comes again", name, key, e);
        } finally {
          queue.done(key, succeeded);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
