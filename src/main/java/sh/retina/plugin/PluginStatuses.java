package sh.retina.plugin;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How each plugin is, and how often it got worse. A change is one line in the log; while a reason
 * changes all the time, one a minute. The manager's thread writes, any thread reads.
 */
final class PluginStatuses {
  private static final Logger LOG = LoggerFactory.getLogger(PluginStatuses.class);

  private final Map<String, PluginStatus> statuses = new ConcurrentHashMap<>();
  private final Map<String, Long> failures = new ConcurrentHashMap<>();
  private final Map<String, Long> starts = new ConcurrentHashMap<>();
  private final Complaints complaints = new Complaints();
  private final LongSupplier nanoClock;

  PluginStatuses(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  Map<String, PluginStatus> all() {
    return Map.copyOf(statuses);
  }

  long failures(String plugin) {
    return failures.getOrDefault(plugin, 0L);
  }

  /** Attempts that succeeded. */
  long starts(String plugin) {
    return starts.getOrDefault(plugin, 0L);
  }

  /** Before the first attempt. */
  void expect(String plugin) {
    statuses.put(plugin, new PluginStatus.Failed("not started yet"));
  }

  /** It is no longer wanted. */
  void forget(String plugin) {
    statuses.remove(plugin);
  }

  /** After an attempt to start; says nothing of a success. */
  void attempted(String plugin, PluginStatus status, long nextTryNs) {
    statuses.put(plugin, status);
    if (status.isUp()) {
      starts.merge(plugin, 1L, Long::sum);
    } else {
      failures.merge(plugin, 1L, Long::sum);
      LOG.error(
          "plugin={} {}, next try in {} s: {}",
          plugin,
          status instanceof PluginStatus.Unsupported ? "is unsupported" : "failed",
          nextTryNs / 1_000_000_000,
          reason(status));
    }
  }

  /** As it is now, while it runs. */
  void note(String plugin, PluginStatus status) {
    PluginStatus before = statuses.put(plugin, status);
    if (status.equals(before)) {
      return;
    }
    if (status instanceof PluginStatus.Running) {
      LOG.info("plugin={} runs again without faults", plugin);
      return;
    }
    boolean news = before == null || before.getClass() != status.getClass();
    failures.merge(plugin, news ? 1L : 0L, Long::sum);
    if (news || complaints.isDue(nanoClock.getAsLong())) {
      LOG.warn("plugin={} is {}: {}", plugin, word(status), reason(status));
    }
  }

  /**
   * What a failed start means: whether the kernel lacks something, or only this attempt went wrong.
   */
  static PluginStatus failed(Plugin plugin, String why) {
    try {
      List<String> missing =
          plugin.requirements().stream()
              .map(Supplier::get)
              .filter(feature -> !feature.isAvailable())
              .map(feature -> feature.name() + ": " + feature.reason())
              .toList();
      return missing.isEmpty()
          ? new PluginStatus.Failed(why)
          : new PluginStatus.Unsupported(String.join("; ", missing) + " (" + why + ")");
    } catch (RuntimeException | Error e) {
      return new PluginStatus.Failed(why);
    }
  }

  private static String word(PluginStatus status) {
    return switch (status) {
      case PluginStatus.Running _ -> "running";
      case PluginStatus.Degraded _ -> "degraded";
      case PluginStatus.Failed _ -> "failed";
      case PluginStatus.Unsupported _ -> "unsupported";
    };
  }

  private static String reason(PluginStatus status) {
    return switch (status) {
      case PluginStatus.Running _ -> "";
      case PluginStatus.Degraded(var reason) -> reason;
      case PluginStatus.Failed(var reason) -> reason;
      case PluginStatus.Unsupported(var reason) -> reason;
    };
  }
}
