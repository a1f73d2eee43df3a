package sh.retina.export.prometheus;

import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the agent's own metrics come from besides the ledger. Everything is read at each scrape,
 * from any thread; what throws is left out of that scrape.
 *
 * @param plugins status of a plugin by name
 * @param queue the journal
 * @param subscribers clients of the flow streams by kind: {@code sse}, {@code hubble}
 * @param contextObjects known objects by kind: {@code pod}, {@code service}, {@code node}, {@code
 *     namespace}
 * @param cpuSeconds CPU time by part: {@code user}, {@code kernel_bpf}
 * @param reloads changes of the configuration by outcome: {@code applied}, {@code refused}
 * @param pushes by OTLP, by outcome: {@code sent}, {@code failed}
 * @param exportFaults of exports of flows: {@code failed}, {@code refused}
 */
public record AgentSources(
    Function<String, PluginStatus> plugins,
    QueueStatus queue,
    Map<String, LongSupplier> subscribers,
    Map<String, LongSupplier> contextObjects,
    Map<String, DoubleSupplier> cpuSeconds,
    Map<String, LongSupplier> reloads,
    Map<String, LongSupplier> pushes,
    Map<String, LongSupplier> exportFaults) {

  /** How a plugin can be; its label is the name in lower case. */
  public enum State {
    RUNNING,
    DEGRADED,
    FAILED,
    UNSUPPORTED
  }

  /** What a plugin does now. */
  public interface PluginStatus {
    boolean isUp();

    /** Null while it is not enabled. */
    @Nullable State state();

    /** Failed attempts to bring it into its wanted state, so far. */
    long reconcileFailures();

    /** How often it was started. */
    long starts();

    /** 0 = low, an event per packet; 1 = high. */
    int aggregationLevel();

    /** N where one in N new connections is followed; 1 = all. */
    int samplingRate();

    /** Packets and bytes counted in reports that were lost in the kernel for good. */
    long lostPackets();

    long lostBytes();

    /** Packets by what the plugin's programs made of them, such as {@code table_full}. */
    Map<String, LongSupplier> kernelPackets();
  }

  /** How full the journal is, and how far behind the metrics are. */
  public interface QueueStatus {
    long bytes();

    /** Whether what is written outlives the process; false while it is in memory only. */
    default boolean isKept() {
      return true;
    }

    long lagEvents();

    double lagSeconds();
  }

  public AgentSources {
    subscribers = Map.copyOf(subscribers);
    contextObjects = Map.copyOf(contextObjects);
    cpuSeconds = Map.copyOf(cpuSeconds);
    reloads = Map.copyOf(reloads);
    pushes = Map.copyOf(pushes);
    exportFaults = Map.copyOf(exportFaults);
  }
}
