package sh.retina.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.util.function.LongSupplier;

/** A lock that notes when it was last renewed, as the others see it. Thread-safe as the other. */
final class NotedLock implements Lock {
  private final Lock lock;
  private final LongSupplier clockNs;
  private final Runnable renewed;
  private volatile long renewedNs;

  /**
   * @param clockNs monotonic time
   * @param renewed called after each time that it was taken or renewed, by the thread that did so
   */
  NotedLock(Lock lock, LongSupplier clockNs, Runnable renewed) {
    this.lock = lock;
    this.clockNs = clockNs;
    this.renewed = renewed;
    this.renewedNs = clockNs.getAsLong();
  }

  /** Since the last renewal that succeeded was sent. */
  long ageNs() {
    return clockNs.getAsLong() - renewedNs;
  }

  @Override
  public LeaderElectionRecord get(KubernetesClient client) {
    return lock.get(client);
  }

  @Override
  public void create(KubernetesClient client, LeaderElectionRecord record) {
    long sentNs = clockNs.getAsLong();
    lock.create(client, record);
    note(record, sentNs);
  }

  @Override
  public void update(KubernetesClient client, LeaderElectionRecord record) {
    long sentNs = clockNs.getAsLong();
    lock.update(client, record);
    note(record, sentNs);
  }

  /** One that names nobody gives the lock back. */
  private void note(LeaderElectionRecord record, long sentNs) {
    if (identity().equals(record.getHolderIdentity())) {
      renewedNs = sentNs;
      renewed.run();
    }
  }

  @Override
  public String identity() {
    return lock.identity();
  }

  @Override
  public String describe() {
    return lock.describe();
  }
}
