package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sh.retina.event.StatSample;

/** Each source is read once a round; what one does is nothing to the others. */
class StatPollerTest {
  private final Map<String, StatPoller.Reading> sources = new LinkedHashMap<>();
  private final Map<String, List<StatSample>> published = new HashMap<>();
  private final StatPoller poller =
      new StatPoller(() -> sources, published::put, Duration.ofHours(1), () -> 0);

  /** An object that counts from 0. */
  private static final class Counting implements StatPoller.Reading {
    double seen;
    boolean isClosed;

    @Override
    public void into(StatSink sink) {
      if (!isClosed) {
        sink.set(TestMetric.SEEN, seen, "a");
        sink.set(TestMetric.OPEN, seen, "a");
      }
    }

    @Override
    public boolean startsAtZero() {
      return true;
    }
  }

  private Map<String, Double> values(String plugin) {
    Map<String, Double> values = new TreeMap<>();
    published
        .getOrDefault(plugin, List.of())
        .forEach(sample ->
            values.put(sample.metric() + "/" + sample.labelValues().getFirst(), sample.value()));
    return values;
  }

  @Test
  void shouldPublishWhatIsReadAndForgetWhatIsNotReadAgain() {
    sources.put(
        "p",
        sink -> {
          sink.set(TestMetric.SEEN, 1, "a");
          sink.set(TestMetric.SEEN, 2, "b");
          sink.set(TestMetric.SEEN, 3, "b");
        });
    poller.round();
    assertThat(values("p")).isEqualTo(Map.of("SEEN/a", 1.0, "SEEN/b", 3.0));
    assertThat(poller.hasValues("p")).isTrue();
    assertThat(poller.trouble("p")).isEmpty();

    sources.put("p", sink -> sink.set(TestMetric.SEEN, 4, "b"));
    poller.round();
    assertThat(values("p")).isEqualTo(Map.of("SEEN/b", 4.0));

    sources.remove("p");
    poller.round();
    assertThat(values("p")).isEmpty();
    assertThat(poller.hasValues("p")).isFalse();
  }

  @Test
  void shouldReadTheOthersWhateverOneThrows() {
    sources.put(
        "unreadable",
        _ -> {
          throw new IOException("/proc/x: no such file");
        });
    sources.put(
        "broken",
        sink -> {
          sink.set(TestMetric.SEEN, 1, "half");
          throw new IllegalStateException("on purpose");
        });
    sources.put(
        "deep",
        _ -> {
          throw new StackOverflowError();
        });
    sources.put("mislabelled", sink -> sink.set(TestMetric.SEEN, 1, "a", "b"));
    sources.put("good", sink -> sink.set(TestMetric.SEEN, 1, "a"));

    poller.round();

    assertThat(values("good")).isEqualTo(Map.of("SEEN/a", 1.0));
    assertThat(poller.trouble("good")).isEmpty();
    assertThat(values("broken")).isEmpty();
    assertThat(poller.trouble("unreadable")).isEqualTo("/proc/x: no such file");
    assertThat(poller.trouble("broken")).contains("IllegalStateException", "on purpose");
    assertThat(poller.trouble("deep")).contains("StackOverflowError");
    assertThat(poller.trouble("mislabelled")).contains("has the labels [name]");
    for (String bad : List.of("unreadable", "broken", "deep", "mislabelled")) {
      assertThat(poller.hasValues(bad)).as(bad).isFalse();
    }

    sources.put("broken", sink -> sink.set(TestMetric.SEEN, 2, "a"));
    poller.round();
    assertThat(poller.trouble("broken")).isEmpty();
    assertThat(values("broken")).isEqualTo(Map.of("SEEN/a", 2.0));
  }

  @Test
  void shouldSayWhatIsPartlyMissingAndKeepTheRest() {
    sources.put(
        "p",
        sink -> {
          sink.missing("/proc/a: Permission denied");
          sink.missing("/proc/b: Permission denied");
          sink.set(TestMetric.OPEN, 1, "a");
        });

    poller.round();

    assertThat(poller.trouble("p"))
        .isEqualTo("/proc/a: Permission denied; /proc/b: Permission denied");
    assertThat(poller.hasValues("p")).isTrue();
    assertThat(values("p")).isEqualTo(Map.of("OPEN/a", 1.0));
  }

  @Test
  void shouldLeaveOutACounterThatNoScrapeCouldShow() {
    sources.put(
        "p",
        sink -> {
          sink.set(TestMetric.SEEN, -1, "a");
          sink.set(TestMetric.SEEN, Double.NaN, "b");
          sink.set(TestMetric.SEEN, 1, "c");
          sink.set(TestMetric.OPEN, -1, "a");
        });

    poller.round();

    assertThat(values("p")).isEqualTo(Map.of("SEEN/c", 1.0, "OPEN/a", -1.0));
    assertThat(poller.trouble("p")).contains("retina_test_seen_total[a] cannot be -1.0", "NaN");
  }

  @Test
  void shouldGoOnCountingWhenAnObjectIsReplaced() {
    Counting first = new Counting();
    sources.put("p", first);
    first.seen = 5;
    poller.round();
    first.seen = 7;
    poller.readLast("p", first);
    first.isClosed = true;
    poller.round();
    assertThat(values("p")).containsEntry("SEEN/a", 7.0);

    sources.remove("p");
    poller.round();
    assertThat(values("p")).isEmpty();

    Counting second = new Counting();
    sources.put("p", second);
    poller.round();
    assertThat(values("p")).isEqualTo(Map.of("SEEN/a", 7.0, "OPEN/a", 0.0));
    second.seen = 2;
    poller.round();
    assertThat(values("p")).isEqualTo(Map.of("SEEN/a", 9.0, "OPEN/a", 2.0));
  }

  @Test
  void shouldReadAtOnceAndEndWithTheRoundThatIsUnderWay() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    sources.put(
        "p",
        sink -> {
          sink.set(TestMetric.SEEN, 1, Thread.currentThread().getName());
          started.countDown();
        });

    poller.start();
    assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
    poller.close();

    assertThat(values("p")).isEqualTo(Map.of("SEEN/stat-poller", 1.0));
  }
}
