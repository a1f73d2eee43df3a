package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.event.ObservationPoint.FROM_ENDPOINT;
import static sh.retina.event.ObservationPoint.TO_ENDPOINT;
import static sh.retina.pipeline.Traffic.CLIENT;
import static sh.retina.pipeline.Traffic.HERE;
import static sh.retina.pipeline.Traffic.SERVER;
import static sh.retina.pipeline.Traffic.dropped;
import static sh.retina.pipeline.Traffic.forwarded;
import static sh.retina.pipeline.Traffic.pod;
import static sh.retina.pipeline.Traffic.withFlags;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.TcpFlag;

class AggregateHotPathTest {
  private static final int EVENTS = 100_000;

  @ParameterizedTest
  @EnumSource(PodLevel.Context.class)
  void shouldAllocateNothingPerEvent(PodLevel.Context context) {
    Aggregate aggregate = aggregate(context);
    List<Observation> events = events();
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    run(aggregate, events, EVENTS);

    long before = threads.getCurrentThreadAllocatedBytes();
    run(aggregate, events, EVENTS);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    // The measurement itself takes a few hundred bytes; one object per event would be 1.6 MB.
    assertThat(allocated).isLessThan(EVENTS / 10);
  }

  @ParameterizedTest
  @EnumSource(PodLevel.Context.class)
  void shouldNeverShowATornOrShrinkingSeriesWhileEventsArrive(PodLevel.Context context)
      throws InterruptedException {
    Aggregate aggregate = aggregate(context);
    AtomicBoolean writing = new AtomicBoolean(true);
    AtomicReference<AssertionError> failure = new AtomicReference<>();
    Thread scraper =
        Thread.ofPlatform()
            .start(() -> {
              try {
                Map<String, List<Long>> last = Map.of();
                while (writing.get()) {
                  last = compare(last, Traffic.series(aggregate, SeriesFamily.FORWARDED));
                }
              } catch (AssertionError e) {
                failure.set(e);
              }
            });

    long expected = 0;
    for (int i = 0; i < 200_000; i++) {
      Observation o = forwarded(FROM_ENDPOINT, i % 64 == 0 ? newPod(i) : CLIENT, SERVER, 1 + i % 3);
      expected += o.packets;
      aggregate.accept(o);
    }
    writing.set(false);
    scraper.join();

    assertThat(failure.get()).isNull();
    long sum =
        Traffic.series(aggregate, SeriesFamily.FORWARDED).values().stream()
            .mapToLong(row -> row.get(0))
            .sum();
    assertThat(sum).isEqualTo(expected);
  }

  private static Endpoint newPod(int i) {
    return pod("ns", "p" + i, "10.1.0.1", HERE);
  }

  private static Map<String, List<Long>> compare(
      Map<String, List<Long>> last, Map<String, List<Long>> now) {
    assertThat(now.keySet()).containsAll(last.keySet());
    last.forEach((labels, columns) -> {
      List<Long> later = now.getOrDefault(labels, List.of());
      assertThat(later.get(0)).isGreaterThanOrEqualTo(columns.get(0));
      assertThat(later.get(1)).isGreaterThanOrEqualTo(columns.get(1));
    });
    now.forEach((_, columns) -> assertThat(columns.get(0)).isBetween(0L, 1_000_000L));
    return new HashMap<>(now);
  }

  private static void run(Aggregate aggregate, List<Observation> events, int count) {
    for (int i = 0; i < count; i++) {
      Observation o = events.get(i % events.size());
      if (o.rttNs > 0) {
        o.rttNs++; // each is the longest so far, and the exemplar
      }
      aggregate.accept(o);
    }
  }

  private static List<Observation> events() {
    List<Observation> events = new ArrayList<>();
    Observation leaving =
        withFlags(
            forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1), Map.of(TcpFlag.ACK, 1, TcpFlag.PSH, 1));
    leaving.firstOnNode = true;
    Observation entering = forwarded(TO_ENDPOINT, SERVER, CLIENT, 1);
    entering.reply = Observation.Reply.YES;
    entering.rttNs = 80_000;
    entering.connectNs = 90_000;
    events.add(leaving);
    events.add(entering);
    events.add(dropped("NETFILTER_DROP", Direction.UNKNOWN, CLIENT, SERVER, 1));
    return events;
  }

  private static Aggregate aggregate(PodLevel.Context context) {
    return new Aggregate(
        new PodLevel(
            true,
            context,
            ContextLabel.parse("ip+namespace+podname+workload"),
            false,
            PodLevel.DEFAULT_MAX_SERIES,
            Duration.ZERO,
            PodLevel.DEFAULT_REMOVAL_DELAY),
        HERE);
  }
}
