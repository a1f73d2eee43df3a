package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class PullTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private final Scheduler scheduler = Schedulers.newSingle("pull-test");

  @AfterEach
  void stop() {
    scheduler.dispose();
  }

  /** Gives what is put in; counts how often it was asked and closed. */
  private static final class Items implements Pull.Source<String> {
    final ConcurrentLinkedQueue<String> waiting = new ConcurrentLinkedQueue<>();
    final AtomicInteger given = new AtomicInteger();
    final CountDownLatch closed = new CountDownLatch(1);
    volatile boolean finished;

    @Override
    public @Nullable String poll() {
      String item = waiting.poll();
      if (item != null) {
        given.incrementAndGet();
      }
      return item;
    }

    @Override
    public boolean isFinished() {
      return finished;
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  @Test
  void shouldReadOnlyWhatIsRequested() {
    Items items = new Items();
    for (int i = 0; i < 10; i++) {
      items.waiting.add("item " + i);
    }

    StepVerifier.create(Pull.from(() -> items, scheduler, 1_000_000), 0)
        .thenRequest(2)
        .expectNext("item 0", "item 1")
        .then(() -> assertThat(items.given).hasValue(2))
        .thenRequest(1)
        .expectNext("item 2")
        .thenCancel()
        .verify(PATIENCE);

    assertThat(items.given).hasValue(3);
  }

  @Test
  void shouldWaitForWhatComesLaterAndEndWhenTheSourceDoes() throws InterruptedException {
    Items items = new Items();

    StepVerifier.create(Pull.from(() -> items, scheduler, 5_000_000))
        .expectSubscription()
        .then(() -> items.waiting.add("late"))
        .expectNext("late")
        .then(() -> items.finished = true)
        .expectComplete()
        .verify(PATIENCE);

    assertThat(items.closed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldCloseTheSourceWhenCancelledWhileWaiting() throws InterruptedException {
    Items items = new Items();

    StepVerifier.create(Pull.from(() -> items, scheduler, PATIENCE.toNanos()))
        .expectSubscription()
        .expectNoEvent(Duration.ofMillis(50))
        .thenCancel()
        .verify(PATIENCE);

    assertThat(items.closed.await(10, TimeUnit.SECONDS)).isTrue();
  }
}
