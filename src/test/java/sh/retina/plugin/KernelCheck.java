package sh.retina.plugin;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.springframework.boot.context.properties.bind.Binder;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.Btf;
import sh.retina.bpf.Clocks;
import sh.retina.bpf.TcAttachment;
import sh.retina.event.Direction;
import sh.retina.plugin.AttachPoint.Kernel;

/**
 * What {@code bin/kernel-test} runs in another kernel, as its only process beside init: each way to
 * each hook of each plugin, by the agent's own loader, and exact counts of what is then made to
 * happen. A line per check, {@code CHECK ok} or {@code CHECK FAIL}.
 */
final class KernelCheck {
  private static final int COUNT = 40;
  private static final int CALLS = 8;
  private static final int MANY = 20_000;
  private static final CommonSettings COMMON = new CommonSettings(false, Duration.ofSeconds(1), 1);

  private final Path traffic;

  private KernelCheck(Path traffic) {
    this.traffic = traffic;
  }

  /** {@code arguments}: the traffic tool. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    new KernelCheck(Path.of(arguments[0])).run();
  }

  private void run() throws IOException, InterruptedException {
    List<BpfPlugin> plugins = new ArrayList<>();
    for (PluginFactory<?> factory : PluginFactories.all()) {
      if (create(factory) instanceof BpfPlugin plugin) {
        plugins.add(plugin);
      }
    }
    for (BpfPlugin plugin : plugins) {
      switch (plugin.name()) {
        case "packetparser" -> checkFlows(plugin);
        case "dropreason" -> checkDrops(plugin);
        default -> checkWays(plugin);
      }
    }
    say("DONE");
  }

  private static <S extends Record> Plugin create(PluginFactory<S> factory) {
    S settings =
        new Binder(List.of()).bindOrCreate("retina." + factory.name(), factory.settingsType());
    return factory.create(settings, COMMON);
  }

  /** All first ways together, then all second ones, and so on. */
  private static void checkWays(BpfPlugin plugin) throws IOException {
    ObjectSpec spec = plugin.spec();
    for (int i = 0; ; i++) {
      List<AttachPoint> points = KernelHooks.ways(spec.attachPoints(), i);
      if (points.isEmpty()) {
        return;
      }
      Map<String, String> missing;
      try {
        ObjectLoader.Loaded loaded = new ObjectLoader(with(spec, points), elf(plugin)).load();
        loaded.object().close();
        missing = loaded.missing();
      } catch (BpfException e) {
        say("CHECK FAIL " + plugin.name() + ": " + e.getMessage());
        continue;
      }
      for (AttachPoint point : points) {
        if (point instanceof Kernel(var hook, var ways)) {
          String why = missing.getOrDefault(hook, "");
          check(plugin.name(), hook + " by " + String.join(" and ", ways.getFirst()), () -> why);
        }
      }
    }
  }

  private void checkFlows(BpfPlugin plugin) throws IOException, InterruptedException {
    shell("ip netns add pod; ip link add pod0 type veth peer name eth0 netns pod");
    shell("ip addr add 10.77.0.1/24 dev pod0; ip -6 addr add fd77::1/64 dev pod0 nodad");
    shell("ip link set pod0 up; ip -n pod link set eth0 up; ip -n pod link set lo up");
    shell(
        "ip -n pod addr add 10.77.0.2/24 dev eth0; ip -n pod -6 addr add fd77::2/64 dev eth0"
            + " nodad");
    Seen seen = new Seen(plugin);
    watch(
        plugin,
        seen,
        () -> {
          shell("ip netns exec pod " + traffic + " udp-count 10.77.0.1 7010 " + COUNT + " 100");
          shell("ip netns exec pod " + traffic + " udp-count fd77::1 7010 " + COUNT + " 100");
        });
    expect(
        "packetparser",
        "datagrams of a pod, IPv4",
        COUNT,
        seen,
        f -> f.port() == 7010 && f.ip() == 4);
    expect(
        "packetparser",
        "datagrams of a pod, IPv6",
        COUNT,
        seen,
        f -> f.port() == 7010 && f.ip() == 6);
    shell("ip link del pod0; ip netns del pod");
  }

  private void checkDrops(BpfPlugin plugin) throws IOException, InterruptedException {
    shell("nft add table inet t");
    shell("nft add chain inet t i '{ type filter hook input priority 0; }'");
    shell("nft add rule inet t i ct state new"); // or nothing would be tracked, and NAT not asked
    shell("nft add rule inet t i udp dport 7002 drop");
    shell("nft add chain inet t o '{ type filter hook output priority 0; }'");
    shell("nft add rule inet t o udp dport 7003 drop");
    shell("nft add chain inet t n '{ type nat hook output priority 0; }'");
    shell("nft add rule inet t n udp dport 7004 drop");
    joined(plugin, "tp_btf, fentry, fexit", KernelHooks.firstWays());
    joined(plugin, "raw_tp, kprobe, kretprobe", KernelHooks.kprobes());
    alone(plugin, "fexit", KernelHooks.withoutTracepoint("nf_hook_slow_exit"));
    alone(
        plugin,
        "kretprobe",
        KernelHooks.withoutTracepoint("nf_hook_slow_passage", "nf_hook_slow_return"));
  }

  /** The tracepoint and the functions together: each drop once, with both names. */
  private void joined(BpfPlugin plugin, String how, List<AttachPoint> hooks)
      throws IOException, InterruptedException {
    BpfPlugin limited = new Limited(plugin, hooks);
    Seen seen = new Seen(limited);
    watch(limited, seen, this::makeDrops);
    String by = " by " + how;
    expect(by, "closed port", 2 * COUNT, seen, f -> f.is(7001, "NO_SOCKET", "", Direction.INGRESS));
    expect(by, "all at the closed port", 2 * COUNT, seen, f -> f.port() == 7001);
    expect(
        by,
        "rule at input",
        2 * COUNT,
        seen,
        f -> f.is(7002, "NETFILTER_DROP", "IPTABLE_RULE_DROP", Direction.INGRESS));
    expect(by, "all that the rule at input drops", 2 * COUNT, seen, f -> f.port() == 7002);
    expect(
        by,
        "rule at output",
        2 * COUNT,
        seen,
        f -> f.is(7003, "NETFILTER_DROP", "IPTABLE_RULE_DROP", Direction.EGRESS));
    expect(by, "all that the rule at output drops", 2 * COUNT, seen, f -> f.port() == 7003);
    expect(
        by,
        "NAT at output",
        2 * COUNT,
        seen,
        f -> f.is(7004, "NETFILTER_DROP", "IPTABLE_NAT_DROP", Direction.EGRESS));
    expect(by, "all that NAT at output drops", 2 * COUNT, seen, f -> f.port() == 7004);
    for (int ip : List.of(4, 6)) {
      expect(
          by,
          "connects without a route, IPv" + ip,
          CALLS,
          seen,
          f ->
              f.ip() == ip
                  && f.is(7005, "TCP_CONNECT_BASIC", "TCP_CONNECT_BASIC", Direction.EGRESS));
    }
    expect(by, "all failed connects", 2 * CALLS, seen, f -> f.reason().equals("TCP_CONNECT_BASIC"));
    expect(
        by,
        "accepts without listening",
        CALLS,
        seen,
        f -> f.reason().equals("TCP_ACCEPT_BASIC") && f.direction() == Direction.INGRESS);
    checkConntrack(plugin, by, hooks);
  }

  /** More connections than the small table's chains take; the kernel counts the failures too. */
  private void checkConntrack(BpfPlugin plugin, String by, List<AttachPoint> hooks)
      throws IOException, InterruptedException {
    BpfPlugin limited = new Limited(plugin, hooks);
    Seen seen = new Seen(limited);
    long before = failedInserts();
    watch(limited, seen, () -> shell(traffic + " udp-ports 127.0.0.1 7006 " + MANY + " 8 " + MANY));
    long failed = failedInserts() - before;
    if (failed == 0) {
      say("CHECK FAIL no insertion into conntrack failed: it was not tried");
    }
    expect(
        by,
        "connections that conntrack did not take",
        failed,
        seen,
        f -> f.is(7006, "NETFILTER_DROP", "CONNTRACK_ADD_DROP", Direction.EGRESS));
  }

  /** {@code insert_failed}, summed over the CPUs; hexadecimal. */
  private static long failedInserts() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/net/stat/nf_conntrack"));
    int column = List.of(lines.getFirst().split(" +", -1)).indexOf("insert_failed");
    return lines.stream()
        .skip(1)
        .mapToLong(line -> Long.parseLong(line.strip().split(" +", -1)[column], 16))
        .sum();
  }

  /** Without the tracepoint: what netfilter drops, by the names of its functions. */
  private void alone(BpfPlugin plugin, String how, List<AttachPoint> hooks)
      throws IOException, InterruptedException {
    BpfPlugin limited = new Limited(plugin, hooks);
    Seen seen = new Seen(limited);
    watch(limited, seen, this::makeDrops);
    String by = " by " + how + " alone";
    expect(
        by,
        "rule at input",
        2 * COUNT,
        seen,
        f -> f.reason().equals("IPTABLE_RULE_DROP") && f.direction() == Direction.INGRESS);
    expect(
        by,
        "rule at output",
        2 * COUNT,
        seen,
        f -> f.reason().equals("IPTABLE_RULE_DROP") && f.direction() == Direction.EGRESS);
    expect(
        by,
        "NAT at output",
        2 * COUNT,
        seen,
        f -> f.reason().equals("IPTABLE_NAT_DROP") && f.direction() == Direction.EGRESS);
  }

  private void makeDrops() throws IOException, InterruptedException {
    for (String address : List.of("127.0.0.1", "::1")) {
      for (int port = 7001; port <= 7004; port++) {
        shell(traffic + " udp-count " + address + " " + port + " " + COUNT + " 100");
      }
    }
    for (String address : List.of("198.51.100.9", "2001:db8::9")) {
      for (int i = 0; i < CALLS; i++) {
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(address, 7005), 1_000);
        } catch (IOException e) {
          continue; // as it should
        }
        throw new IllegalStateException("there is a way to " + address);
      }
    }
    shell(traffic + " tcp-deaf " + CALLS);
  }

  private static void watch(BpfPlugin plugin, Seen seen, Action action)
      throws IOException, InterruptedException {
    try (PluginManager manager =
        new PluginManager(
            List.of(plugin),
            TcSettings.of(TcAttachment.Mode.AUTO),
            new PluginManager.Sinks(seen, (_, _) -> {}, Duration.ofSeconds(1)),
            _ -> {},
            Clocks::monotonicNs)) {
      manager.start();
      Thread thread = Thread.ofPlatform().start(manager::run);
      action.run();
      Thread.sleep(1_500); // a sweep's worth
      PluginStatus status = manager.statuses().get(plugin.name());
      if (!(status instanceof PluginStatus.Running)) {
        say("CHECK FAIL " + plugin.name() + " is " + status);
      }
      manager.stop();
      thread.join();
    }
  }

  private static void expect(
      String plugin, String what, long wanted, Seen seen, Predicate<Seen.Fact> which) {
    long packets = seen.packets(which);
    check(
        plugin.startsWith(" ") ? "dropreason" + plugin : plugin,
        what + ": " + wanted,
        () -> packets == wanted ? "" : "counted " + packets + " of " + seen.facts());
  }

  private static void check(String plugin, String what, Attempt attempt) {
    String failure;
    try {
      failure = attempt.run();
    } catch (IOException | RuntimeException e) {
      failure = e.toString();
    }
    say(
        failure.isEmpty()
            ? "CHECK ok " + plugin + ": " + what
            : "CHECK FAIL " + plugin + ": " + what + ": " + failure);
  }

  static ObjectSpec with(ObjectSpec spec, List<AttachPoint> points) {
    return new ObjectSpec(
        spec.object(), spec.ring(), spec.knobs(), spec.arrays(), spec.mapSizes(), points);
  }

  private static byte[] elf(BpfPlugin plugin) throws IOException {
    try (var in =
        KernelCheck.class.getResourceAsStream("/bpf/" + plugin.spec().object() + ".bpf.o")) {
      if (in == null) {
        throw new IOException("no object of " + plugin.name());
      }
      return in.readAllBytes();
    }
  }

  private static void shell(String command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("shell", "");
    Process process =
        new ProcessBuilder("/bin/sh", "-c", command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (process.waitFor() != 0) {
      say("CHECK FAIL shell " + command + ": " + Files.readString(output).strip());
    }
    Files.delete(output);
  }

  private static void say(String line) {
    System.out.println(line);
  }

  @FunctionalInterface
  private interface Attempt {
    String run() throws IOException;
  }

  @FunctionalInterface
  private interface Action {
    void run() throws IOException, InterruptedException;
  }

  /** A plugin that has only some of its hooks. */
  private record Limited(BpfPlugin of, List<AttachPoint> hooks) implements BpfPlugin {
    @Override
    public String name() {
      return of.name();
    }

    @Override
    public ObjectSpec spec() {
      return with(of.spec(), hooks);
    }

    @Override
    public Map<String, byte[]> attributes() {
      return of.attributes();
    }

    @Override
    public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
      return of.decoder(btf, attributes);
    }
  }
}
