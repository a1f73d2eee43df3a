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
import static sh.retina.pipeline.Traffic.series;
import static sh.retina.pipeline.Traffic.withFlags;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.TcpFlag;

class PodSeriesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final String OVERFLOW =
      "direction=egress namespace=overflow podname=overflow workload_kind=overflow"
          + " workload_name=overflow";

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 100, 1_000, 100_000})
  void shouldKeepSumsExactAtAnyBudget(int maxSeries) {
    for (PodLevel.Context context : PodLevel.Context.values()) {
      Aggregate aggregate =
          new Aggregate(
              new PodLevel(
                  true,
                  context,
                  ContextLabel.parse("ip+namespace+podname+port"),
                  true,
                  maxSeries,
                  Duration.ZERO,
                  Duration.ZERO),
              HERE);
      long[] truth = new long[SeriesFamily.values().length];
      Random random = new Random(maxSeries);

      for (int i = 0; i < 6_000; i++) {
        // Pods come and go: the window of names moves on.
        Endpoint source = pod("ns", "p" + (i / 50 + random.nextInt(20)), "10.1.0.1", HERE);
        Endpoint destination = pod("ns", "p" + random.nextInt(100), "fd00::2", "there");
        if (random.nextInt(4) == 0) {
          int packets = 1 + random.nextInt(5);
          String reason = "R" + random.nextInt(5);
          aggregate.accept(dropped(reason, Direction.UNKNOWN, source, destination, packets));
          truth[SeriesFamily.DROPPED.ordinal()] += packets;
        } else {
          int packets = 1 + random.nextInt(9);
          Observation o = forwarded(FROM_ENDPOINT, source, destination, packets);
          o.sourcePort = random.nextInt(65_536);
          Observation answer = forwarded(TO_ENDPOINT, destination, source, 0);
          answer.rttNs = 1 + random.nextInt(1_000_000);
          aggregate.accept(answer);
          aggregate.accept(withFlags(o, Map.of(TcpFlag.ACK, packets)));
          truth[SeriesFamily.FORWARDED.ordinal()] += packets;
          truth[SeriesFamily.TCP_FLAGS.ordinal()] += packets;
          truth[SeriesFamily.TCP_RTT.ordinal()] += answer.rttNs;
        }
        if (i % 1_000 == 0) {
          assertThat(aggregate.expire(i + 2)).isTrue(); // ttl 0: only cleans up behind the scenes
        }
      }

      assertThat(sum(aggregate, SeriesFamily.FORWARDED, 0)).isEqualTo(truth[0]);
      assertThat(sum(aggregate, SeriesFamily.FORWARDED, 1)).isEqualTo(truth[0] * 100);
      assertThat(sum(aggregate, SeriesFamily.DROPPED, 0)).isEqualTo(truth[1]);
      assertThat(sum(aggregate, SeriesFamily.TCP_FLAGS, 0)).isEqualTo(truth[2]);
      assertThat(sum(aggregate, SeriesFamily.TCP_RTT, LatencyBuckets.count())).isEqualTo(truth[4]);
      assertThat(budgeted(aggregate)).isLessThanOrEqualTo(maxSeries);
    }
  }

  @Test
  void shouldCountWhatGoesToTheOverflowSeries() {
    Aggregate aggregate = aggregate(2, Duration.ZERO, Duration.ZERO);

    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.accept(forwarded(FROM_ENDPOINT, SERVER, CLIENT, 2));
    aggregate.accept(forwarded(FROM_ENDPOINT, SERVER, CLIENT, 3));

    assertThat(series(aggregate, SeriesFamily.FORWARDED))
        .containsEntry(OVERFLOW, List.of(5L, 500L));
    assertThat(aggregate.pods().overflowed(SeriesFamily.FORWARDED)).isEqualTo(2);
    assertThat(aggregate.pods().overflowed(SeriesFamily.DROPPED)).isZero();
  }

  @Test
  void shouldNotShowAPodThatIsNamedOverflowTwice() {
    Aggregate aggregate =
        new Aggregate(
            new PodLevel(
                true,
                PodLevel.Context.REMOTE,
                ContextLabel.parse("ip+podname+port"),
                false,
                2,
                Duration.ZERO,
                Duration.ZERO),
            HERE);
    Endpoint impostor = pod("ns", "overflow", "10.0.0.9", HERE);

    aggregate.accept(forwarded(FROM_ENDPOINT, impostor, impostor, 1));
    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 2));

    assertThat(series(aggregate, SeriesFamily.FORWARDED).values())
        .containsExactly(List.of(3L, 300L));
  }

  @Test
  void shouldGoOnInTheSameSeriesWhenAPodChangesInWhatNoLabelShows() {
    Aggregate aggregate = aggregate(100, Duration.ZERO, Duration.ZERO);

    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));
    Endpoint moved = pod("shop", "client", "10.0.0.77", HERE);
    aggregate.accept(forwarded(FROM_ENDPOINT, moved, SERVER, 1));
    aggregate.expire(SECOND);
    aggregate.accept(forwarded(FROM_ENDPOINT, pod("shop", "client", "10.0.0.1", HERE), SERVER, 1));

    assertThat(series(aggregate, SeriesFamily.FORWARDED).values())
        .containsExactly(List.of(3L, 300L));
  }

  @Test
  void shouldRemoveSeriesThatAreNotUpdatedForTheirTtl() {
    Aggregate aggregate = aggregate(100, Duration.ofSeconds(10), Duration.ZERO);
    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.accept(forwarded(TO_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.expire(5 * SECOND);
    aggregate.accept(forwarded(TO_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.expire(14 * SECOND);
    assertThat(aggregate.pods().rows(SeriesFamily.FORWARDED)).isEqualTo(2);

    aggregate.expire(15 * SECOND);

    assertThat(series(aggregate, SeriesFamily.FORWARDED).values())
        .containsExactly(List.of(2L, 200L));
  }

  @Test
  void shouldGiveTheBudgetOfRemovedSeriesToNewOnes() {
    Aggregate aggregate = aggregate(2, Duration.ofSeconds(1), Duration.ZERO);
    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.expire(2 * SECOND);
    aggregate.expire(4 * SECOND);

    aggregate.accept(forwarded(FROM_ENDPOINT, SERVER, CLIENT, 1));

    assertThat(series(aggregate, SeriesFamily.FORWARDED).keySet())
        .containsExactly(
            "direction=egress namespace=shop podname=server workload_kind=Deployment"
                + " workload_name=app-server");
  }

  @Test
  void shouldRemoveSeriesOfADeletedPodAfterTheDelay() {
    Aggregate aggregate = aggregate(100, Duration.ZERO, Duration.ofSeconds(30));
    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.accept(forwarded(TO_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.gone(CLIENT, 10 * SECOND);

    aggregate.expire(39 * SECOND);
    assertThat(aggregate.pods().rows(SeriesFamily.FORWARDED)).as("one more scrape").isEqualTo(2);

    aggregate.expire(40 * SECOND);
    assertThat(series(aggregate, SeriesFamily.FORWARDED).keySet())
        .singleElement()
        .asString()
        .contains("podname=server");
  }

  @Test
  void shouldKeepSeriesOfAPodThatCameBackUnderItsName() {
    Aggregate aggregate = aggregate(100, Duration.ZERO, Duration.ofSeconds(30));
    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.gone(CLIENT, 10 * SECOND);
    aggregate.expire(20 * SECOND);
    aggregate.accept(forwarded(FROM_ENDPOINT, pod("shop", "client", "10.0.0.1", HERE), SERVER, 1));

    aggregate.expire(50 * SECOND);

    assertThat(series(aggregate, SeriesFamily.FORWARDED).values())
        .containsExactly(List.of(2L, 200L));
  }

  @Test
  void shouldNotRemoveWhileAScrapeReads() {
    Aggregate aggregate = aggregate(100, Duration.ofSeconds(1), Duration.ZERO);
    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    Thread scrape =
        Thread.ofVirtual()
            .start(() ->
                aggregate
                    .pods()
                    .read(
                        SeriesFamily.FORWARDED,
                        (_, _) -> {
                          reading.countDown();
                          await(done);
                        }));
    await(reading);

    assertThat(aggregate.expire(5 * SECOND)).isFalse();
    done.countDown();
    join(scrape);
    assertThat(aggregate.expire(5 * SECOND)).isTrue();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static long sum(Aggregate aggregate, SeriesFamily family, int column) {
    return series(aggregate, family).values().stream().mapToLong(row -> row.get(column)).sum();
  }

  /** Prometheus series without those of the overflow. */
  private static int budgeted(Aggregate aggregate) {
    int count = 0;
    for (SeriesFamily family : SeriesFamily.values()) {
      count +=
          (int)
                  series(aggregate, family).keySet().stream()
                      .filter(labels -> !labels.contains("podname=overflow"))
                      .count()
              * family.seriesPerRow();
    }
    return count;
  }

  private static Aggregate aggregate(int maxSeries, Duration ttl, Duration removalDelay) {
    return new Aggregate(
        new PodLevel(
            true,
            PodLevel.Context.LOCAL,
            Set.of(ContextLabel.NAMESPACE, ContextLabel.PODNAME, ContextLabel.WORKLOAD),
            false,
            maxSeries,
            ttl,
            removalDelay),
        HERE);
  }
}
