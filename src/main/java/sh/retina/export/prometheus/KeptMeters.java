package sh.retina.export.prometheus;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.List;

/**
 * Which meters the agent keeps: its own, and of the many that Spring Boot binds the few that tell
 * of memory and garbage collection of the process. Its CPU is among the agent's own.
 */
public final class KeptMeters {
  private static final List<String> PREFIXES =
      List.of(
          "retina.",
          "jvm.memory.used",
          "jvm.memory.max",
          "jvm.gc.pause",
          "jvm.threads.live",
          "process.files.open",
          "process.start.time");

  private KeptMeters() {}

  /** Denies all other meters; for the registry of the application. */
  public static MeterFilter filter() {
    return MeterFilter.denyUnless(KeptMeters::isKept);
  }

  private static boolean isKept(Meter.Id id) {
    return PREFIXES.stream().anyMatch(id.getName()::startsWith);
  }
}
