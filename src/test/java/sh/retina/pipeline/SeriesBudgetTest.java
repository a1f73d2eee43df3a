package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SeriesBudgetTest {
  private static final SeriesFamily ONE = SeriesFamily.TCP_FLAGS; // a series a row

  private final Logger logger = (Logger) LoggerFactory.getLogger(SeriesBudget.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();

  @BeforeEach
  void listen() {
    logger
        .getLoggerContext()
        .resetTurboFilterList(); // of a Spring that did not come to its logging
    logger.setLevel(Level.WARN);
    said.start();
    logger.addAppender(said);
  }

  @AfterEach
  void restore() {
    logger.detachAppender(said);
    logger.setLevel(null);
  }

  private String said() {
    return said.list.stream()
        .map(event -> event.getFormattedMessage() + "\n")
        .collect(Collectors.joining());
  }

  @Test
  void shouldSayOnceThatItIsNearlyUsedAndAgainAfterItWasNot() {
    SeriesBudget budget = new SeriesBudget(level(100, List.of()));
    take(budget, 79);
    assertThat(said()).doesNotContain("are used");

    take(budget, 1);
    assertThat(said()).contains("retina.metrics.max-series: 80 of 100 series are used");
    take(budget, 20);
    assertThat(budget.take(ONE)).isFalse();
    giveBack(budget, 25); // 75: not yet another time
    take(budget, 10);
    assertThat(warnings()).isEqualTo(1);

    giveBack(budget, 20);
    take(budget, 20);
    assertThat(warnings()).isEqualTo(2);
  }

  @Test
  void shouldSayWhichMetricHasNearlyUsedABoundOfItsOwn() {
    SeriesBudget budget =
        new SeriesBudget(
            level(100, List.of(new PodLevel.MetricOptions(Set.of(ONE), true, null, 10, null))));

    take(budget, 10);

    assertThat(said()).contains("max-series of tcp_flags: 8 of 10 series are used");
    assertThat(budget.take(ONE)).isFalse();
    assertThat(budget.take(SeriesFamily.TCP_RESETS)).isTrue();
    assertThat(warnings()).isEqualTo(1);
  }

  private static void take(SeriesBudget budget, int count) {
    for (int i = 0; i < count; i++) {
      assertThat(budget.take(ONE)).isTrue();
    }
  }

  private static void giveBack(SeriesBudget budget, int count) {
    for (int i = 0; i < count; i++) {
      budget.giveBack(ONE);
    }
  }

  private long warnings() {
    return said().lines().filter(line -> line.contains("are used")).count();
  }

  private static PodLevel level(int maxSeries, List<PodLevel.MetricOptions> metrics) {
    return new PodLevel(
        true,
        PodLevel.Context.LOCAL,
        ContextChoice.parse("podname"),
        false,
        maxSeries,
        Duration.ZERO,
        Duration.ZERO,
        PodLevel.DnsLabels.NONE,
        metrics);
  }
}
