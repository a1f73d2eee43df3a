package sh.retina.plugin;

import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import sh.retina.export.prometheus.Naming;
import sh.retina.export.prometheus.ScrapeRegistry;
import sh.retina.export.prometheus.StatMeters;

/**
 * What a plugin reads in one round.
 *
 * @param scrape the text that Prometheus gets
 * @param missing what it could not read
 */
public record StatText(String scrape, String missing) {
  private static final Path RESOURCES = Path.of("src/test/resources/sh/retina/plugin");

  public static StatText of(StatPlugin plugin) throws IOException {
    StatRound round = new StatRound();
    plugin.collect(round);
    ScrapeRegistry registry = new ScrapeRegistry(Naming.RETINA);
    registry.register(new StatMeters(round::samples, Naming.RETINA));
    String text =
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, registry, Clock.SYSTEM).scrape();
    if (registry.failures() > 0) {
      throw new AssertionError("the scrape failed");
    }
    return new StatText(text, round.reasons());
  }

  /** A tree like /proc or /sys. */
  public static Path fixture(String name) {
    return RESOURCES.resolve(name);
  }

  /** The whole text that is expected; with -Dretina.golden.write=true it becomes what was read. */
  public String golden(String name) throws IOException {
    Path file = RESOURCES.resolve(name);
    if (Boolean.getBoolean("retina.golden.write")) {
      Files.writeString(file, scrape);
    }
    return Files.readString(file);
  }
}
