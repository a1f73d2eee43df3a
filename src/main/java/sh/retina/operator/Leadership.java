package sh.retina.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes part in the election of a leader, by a Lease, for as long as the process lives. A leader
 * that cannot renew its Lease stops before another one may begin.
 */
final class Leadership {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final KubernetesClient client;
  private final NotedLock lock;
  private final Duration lease;
  private final Duration renewal;
  private final Controllers controllers;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("leadership").factory());
  private @Nullable CompletableFuture<?> running;
  private boolean closed;
  private volatile boolean leader;
  private volatile String known = "";

  /**
   * @param identity of this process, unlike any other's
   */
  Leadership(
      KubernetesClient client,
      String namespace,
      String name,
      String identity,
      Duration lease,
      Controllers controllers) {
    this.client = client;
    this.lock = new NotedLock(new LeaseLock(namespace, name, identity), System::nanoTime);
    this.lease = lease;
    this.renewal = lease.multipliedBy(2).dividedBy(3);
    this.controllers = controllers;
  }

  void start() {
    long stepMs = lease.dividedBy(24).toMillis();
    elect();
    var _ = watch.scheduleWithFixedDelay(this::step, stepMs, stepMs, TimeUnit.MILLISECONDS);
  }

  /**
   * One thread ends an election and begins the next: the elector gives the Lease back and calls
   * {@link #ended} after its future is complete, which would end the next one's leadership.
   */
  private void step() {
    try {
      if (leader && lock.ageNs() > renewal.toNanos()) {
        // The elector itself looks only between its requests, of which one may hang for longer.
        LOG.warn("the Lease could not be renewed for {}: another one may lead soon", renewal);
        ended();
        cancel();
      }
      elect();
    } catch (RuntimeException e) {
      LOG.warn("the election begins again", e);
    }
  }

  private void cancel() {
    CompletableFuture<?> election;
    synchronized (this) {
      election = running;
    }
    if (election != null) {
      election.cancel(true);
    }
  }

  private synchronized void elect() {
    if (closed || (running != null && !running.isDone())) {
      return;
    }
    running =
        new LeaderElector(
                client,
                new LeaderElectionConfigBuilder()
                    .withName("retina-operator")
                    .withLock(lock)
                    .withLeaseDuration(lease)
                    .withRenewDeadline(renewal)
                    .withRetryPeriod(lease.dividedBy(6))
                    .withReleaseOnCancel()
                    .withLeaderCallbacks(
                        new LeaderCallbacks(this::began, this::ended, this::changed))
                    .build(),
                executor)
            .start();
  }

  private void began() {
    leader = true;
    LOG.info("leads from now on");
    controllers.start();
  }

  private void ended() {
    boolean led = leader;
    leader = false;
    controllers.stop();
    if (led) {
      LOG.info("leads no more");
    }
  }

  private void changed(String identity) {
    known = identity;
    LOG.info("leader={}", identity);
  }

  boolean isLeader() {
    return leader;
  }

  /** Who leads; empty while nobody is known to. */
  String leader() {
    return known;
  }

  /** Stops what it does and gives the Lease back, so that another one need not wait for its end. */
  void close() {
    watch.shutdownNow();
    synchronized (this) {
      closed = true;
    }
    cancel();
    executor.close();
    ended();
  }
}
