package sh.retina.agent;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import sh.retina.bpf.Clocks;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.bpf.TcAttachment;
import sh.retina.event.StatSample;
import sh.retina.pipeline.NodeStats;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.PluginStatus;
import sh.retina.plugin.RecordSink;
import sh.retina.plugin.TcSettings;

/** Plugins that count, as the agent runs them in a {@link TestNetwork}; read ten times a second. */
final class RunningPlugins implements AutoCloseable {
  private static final int PATIENCE = 300;

  private final NodeStats stats = new NodeStats();
  private final NetworkNamespace space;
  private final Thread thread;
  final PluginManager manager;

  RunningPlugins(TestNetwork network, Plugin... plugins) {
    space = NetworkNamespace.enter(network.nodeNamespace());
    manager =
        new PluginManager(
            List.of(plugins),
            TcSettings.of(TcAttachment.Mode.AUTO),
            new PluginManager.Sinks(new NoRecords(), stats, Duration.ofMillis(100)),
            _ -> {},
            Clocks::monotonicNs);
    inside(manager::start);
    thread = Thread.ofPlatform().start(() -> inside(manager::run));
  }

  private void inside(Runnable task) {
    space.call(() -> {
      task.run();
      return task;
    });
  }

  private static final class NoRecords implements RecordSink {
    @Override
    public Writer open(String plugin, byte[] btf, Map<String, byte[]> attributes) {
      return (_, _, _) -> {
        throw new AssertionError(plugin + " has no events");
      };
    }

    @Override
    public void maintain() {}
  }

  /** A value as of the last round; NaN while there is none. */
  double value(String metric, String... labelValues) {
    return stats.samples().stream()
        .filter(sample -> sample.metric().exposed().equals(metric))
        .filter(sample -> sample.labelValues().equals(Arrays.asList(labelValues)))
        .mapToDouble(StatSample::value)
        .findFirst()
        .orElse(Double.NaN);
  }

  List<StatSample> samples() {
    return stats.samples();
  }

  PluginStatus status(String plugin) {
    return Objects.requireNonNull(manager.statuses().get(plugin), plugin);
  }

  static void await(Supplier<String> what, BooleanSupplier condition) {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      if (i == PATIENCE) {
        throw new AssertionError("never came: " + what.get());
      }
      LockSupport.parkNanos(50_000_000);
    }
  }

  /** Waits until a value is what it has to be, then sees that it stays there. */
  void awaitExactly(double expected, String metric, String... labelValues) {
    Supplier<String> what =
        () ->
            metric
                + Arrays.toString(labelValues)
                + " "
                + expected
                + ", not "
                + value(metric, labelValues);
    await(what, () -> value(metric, labelValues) == expected);
    LockSupport.parkNanos(300_000_000);
    if (value(metric, labelValues) != expected) {
      throw new AssertionError("went on: " + what.get());
    }
  }

  @Override
  public void close() {
    manager.stop();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    manager.close();
    space.close();
  }
}
