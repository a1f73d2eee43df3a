package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class PullTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long MAX_WAIT_NS = 10_000_000;

  private final Scheduler scheduler =
      Schedulers.fromExecutorService(Executors.newVirtualThreadPerTaskExecutor(), "test");

  @AfterEach
  void dispose() {
    scheduler.dispose();
  }

  /** Counts up to a last number; then finished or waiting. */
  private static class Numbers implements Pull.Source<Integer> {
    private final int last;
    private final boolean finishes;
    private final AtomicInteger polled = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();

    Numbers(int last, boolean finishes) {
      this.last = last;
      this.finishes = finishes;
    }

    @Override
    public @Nullable Integer poll() {
      return polled.get() < last ? polled.incrementAndGet() : null;
    }

    @Override
    public boolean isFinished() {
      return finishes;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private Flux<Integer> pull(Numbers numbers) {
    return Pull.from(() -> numbers, scheduler, MAX_WAIT_NS);
  }

  @Test
  void shouldEndAStreamByAnErrorOfTheJvmItself() {
    Numbers numbers =
        new Numbers(1, false) {
          @Override
          public @Nullable Integer poll() {
            throw new InternalError("a fault occurred in an unsafe memory access operation");
          }
        };

    StepVerifier.create(pull(numbers))
        .expectErrorMatches(e -> e instanceof IllegalStateException)
        .verify(PATIENCE);
    awaitClosed(numbers);
    StepVerifier.create(
            Pull.<Integer>from(
                () -> {
                  throw new NoClassDefFoundError("gone");
                },
                scheduler,
                MAX_WAIT_NS))
        .expectErrorMatches(e -> e instanceof IllegalStateException)
        .verify(PATIENCE);
  }

  @Test
  void shouldEndAStreamWhoseReaderFailsByAnErrorOfTheJvmItself() {
    Numbers numbers = new Numbers(100, false);

    StepVerifier.create(
            pull(numbers)
                .map(number -> {
                  if (number == 2) {
                    throw new NoClassDefFoundError("gone");
                  }
                  return number;
                }))
        .expectNext(1)
        .expectErrorMatches(e -> e instanceof IllegalStateException)
        .verify(PATIENCE);
    awaitClosed(numbers);
  }

  @Test
  void shouldPollAsOftenAsIsAskedAndCloseWhenCancelled() {
    Numbers numbers = new Numbers(100, false);

    StepVerifier.create(pull(numbers), 3)
        .expectNext(1, 2, 3)
        .then(() -> assertThat(numbers.polled).hasValue(3))
        .thenRequest(2)
        .expectNext(4, 5)
        .thenCancel()
        .verify(PATIENCE);

    assertThat(numbers.polled).hasValue(5);
    awaitClosed(numbers);
  }

  @Test
  void shouldEndWithAFinishedSource() {
    Numbers numbers = new Numbers(4, true);

    StepVerifier.create(pull(numbers)).expectNextCount(4).expectComplete().verify(PATIENCE);

    awaitClosed(numbers);
  }

  /** Reactor closes the source after it has told the subscriber of the end. */
  private static void awaitClosed(Numbers numbers) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (numbers.closed.get() == 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(numbers.closed).hasValue(1);
  }

  @Test
  void shouldEndForEveryReaderWhateverTheirDemand() {
    for (int i = 0; i < 300; i++) {
      Flux<Integer> shared =
          pull(new Numbers(500, true))
              .publish(
                  items ->
                      Flux.merge(16, items, Flux.never().takeUntilOther(items.then()))
                          .cast(Integer.class),
                  16);

      StepVerifier.create(shared.limitRate(1 + i % 7))
          .expectNextCount(500)
          .expectComplete()
          .verify(PATIENCE);
    }
  }
}
