package sh.retina.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.springframework.boot.context.properties.bind.Binder;
import sh.retina.bpf.Btf;
import sh.retina.bpf.Clocks;
import sh.retina.bpf.TcAttachment;
import sh.retina.event.Direction;
import sh.retina.event.SocketReport;
import sh.retina.event.StatSample;
import sh.retina.event.TcpOutcome;

/**
 * What {@code bin/kernel-test} runs in another kernel, as its only process beside init: the plugins
 * by the agent's own loader, and exact counts of what is then made to happen. A line per check,
 * {@code CHECK ok} or {@code CHECK FAIL}.
 */
final class KernelCheck {
  private static final int COUNT = KernelDrops.COUNT;
  private static final int MANY = 20_000;
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final CommonSettings COMMON = new CommonSettings(false, INTERVAL, 1);

  private final KernelWorld world;
  private final Map<String, Plugin> plugins;
  private final Map<String, List<StatSample>> stats = new ConcurrentHashMap<>();

  private KernelCheck(KernelWorld world, Map<String, Plugin> plugins) {
    this.world = world;
    this.plugins = plugins;
  }

  /**
   * {@code arguments}: the directory of the tools, and {@code quick} or {@code full}; or {@code
   * train}, which only loads what a check will need, for the cache of classes.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Map<String, Plugin> plugins = new ConcurrentHashMap<>();
    for (PluginFactory<?> factory : PluginFactories.all()) {
      plugins.put(factory.name(), create(factory));
    }
    if (arguments[1].equals("train")) {
      train(plugins);
      return;
    }
    KernelCheck check = new KernelCheck(new KernelWorld(Path.of(arguments[0])), plugins);
    check.world.make();
    check.checkAllAtOnce();
    String kprobes = "raw_tp, kprobe, kretprobe";
    check.checkDrops(kprobes, KernelHooks.kprobes(), KernelDrops::expectJoined);
    if (arguments[1].equals("full")) {
      check.checkDrops(
          "fexit alone",
          KernelHooks.withoutTracepoint("nf_hook_slow_exit"),
          KernelDrops::expectAlone);
      check.checkDrops(
          "kretprobe alone",
          KernelHooks.withoutTracepoint("nf_hook_slow_passage", "nf_hook_slow_return"),
          KernelDrops::expectAlone);
      check.checkSecondRetransmissions();
      check.checkConntrack(kprobes, KernelHooks.kprobes());
    }
    // Last, as the table stays full.
    check.checkConntrack("tp_btf, fentry, fexit", KernelHooks.firstWays());
    say("DONE");
  }

  private static void train(Map<String, Plugin> plugins) throws IOException {
    for (Plugin plugin : plugins.values()) {
      if (plugin instanceof BpfPlugin bpf) {
        try (var in = KernelCheck.class.getResourceAsStream("/bpf/" + bpf.name() + ".bpf.o")) {
          bpf.decoder(Btf.ofObject(in.readAllBytes()), Map.of());
        }
      }
    }
  }

  private static <S extends Record> Plugin create(PluginFactory<S> factory) {
    S settings =
        new Binder(List.of()).bindOrCreate("retina." + factory.name(), factory.settingsType());
    return factory.create(settings, COMMON);
  }

  /** Every plugin but those whose source is not in this machine, by the first way to each hook. */
  private void checkAllAtOnce() throws IOException, InterruptedException {
    List<Plugin> all = new ArrayList<>(plugins.values());
    all.removeIf(p -> List.of("infiniband", "ciliumeventobserver").contains(p.name()));
    Seen seen = new Seen(all);
    List<Long> passed = KernelWorld.interfaceCounts(KernelWorld.UPLINK);
    long again = KernelWorld.retransmissions();
    watch(
        all,
        seen,
        () -> {
          // Servers first; a test runs as long as what it waits for.
          world.serveIn("pod", "dns-serve 53 60");
          world.serveIn("pod", "dns-stream 53 60");
          world.trafficIn("pod", "udp-count " + KernelWorld.NODE + " 7010 " + COUNT + " 100");
          world.trafficIn("pod", "udp-count " + KernelWorld.NODE_6 + " 7010 " + COUNT + " 100");
          world.traffic("udp-count " + KernelWorld.BEYOND + " 7040 " + COUNT + " 100");
          KernelWorld.connect(7030, 8);
          world.traffic("tcp-probe " + KernelWorld.POD + " 7031 5 1000");
          world.drop(COUNT, KernelDrops.CALLS);
          world.traffic("dns-ask " + KernelWorld.POD + " udp host 5");
          world.traffic("dns-ask " + KernelWorld.POD + " tcp host 5");
          world.traffic("tcp-probe " + KernelWorld.NOBODY + " 7020 2 1500");
        });
    for (int ip : List.of(4, 6)) {
      expect(
          "packetparser: datagrams of a pod, IPv" + ip,
          COUNT,
          seen.packets("packetparser", f -> f.port() == 7010 && f.ip() == ip),
          () -> seen.of("packetparser"));
    }
    new KernelDrops(seen, "tp_btf, fentry, fexit").expectJoined();
    checkTcp(seen, KernelWorld.retransmissions() - again);
    expect(
        "dns: queries and answers, UDP and TCP",
        20,
        seen.events("dns", f -> f.port() == 53),
        () -> seen.of("dns"));
    checkForwarded(passed, KernelWorld.interfaceCounts(KernelWorld.UPLINK));
    expect(
        "linuxutil: RetransSegs as the kernel has it",
        KernelWorld.retransmissions(),
        stat("linuxutil", "retina_tcp_connection_stats_total", "RetransSegs"),
        () -> stats.getOrDefault("linuxutil", List.of()).toString());
  }

  private static void checkTcp(Seen seen, long again) throws IOException {
    if (again < 2) {
      fail("nothing was sent again: it was not tried");
    }
    expect(
        "tcpretrans: as RetransSegs",
        again,
        seen.packets("tcpretrans", f -> f.report() == SocketReport.RETRANSMISSION),
        () -> seen.of("tcpretrans"));
    Supplier<String> said = () -> seen.of("tcplife");
    expect(
        "tcplife: ends in good order, both ends of 8",
        16,
        seen.events("tcplife", f -> f.port() == 7030 && f.outcome() == TcpOutcome.CLOSED),
        said);
    expect(
        "tcplife: refused attempts",
        5,
        seen.events("tcplife", f -> f.port() == 7031 && f.outcome() == TcpOutcome.REFUSED),
        said);
    expect(
        "tcplife: resets received",
        5,
        seen.events("tcplife", f -> isReset(f, Direction.INGRESS)),
        said);
    // Before 6.10 (commit edefba66d929) tcp_send_reset is silent where there is no socket.
    expect(
        "tcplife: resets sent by a closed port",
        isAtLeast(6, 10) ? 5 : 0,
        seen.events("tcplife", f -> isReset(f, Direction.EGRESS)),
        said);
  }

  private static boolean isReset(Seen.Fact fact, Direction direction) {
    return fact.port() == 7031
        && fact.report() == SocketReport.RESET
        && fact.direction() == direction;
  }

  private static boolean isAtLeast(int major, int minor) throws IOException {
    String[] release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).split("[.-]", -1);
    int of = Integer.parseInt(release[0]);
    return of > major || (of == major && Integer.parseInt(release[1]) >= minor);
  }

  /** Against the interface's own counters: received and sent packets, received and sent bytes. */
  private void checkForwarded(List<Long> before, List<Long> after) {
    List<String> metrics =
        List.of("retina_packets_forwarded_total", "retina_forwarded_bytes_total");
    for (int i = 0; i < before.size(); i++) {
      String metric = metrics.get(i / 2);
      String direction = i % 2 == 0 ? "ingress" : "egress";
      expect(
          "packetforward: " + metric + " " + direction + ", as the interface",
          after.get(i) - before.get(i),
          stat("packetforward", metric, direction),
          () -> stats.getOrDefault("packetforward", List.of()).toString());
    }
    if (after.get(1) - before.get(1) < COUNT) {
      fail("nothing was sent by the default route");
    }
  }

  private long stat(String plugin, String metric, String label) {
    return stats.getOrDefault(plugin, List.of()).stream()
        .filter(s -> s.metric().exposed().equals(metric) && s.labelValues().contains(label))
        .mapToLong(s -> (long) s.value())
        .findFirst()
        .orElse(-1);
  }

  private void checkDrops(String how, List<AttachPoint> hooks, Consumer<KernelDrops> expected)
      throws IOException, InterruptedException {
    Plugin limited = limited(KernelDrops.NAME, hooks);
    Seen seen = new Seen(List.of(limited));
    watch(List.of(limited), seen, () -> world.drop(COUNT, KernelDrops.CALLS));
    expected.accept(new KernelDrops(seen, how));
  }

  /** More connections than the small table's chains take; the kernel counts the failures too. */
  private void checkConntrack(String how, List<AttachPoint> hooks)
      throws IOException, InterruptedException {
    Plugin limited = limited(KernelDrops.NAME, hooks);
    Seen seen = new Seen(List.of(limited));
    long before = KernelWorld.failedInserts();
    watch(
        List.of(limited),
        seen,
        () -> world.traffic("udp-ports 127.0.0.1 7006 " + MANY + " 8 " + MANY));
    new KernelDrops(seen, how).expectConntrack(KernelWorld.failedInserts() - before);
  }

  private void checkSecondRetransmissions() throws IOException, InterruptedException {
    BpfPlugin of = bpf("tcpretrans");
    Plugin limited = limited(of.name(), KernelHooks.ways(of.spec().attachPoints(), 1));
    Seen seen = new Seen(List.of(limited));
    long before = KernelWorld.retransmissions();
    watch(
        List.of(limited),
        seen,
        () -> world.traffic("tcp-probe " + KernelWorld.NOBODY + " 7020 2 1500"));
    expect(
        "tcpretrans by raw_tp: as RetransSegs",
        KernelWorld.retransmissions() - before,
        seen.packets(of.name(), f -> f.report() == SocketReport.RETRANSMISSION),
        () -> seen.of(of.name()));
  }

  private Plugin limited(String name, List<AttachPoint> hooks) {
    return new LimitedPlugin(bpf(name), hooks);
  }

  private BpfPlugin bpf(String name) {
    if (plugins.get(name) instanceof BpfPlugin found) {
      return found;
    }
    throw new IllegalStateException("no plugin " + name);
  }

  private void watch(List<Plugin> watched, Seen seen, Action action)
      throws IOException, InterruptedException {
    try (PluginManager manager =
        new PluginManager(
            watched,
            TcSettings.of(TcAttachment.Mode.AUTO),
            new PluginManager.Sinks(seen, stats::put, INTERVAL),
            _ -> {},
            Clocks::monotonicNs)) {
      manager.start();
      Thread thread = Thread.ofPlatform().start(manager::run);
      action.run();
      Thread.sleep(2_500); // a sweep's worth, and a round of what is read each second
      for (Plugin plugin : watched) {
        PluginStatus status = manager.statuses().get(plugin.name());
        if (status instanceof PluginStatus.Running) {
          say("CHECK ok " + plugin.name() + " is attached to all its hooks");
        } else {
          fail(plugin.name() + " is " + status);
        }
      }
      manager.stop();
      thread.join();
    }
  }

  static void expect(String what, long wanted, long counted, Supplier<String> said) {
    if (counted == wanted) {
      say("CHECK ok " + what + ": " + wanted);
    } else {
      fail(what + ": " + wanted + ": counted " + counted + " of " + said.get());
    }
  }

  static void fail(String what) {
    say("CHECK FAIL " + what);
  }

  private static void say(String line) {
    System.out.println(line);
  }

  @FunctionalInterface
  private interface Action {
    void run() throws IOException, InterruptedException;
  }
}
