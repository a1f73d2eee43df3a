package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class NotedLockTest {
  private final AtomicLong clock = new AtomicLong(100);

  @Test
  void shouldCountFromWhenARenewalWasSentAndOnlyIfItSucceeded() {
    Slow slow = new Slow();
    AtomicInteger renewals = new AtomicInteger();
    NotedLock lock = new NotedLock(slow, clock::get, renewals::incrementAndGet);
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      LeaderElectionRecord record = recordOf("me");
      clock.set(1_000);
      lock.update(client, record);
      assertThat(lock.ageNs()).isEqualTo(Slow.TAKES_NS);
      assertThat(renewals).hasValue(1);

      slow.fails = true;
      assertThatThrownBy(() -> lock.update(client, record))
          .isInstanceOf(KubernetesClientException.class);
      assertThat(lock.ageNs()).isEqualTo(2 * Slow.TAKES_NS);
      assertThat(renewals).hasValue(1);
    }
  }

  @Test
  void shouldNotTakeItForARenewalThatTheLockIsGivenBack() {
    AtomicInteger renewals = new AtomicInteger();
    NotedLock lock = new NotedLock(new Slow(), clock::get, renewals::incrementAndGet);
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      lock.update(client, recordOf(""));
      assertThat(lock.ageNs()).isEqualTo(Slow.TAKES_NS);
      assertThat(renewals).hasValue(0);
      lock.create(client, recordOf("me"));
      assertThat(renewals).hasValue(1);
    }
  }

  private static LeaderElectionRecord recordOf(String holder) {
    ZonedDateTime now = ZonedDateTime.now();
    return new LeaderElectionRecord(holder, Duration.ofSeconds(6), now, now, 0);
  }

  private final class Slow implements Lock {
    static final long TAKES_NS = 7;
    boolean fails;

    @Override
    public LeaderElectionRecord get(KubernetesClient client) {
      throw new AssertionError("not asked for");
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord record) {
      update(client, record);
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
      clock.addAndGet(TAKES_NS);
      if (fails) {
        throw new KubernetesClientException("no answer");
      }
    }

    @Override
    public String identity() {
      return "me";
    }

    @Override
    public String describe() {
      return "slow";
    }
  }
}
