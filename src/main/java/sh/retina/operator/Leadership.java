package sh.retina.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
  private final Supplier<Lock> locks;
  private final Duration lease;
  private final Duration renewal;
  private final Controllers controllers;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("leadership").factory());
  private @Nullable CompletableFuture<?> running;
  private int term;
  private boolean closed;
  private volatile NotedLock lock;
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
    this(client, () -> new LeaseLock(namespace, name, identity), lease, controllers);
  }

  /**
   * @param locks one for each term: a lock remembers the version of the Lease, and a request of a
   *     past term must not have the present one's
   */
  Leadership(
      KubernetesClient client, Supplier<Lock> locks, Duration lease, Controllers controllers) {
    this.client = client;
    this.locks = locks;
    this.lock = new NotedLock(locks.get(), System::nanoTime, () -> {});
    this.lease = lease;
    this.renewal = lease.multipliedBy(2).dividedBy(3);
    this.controllers = controllers;
  }

  void start() {
    long stepMs = lease.dividedBy(24).toMillis();
    elect();
    var _ = watch.scheduleWithFixedDelay(this::step, stepMs, stepMs, TimeUnit.MILLISECONDS);
  }

  /** One thread ends an election and begins the next. */
  private void step() {
    try {
      if (leader && lock.ageNs() > renewal.toNanos()) {
        // The elector itself looks only between its requests, of which one may hang for longer.
        LOG.warn("the Lease could not be renewed for {}: another one may lead soon", renewal);
        cancel();
      }
      elect();
    } catch (RuntimeException e) {
      LOG.warn("the election begins again", e);
    }
  }

  /** Another thread gives the Lease back, as long as that may take. */
  private synchronized void cancel() {
    ended(term);
    term++; // a renewal that is under way begins nothing any more
    CompletableFuture<?> election = running;
    running = null;
    if (election != null) {
      executor.execute(() -> election.cancel(true));
    }
  }

  private synchronized void elect() {
    if (closed || (running != null && !running.isDone())) {
      return;
    }
    int begins = ++term;
    NotedLock noted = new NotedLock(locks.get(), System::nanoTime, () -> renewed(begins));
    lock = noted;
    running =
        new LeaderElector(
                client,
                new LeaderElectionConfigBuilder()
                    .withName("retina-operator")
                    .withLock(noted)
                    .withLeaseDuration(lease)
                    .withRenewDeadline(renewal)
                    .withRetryPeriod(lease.dividedBy(6))
                    .withReleaseOnCancel()
                    .withLeaderCallbacks(
                        new LeaderCallbacks(() -> {}, () -> ended(begins), this::changed))
                    .build(),
                executor)
            .start();
  }

  /**
   * The elector's own word that it leads comes as soon as it reads a Lease with this name in it, be
   * it one of a past term that runs out and that no request could renew: only a renewal counts.
   */
  private synchronized void renewed(int which) {
    if (which != term || leader || closed) {
      return;
    }
    leader = true;
    LOG.info("leads from now on");
    controllers.start();
  }

  /**
   * An election whose request to give the Lease back hangs says so late, and may do so in the time
   * of the next one.
   */
  private synchronized void ended(int which) {
    if (which != term || !leader) {
      return;
    }
    leader = false;
    controllers.stop();
    LOG.info("leads no more");
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
  }
}
