package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Terms of one operator, with a Lease in memory. OperatorFaultsIT has a real one. */
class LeadershipTest {
  private final AtomicReference<@Nullable LeaderElectionRecord> lease = new AtomicReference<>();
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger releases = new AtomicInteger();
  private final AtomicInteger renewals = new AtomicInteger();
  private final AtomicInteger starts = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final KubernetesClient client =
      new KubernetesClientBuilder().withConfig(Config.empty()).build();
  private final Leadership leadership =
      new Leadership(
          client,
          MemoryLock::new,
          Duration.ofMillis(600),
          new Controllers(() -> List.of(new Counted())));
  private volatile boolean away;

  /** Renewals fail while it is away, and the first time that the Lease is given back hangs. */
  private final class MemoryLock implements Lock {
    @Override
    public @Nullable LeaderElectionRecord get(KubernetesClient client) {
      return lease.get();
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord record) {
      lease.set(record);
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
      boolean gives = record.getHolderIdentity().isEmpty();
      if (gives && releases.getAndIncrement() == 0) {
        await(released);
        throw new KubernetesClientException("conflict");
      }
      renewals.incrementAndGet();
      if (away) {
        throw new KubernetesClientException("away");
      }
      lease.set(record);
    }

    @Override
    public String identity() {
      return "this";
    }

    @Override
    public String describe() {
      return "memory";
    }
  }

  private static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // a request that no interrupt ends
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Counted implements Controller {
    @Override
    public String name() {
      return "counted";
    }

    @Override
    public void start() {
      starts.incrementAndGet();
      running.incrementAndGet();
    }

    @Override
    public void stop() {
      running.decrementAndGet();
    }

    @Override
    public boolean isSynced() {
      return true;
    }

    @Override
    public int queued() {
      return 0;
    }

    @Override
    public int failing() {
      return 0;
    }
  }

  @AfterEach
  void close() {
    released.countDown();
    leadership.close();
    client.close();
  }

  @Test
  void shouldLeadOnWhenTheEndOfAPastTermComesLate() throws Exception {
    leadership.start();
    eventually(() -> assertThat(running).hasValue(1));

    away = true;
    eventually(() -> assertThat(running).hasValue(0));
    eventually(() -> assertThat(releases).hasPositiveValue());
    away = false;
    eventually(() -> assertThat(leadership.isLeader()).isTrue());
    assertThat(running).hasValue(1);

    released.countDown();
    Thread.sleep(1_000); // two renewals
    assertThat(leadership.isLeader()).isTrue();
    assertThat(running).hasValue(1);

    leadership.close();
    assertThat(running).hasValue(0);
    assertThat(lease.get()).extracting(LeaderElectionRecord::getHolderIdentity).isEqualTo("");
  }

  @Test
  void shouldNotLeadByALeaseOfAPastTermThatItCannotRenew() {
    ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
    lease.set(new LeaderElectionRecord("this", Duration.ofMillis(600), now, now, 0));
    away = true;
    leadership.start();
    eventually(() -> assertThat(renewals).hasValueGreaterThan(2));
    assertThat(starts).hasValue(0);

    away = false;
    eventually(() -> assertThat(running).hasValue(1));
  }
}
