package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
  private static final long SETTLE_NS = 200_000_000;
  private final AtomicLong clock = new AtomicLong();
  private final WorkQueue queue = new WorkQueue(SETTLE_NS, clock::get);

  @Test
  void shouldJoinWhatHappensWithinTheTimeThatAnObjectSettles() throws InterruptedException {
    queue.add("a");
    queue.add("a");
    queue.add("b");
    clock.addAndGet(SETTLE_NS);

    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.take()).isEqualTo("a");
    assertThat(queue.take()).isEqualTo("b");
    queue.done("a", true);
    queue.done("b", true);
    assertThat(queue.size()).isZero();
  }

  @Test
  void shouldBringBackWhatChangedWhileAWorkerHadIt() throws InterruptedException {
    queue.add("a");
    clock.addAndGet(SETTLE_NS);
    queue.take();

    queue.add("a");
    assertThat(queue.size()).isEqualTo(1); // not with a second worker

    queue.done("a", true);
    clock.addAndGet(SETTLE_NS);
    assertThat(queue.take()).isEqualTo("a");
  }

  @Test
  void shouldBringBackWhatFailedLaterEachTime() throws InterruptedException {
    queue.add("a");
    clock.addAndGet(SETTLE_NS);
    long waitedNs = 0;
    for (int failure = 0; failure < 20; failure++) {
      queue.take();
      queue.done("a", false);
      assertThat(queue.failing()).isEqualTo(1);
      waitedNs = Math.min(30_000_000_000L, 200_000_000L << Math.min(failure, 8));
      clock.addAndGet(waitedNs);
    }

    assertThat(waitedNs).isEqualTo(30_000_000_000L);
    assertThat(queue.take()).isEqualTo("a");
    queue.done("a", true);
    assertThat(queue.failing()).isZero();
  }

  @Test
  void shouldEndItsWorkersWhenItIsClosed() throws InterruptedException {
    queue.add("a");

    queue.close();

    assertThat(queue.take()).isNull();
    queue.add("b");
    assertThat(queue.size()).isZero();
  }
}
