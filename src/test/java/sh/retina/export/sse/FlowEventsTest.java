package sh.retina.export.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import sh.retina.flow.FlowFilter;
import sh.retina.flow.proto.Flow;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowStart;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlowEventsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final FlowRequest LIVE =
      new FlowRequest(new FlowStart.Now(), FlowFilter.all(), null, true, 0);
  private static final FlowItem ITEM = new FlowItem.Item("1", Flow.getDefaultInstance());

  private final SseSubscribers subscribers = new SseSubscribers();

  @Test
  void shouldSendAHeartbeatEachInterval() {
    StepVerifier.withVirtualTime(() -> stream(Flux.never()))
        .expectNextMatches(event -> "flows".equals(event.comment()))
        .expectNoEvent(Duration.ofSeconds(15))
        .expectNextMatches(FlowEventsTest::isHeartbeat)
        .expectNoEvent(Duration.ofSeconds(15))
        .expectNextMatches(FlowEventsTest::isHeartbeat)
        .thenCancel()
        .verify(PATIENCE);
    assertThat(subscribers.count()).isZero();
  }

  @Test
  void shouldEndWithItsFlowsInSpiteOfTheHeartbeat() {
    StepVerifier.withVirtualTime(
            () -> stream(Flux.just(ITEM).delaySequence(Duration.ofSeconds(20))))
        .expectNextCount(1)
        .thenAwait(Duration.ofSeconds(15))
        .expectNextMatches(FlowEventsTest::isHeartbeat)
        .thenAwait(Duration.ofSeconds(5))
        .expectNextMatches(event -> "flow".equals(event.event()))
        .expectComplete()
        .verify(PATIENCE);
  }

  @Test
  void shouldSkipHeartbeatsThatNobodyReads() {
    StepVerifier.withVirtualTime(() -> stream(Flux.never()), 1)
        .expectNextCount(1)
        .thenAwait(Duration.ofHours(1))
        .thenRequest(1000)
        // What merge had requested ahead is all that has waited, of 240.
        .expectNextCount(16)
        .expectNoEvent(Duration.ofSeconds(14))
        .thenCancel()
        .verify(PATIENCE);
  }

  @Test
  void shouldRequestNoMoreThanAFewItemsAhead() {
    AtomicLong requested = new AtomicLong();
    Flux<FlowItem> endless =
        Flux.<FlowItem>generate(sink -> sink.next(ITEM)).doOnRequest(requested::addAndGet);

    StepVerifier.create(stream(endless), 10)
        .expectNextCount(10)
        .then(() -> assertThat(requested.get()).isLessThanOrEqualTo(64))
        .thenCancel()
        .verify(PATIENCE);
  }

  @Test
  void shouldLetTheSourceGoWhenTheClientIsGone() {
    TestPublisher<FlowItem> source = TestPublisher.create();

    StepVerifier.create(stream(source.flux()))
        .expectNextCount(1)
        .then(() -> source.next(ITEM))
        .expectNextCount(1)
        .thenCancel()
        .verify(PATIENCE);

    source.assertCancelled();
    assertThat(subscribers.count()).isZero();
  }

  @Test
  void shouldCountAClientOnlyWhileItReads() {
    FlowEvents failing =
        new FlowEvents(
            _ -> {
              throw new IllegalStateException("no journal");
            },
            new SseProperties(Duration.ofSeconds(15), 1),
            subscribers);

    StepVerifier.create(failing.stream(LIVE, Mono.never(), Schedulers.immediate()))
        .expectErrorMessage("no journal")
        .verify(PATIENCE);
    StepVerifier.create(stream(Flux.just(ITEM)))
        .expectNextCount(2)
        .expectComplete()
        .verify(PATIENCE);
    assertThat(subscribers.count()).isZero();
  }

  /** One that writes to the client; see {@link FlowEvents#stream} for what two do. */
  @Test
  void shouldBringAllOnOneThread() {
    Scheduler writer = Schedulers.newSingle("writer");
    Flux<FlowItem> slow = Flux.just(ITEM, ITEM).delayElements(Duration.ofMillis(600));
    Set<String> threads = ConcurrentHashMap.newKeySet();

    StepVerifier.create(
            new FlowEvents(_ -> slow, new SseProperties(Duration.ofMillis(500), 1), subscribers)
                .stream(LIVE, Mono.never(), writer)
                    .doOnNext(_ -> threads.add(Thread.currentThread().getName())))
        .thenConsumeWhile(_ -> true)
        .expectComplete()
        .verify(PATIENCE);

    assertThat(threads).singleElement().asString().startsWith("writer");
    writer.dispose();
  }

  private Flux<ServerSentEvent<String>> stream(Flux<FlowItem> items) {
    return new FlowEvents(_ -> items, new SseProperties(Duration.ofSeconds(15), 1), subscribers)
        .stream(LIVE, Mono.never(), Schedulers.immediate());
  }

  private static boolean isHeartbeat(ServerSentEvent<String> event) {
    return "heartbeat".equals(event.comment()) && event.data() == null;
  }
}
