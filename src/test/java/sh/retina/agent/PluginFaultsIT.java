package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfSpec;
import sh.retina.bpf.Btf;
import sh.retina.bpf.BtfException;
import sh.retina.bpf.Clocks;
import sh.retina.bpf.KernelFeatures;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.bpf.TcAttachment;
import sh.retina.plugin.AttachPoint;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.PluginStatus;
import sh.retina.plugin.RecordSink;
import sh.retina.plugin.RingSpec;
import sh.retina.plugin.TcSettings;

/** Whatever one plugin does, the others go on, and its status says what is wrong with it. */
@RequiresKernel
@WholeMachine
class PluginFaultsIT {
  private static final TcSettings TC = TcSettings.of(TcAttachment.Mode.CLSACT);

  private final Map<String, Long> records = new ConcurrentHashMap<>();
  private volatile boolean overflowing = true;

  /** A plugin made of src/test/c/bpf. */
  private record TestPlugin(
      String name,
      String object,
      List<AttachPoint> attachPoints,
      List<Supplier<KernelFeatures.Feature>> requirements,
      Supplier<EventDecoder> decoder)
      implements BpfPlugin {
    TestPlugin(String name, String object) {
      this(name, object, List.of(), List.of(), () -> (_, _, _) -> true);
    }

    @Override
    public ObjectSpec spec() {
      return new ObjectSpec(
          object,
          new RingSpec("pulse_events", "pulse_stats", "pulse_stat", "pulse_sweep", "pulse_flush"),
          Map.of(),
          Map.of(),
          Map.of(),
          attachPoints);
    }

    @Override
    public Map<String, byte[]> attributes() {
      return Map.of();
    }

    @Override
    public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
      return decoder.get();
    }
  }

  private final class Counting implements RecordSink {
    @Override
    public Writer open(String plugin, byte[] btf, Map<String, byte[]> attributes) {
      return (_, _, count) -> {
        if (plugin.equals("overflowing") && overflowing) {
          throw new StackOverflowError("by the test");
        }
        records.merge(plugin, (long) count, Long::sum);
      };
    }

    @Override
    public void maintain() {
      throw new NoClassDefFoundError("by the test");
    }
  }

  /** Runs plugins in a network while something is done. */
  private void running(TestNetwork network, List<BpfPlugin> plugins, Check check) {
    try (NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace());
        PluginManager manager =
            new PluginManager(
                List.copyOf(plugins),
                TC,
                new PluginManager.Sinks(new Counting(), (_, _) -> {}, Duration.ofSeconds(1)),
                _ -> {},
                Clocks::monotonicNs)) {
      inside(space, manager::start);
      Thread thread = Thread.ofPlatform().start(() -> inside(space, manager::run));
      try {
        check.with(manager);
      } finally {
        manager.stop();
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private interface Check {
    void with(PluginManager manager);
  }

  private static void inside(NetworkNamespace space, Runnable task) {
    space.call(() -> {
      task.run();
      return task;
    });
  }

  private static void await(String what, BooleanSupplier condition) {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      assertThat(i).as(what).isLessThan(200);
      LockSupport.parkNanos(100_000_000);
    }
  }

  private long records(String plugin) {
    return records.getOrDefault(plugin, 0L);
  }

  @Test
  void shouldKeepTheOthersRunningWhateverOneDoes() {
    BpfPlugin unhooked =
        new TestPlugin(
            "unhooked",
            "unhooked",
            List.of(),
            List.of(() -> KernelFeatures.tracepointByBtf("no_such_hook")),
            () -> (_, _, _) -> true);
    BpfPlugin unlinked =
        new TestPlugin(
            "unlinked",
            "pulse",
            List.of(),
            List.of(),
            () -> {
              throw new NoClassDefFoundError("by the test");
            });
    BpfPlugin unbound =
        new TestPlugin(
            "unbound",
            "pulse",
            List.of(),
            List.of(),
            () -> {
              throw new BtfException("struct pulse has no field wanted");
            });
    List<BpfPlugin> plugins =
        List.of(
            unhooked,
            new TestPlugin("rejected", "rejected"),
            unlinked,
            unbound,
            new TestPlugin("overflowing", "pulse"),
            new TestPlugin("good", "pulse"));
    try (TestNetwork network = new TestNetwork("plfault", "a")) {
      running(
          network,
          plugins,
          manager -> {
            await("records of the good one", () -> records("good") >= 3);
            await("its trouble", () -> !isRunning(manager, "overflowing"));

            Map<String, PluginStatus> statuses = manager.statuses();
            assertThat(statuses.get("good")).isEqualTo(new PluginStatus.Running());
            assertThat(statuses.get("unhooked"))
                .isInstanceOf(PluginStatus.Unsupported.class)
                .asString()
                .contains("tp_btf/no_such_hook: the kernel has no such tracepoint");
            assertThat(statuses.get("rejected"))
                .isInstanceOf(PluginStatus.Failed.class)
                .asString()
                .contains("load rejected", "on_bad");
            assertThat(statuses.get("unlinked"))
                .isInstanceOf(PluginStatus.Failed.class)
                .asString()
                .contains("NoClassDefFoundError");
            assertThat(statuses.get("unbound"))
                .isEqualTo(new PluginStatus.Failed("struct pulse has no field wanted"));
            assertThat(statuses.get("overflowing"))
                .isInstanceOf(PluginStatus.Degraded.class)
                .asString()
                .contains("StackOverflowError");
            assertThat(manager.failures("rejected")).isEqualTo(1);

            overflowing = false;
            await("its recovery", () -> isRunning(manager, "overflowing"));
            // What it could not hand over stayed in the ring.
            await("its records", () -> records("overflowing") >= 3);
          });
    }
  }

  @Test
  void shouldNameTheInterfaceThatRefusesAndWatchTheOthers() throws IOException {
    BpfPlugin plugin =
        new TestPlugin(
            "pulse",
            "pulse",
            List.of(
                new AttachPoint.TrafficControl(
                    "on_packet", AttachPoint.Links.PODS, AttachPoint.Side.INGRESS)),
            List.of(),
            () -> (_, _, _) -> true);
    try (TestNetwork network = new TestNetwork("plfault", "a", "b");
        NetworkNamespace theirs = NetworkNamespace.enter(network.nodeNamespace());
        BpfSpec spec = BpfObject.open("emitting", elf("emitting"));
        BpfObject object = spec.load()) {
      int index =
          Integer.parseInt(
              network.inside("node", "ip", "-o", "link", "show", "v-a").split(":", 2)[0]);
      var place =
          new TcAttachment(
              index,
              TcAttachment.Direction.INGRESS,
              TcAttachment.Mode.CLSACT,
              TC.handleOf("pulse"),
              TC.priority());
      var taken = theirs.call(() -> object.program("on_ingress").attachTc(place));
      running(
          network,
          List.of(plugin),
          manager -> {
            assertThat(manager.statuses().get("pulse"))
                .isInstanceOf(PluginStatus.Degraded.class)
                .asString()
                .contains("v-a: ", "is held by program on_ingress");
            assertThat(manager.linkCount("pulse")).isEqualTo(1);

            inside(theirs, taken::close);
            await("the interface that is free now", () -> manager.linkCount("pulse") == 2);
            await("its status", () -> isRunning(manager, "pulse"));
          });
    }
  }

  private static boolean isRunning(PluginManager manager, String plugin) {
    return manager.statuses().get(plugin) instanceof PluginStatus.Running;
  }

  private static byte[] elf(String object) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            PluginFaultsIT.class.getResourceAsStream("/bpf/" + object + ".bpf.o"))) {
      return in.readAllBytes();
    }
  }
}
