package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import sh.retina.flow.FlowFilter;
import sh.retina.journal.Start;

/** The path from the journal on, for streams and for meters. */
class JournalPathTest extends JournalFixture {
  private List<Integer> ports(FlowStart start, long limit) {
    return ports(new FlowRequest(start, FlowFilter.all(), null, false, limit));
  }

  private List<Integer> ports(FlowRequest request) {
    List<Integer> ports = new ArrayList<>();
    for (FlowItem item : read(request)) {
      if (item instanceof FlowItem.Item(_, var flow)) {
        ports.add(flow.getL4().getUDP().getDestinationPort());
      }
    }
    return ports;
  }

  @Test
  void shouldServeThePastFromEveryStart() {
    for (int port = 1; port <= 5; port++) {
      now = now.plusSeconds(10);
      append(port);
    }

    assertThat(ports(new FlowStart.Oldest(), 0)).containsExactly(1, 2, 3, 4, 5);
    assertThat(ports(new FlowStart.Oldest(), 2)).containsExactly(1, 2);
    assertThat(ports(new FlowStart.Since(now.minusSeconds(20)), 0)).containsExactly(3, 4, 5);
    assertThat(ports(new FlowStart.Last(2), 0)).containsExactly(4, 5);
    assertThat(ports(new FlowStart.Last(9), 0)).containsExactly(1, 2, 3, 4, 5);
    assertThat(ports(new FlowStart.Now(), 0)).isEmpty();
    assertThat(
            ports(
                new FlowRequest(
                    new FlowStart.Oldest(), FlowFilter.all(), now.minusSeconds(20), false, 0)))
        .containsExactly(1, 2, 3);
    assertThat(
            ports(
                new FlowRequest(
                    new FlowStart.Last(2), o -> o.destinationPort != 5, null, false, 0)))
        .containsExactly(3, 4);
  }

  @Test
  void shouldResumeAfterAFlowAlsoInTheMiddleOfABatch() {
    records.begin().add(0, "10.0.0.5", 1).add(0, "10.0.0.5", 2).add(0, "10.0.0.5", 3);
    appendRecords();
    append(4);
    List<FlowItem> all =
        read(new FlowRequest(new FlowStart.Oldest(), FlowFilter.all(), null, false, 0));
    assertThat(all).hasSize(4);
    String second = all.get(1) instanceof FlowItem.Item(var id, _) ? id : "";

    assertThat(ports(new FlowStart.After(second), 0)).containsExactly(3, 4);
  }

  @Test
  void shouldRefuseIdsThatItNeverGaveAtOnce() {
    for (String id : List.of("", "7", "x.1", "7.-1", "7.", ".1", "0.0", "ffffffffffffffffff.1")) {
      FlowRequest request =
          new FlowRequest(new FlowStart.After(id), FlowFilter.all(), null, false, 0);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> flows.open(request))
          .withMessageContaining("'" + id + "'");
    }
  }

  @Test
  void shouldFindAllUntilAMomentAlsoBehindAClockThatWasSetBack() {
    append(1);
    now = now.plusSeconds(7_200);
    append(2);
    now = now.minusSeconds(7_000);
    append(3);
    Instant until = now;
    now = now.plusSeconds(1);
    append(4);

    for (boolean follow : new boolean[] {false, true}) {
      assertThat(ports(new FlowRequest(new FlowStart.Oldest(), FlowFilter.all(), until, follow, 0)))
          .as("follow=" + follow)
          .containsExactly(1, 3);
    }
    assertThat(ports(new FlowRequest(new FlowStart.Last(1), FlowFilter.all(), until, false, 0)))
        .containsExactly(3);
  }

  /** As from a node whose traffic never pauses. */
  @Test
  void shouldEndWhereTheJournalEndedWhenItWasAskedThoughMoreComesWithEachEvent() {
    append(1);
    append(2);
    int[] asked = {0};
    FlowFilter appending =
        event -> {
          assertThat(asked[0]++).isLessThan(1_000);
          append(9);
          return event.destinationPort == 2;
        };

    for (FlowStart start : List.of(new FlowStart.Oldest(), new FlowStart.Last(100))) {
      List<Integer> ports = ports(new FlowRequest(start, appending, null, false, 100));

      assertThat(ports).as(start.toString()).containsExactly(2);
    }
  }

  @Test
  void shouldFollowWhatIsAppended() {
    append(1);

    StepVerifier.create(
            flows.open(new FlowRequest(new FlowStart.Now(), FlowFilter.all(), null, true, 0)))
        .expectSubscription()
        .expectNoEvent(Duration.ofMillis(200))
        .then(() -> append(2))
        .assertNext(item -> assertThat(item).isInstanceOf(FlowItem.Item.class))
        .thenCancel()
        .verify(PATIENCE);
  }

  @Test
  void shouldTellASlowStreamHowManyEventsItLost() {
    journal.close();
    open(16 << 20);
    StepVerifier.create(
            flows.open(new FlowRequest(new FlowStart.Oldest(), FlowFilter.all(), null, true, 0)), 0)
        .expectSubscription()
        .thenRequest(1)
        .then(() -> append(1))
        .expectNextCount(1)
        .then(this::flood)
        .thenRequest(Long.MAX_VALUE)
        .thenConsumeWhile(item -> !(item instanceof FlowItem.Lost))
        .assertNext(item ->
            assertThat(item instanceof FlowItem.Lost(_, var count) ? count : 0).isPositive())
        .thenCancel()
        .verify(PATIENCE);

    assertThat(ledger.plugin(PLUGIN).events(Loss.STREAM_SLOW)).isPositive();
  }

  /** More than the journal keeps. */
  private void flood() {
    records.begin();
    for (int i = 0; i < 1_000; i++) {
      records.add(0, "10.0.0.5", 7);
    }
    for (int i = 0; i < 300; i++) {
      journal.append(
          source,
          records.address(),
          records.byteCount(),
          records.count(),
          now.toEpochMilli() * 1_000_000);
    }
  }

  @Test
  void shouldCountEveryEventInTheMetersAndKeepTheBooks() {
    records.begin().add(0, "10.0.0.5", 1).addGarbage().add(0, "10.0.0.5", 2);
    journal.append(source, records.address(), records.byteCount(), records.count(), 0);
    AtomicLong counted = new AtomicLong();
    Aggregate aggregate = new Aggregate(PodLevel.off(), "node1");
    try (MetricPipeline pipeline =
        new MetricPipeline(
            journal::reader,
            decoders,
            o -> {
              if (o.destinationPort == 1) {
                counted.incrementAndGet();
                return true;
              }
              throw new IllegalStateException("a stage that fails");
            },
            aggregate,
            ledger,
            _ -> {},
            _ -> {},
            System::nanoTime)) {
      pipeline.start(new Start.Named("metrics"), true);
      PluginLedger books = ledger.plugin(PLUGIN);
      await(() -> books.events(Stage.DECODED) + books.events(Loss.DECODE_ERROR) >= 3);
      append(1); // the path goes on after a batch that failed
      await(() -> books.events(Stage.AGGREGATED) == 2);
      assertThat(counted).hasValue(2);

      assertThat(books.events(Stage.AGGREGATED)).isEqualTo(2);
      assertThat(books.events(Loss.DECODE_ERROR)).isEqualTo(1);
      assertThat(pipeline.isFailed()).isFalse();
    }
  }

  @Test
  void shouldEndTheSeriesOfADeletedPodThoughNothingElseHappens() {
    AtomicLong nanoTime = new AtomicLong(1_000_000_000_000L);
    Aggregate aggregate = new Aggregate(PodLevel.defaults(PodLevel.Context.LOCAL), "node1");
    PodSeries series = aggregate.pods();
    appendContext(pod("old"));
    append(1);
    try (MetricPipeline pipeline =
        new MetricPipeline(
            journal::reader,
            decoders,
            FlowFilter.all(),
            aggregate,
            ledger,
            _ -> {},
            _ -> {},
            nanoTime::get)) {
      pipeline.start(new Start.Named("metrics"), true);
      await(() -> series.rows(SeriesFamily.FORWARDED) == 1);

      appendContext(pod("young"));
      append(2);
      await(() -> series.rows(SeriesFamily.FORWARDED) == 2);
      nanoTime.addAndGet(PodLevel.DEFAULT_REMOVAL_DELAY.multipliedBy(2).toNanos());

      await(() -> series.rows(SeriesFamily.FORWARDED) == 1);
      assertThat(Traffic.series(aggregate, SeriesFamily.FORWARDED).keySet())
          .singleElement()
          .asString()
          .contains("podname=young");
    }
  }

  private static void await(java.util.function.BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("patience").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
