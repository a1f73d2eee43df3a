package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;
import sh.retina.bpf.BpfLink;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfSpec;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.plugin.PluginStatus;
import sh.retina.plugin.packetforward.PacketforwardPlugin;

/** The node's packets and bytes are exactly what its interfaces count. */
@RequiresKernel
@WholeMachine
class PacketforwardIT {
  private static final String PACKETS = "retina_packets_forwarded_total";
  private static final String BYTES = "retina_forwarded_bytes_total";

  /** As a default route leads there, this is the node's network and not a pod. */
  private static void defaultRoute(TestNetwork network, String verb, String device) {
    network.inside("node", "ip", "route", verb, "default", "dev", device);
  }

  private static void assertCounted(RunningPlugins plugins, TestNetwork.Counters expected) {
    plugins.awaitExactly((double) expected.fromPodPackets(), PACKETS, "ingress");
    plugins.awaitExactly((double) expected.toPodPackets(), PACKETS, "egress");
    plugins.awaitExactly((double) expected.fromPodBytes(), BYTES, "ingress");
    plugins.awaitExactly((double) expected.toPodBytes(), BYTES, "egress");
  }

  @Test
  void shouldCountWhatTheInterfaceCounts() {
    try (TestNetwork network = new TestNetwork("fwd", "up", "b")) {
      network.settle("up", "b");
      network.inside("node", "ip", "link", "set", "v-up", "up");
      defaultRoute(network, "add", "v-up");
      // The bridge above it is a way out too: each packet passes both and counts at the port.
      network.inside("node", "ip", "route", "add", "default", "dev", "br0", "metric", "9");
      PodTraffic traffic = new PodTraffic(network);
      try (RunningPlugins plugins = new RunningPlugins(network, new PacketforwardPlugin())) {
        assertThat(plugins.manager.linkCount("packetforward")).isEqualTo(1);
        TestNetwork.Counters start = network.counters("up");

        traffic.udp("up", network.ip4("b"), 5001, 1_000, 100);
        traffic.udp("b", network.ip6("up"), 5002, 500, 3_000); // fragments, and ICMP errors
        traffic.tcp("up", "b", network.ip4("b"), 5003, 5_000_000); // GSO
        traffic.tcp("b", "up", network.ip6("up"), 5004, 5_000_000);
        network.inside(
            "up", "ping", "-q", "-b", "-c", "3", "-i", "0.01", "-W", "1", "ff02::1%eth0");
        network.tries("up", "arping", "-c", "2", "-w", "1", "198.18.80.77");

        TestNetwork.Counters sent = network.counters("up").minus(start);
        assertThat(sent.fromPodPackets()).isGreaterThan(1_000);
        assertThat(sent.toPodPackets()).isGreaterThan(1_000);
        assertCounted(plugins, sent);
        assertThat(plugins.status("packetforward")).isEqualTo(new PluginStatus.Running());
      }
    }
  }

  @Test
  void shouldFollowTheDefaultRouteAndKeepWhatWasCounted() {
    try (TestNetwork network = new TestNetwork("fwdgo", "a", "b", "c")) {
      network.settle("a", "b", "c");
      PodTraffic traffic = new PodTraffic(network);
      try (RunningPlugins plugins = new RunningPlugins(network, new PacketforwardPlugin())) {
        plugins.awaitExactly(0, PACKETS, "ingress");
        traffic.udp("b", network.ip4("c"), 5001, 10, 100);
        plugins.awaitExactly(0, PACKETS, "ingress");

        defaultRoute(network, "add", "v-a");
        awaitLinks(plugins, 1);
        traffic.udp("a", network.ip4("c"), 5001, 40, 100);
        plugins.awaitExactly(40, PACKETS, "ingress");

        defaultRoute(network, "replace", "v-b");
        RunningPlugins.await(
            () -> "the other interface",
            () -> {
              traffic.udp("a", network.ip4("c"), 5001, 1, 100);
              double before = plugins.value(PACKETS, "ingress");
              java.util.concurrent.locks.LockSupport.parkNanos(300_000_000);
              return plugins.value(PACKETS, "ingress") == before;
            });
        double before = plugins.value(PACKETS, "ingress");
        traffic.udp("b", network.ip4("c"), 5001, 7, 100);
        plugins.awaitExactly(before + 7, PACKETS, "ingress");

        network.inside("node", "ip", "link", "del", "v-b");
        awaitLinks(plugins, 0);
        plugins.awaitExactly(before + 7, PACKETS, "ingress");
      }
    }
  }

  @Test
  void shouldGoOnCountingWhenThePluginIsDisabledAndEnabled() {
    try (TestNetwork network = new TestNetwork("fwdre", "a", "b")) {
      network.settle("a", "b");
      defaultRoute(network, "add", "v-a");
      PodTraffic traffic = new PodTraffic(network);
      try (RunningPlugins plugins = new RunningPlugins(network, new PacketforwardPlugin())) {
        traffic.udp("a", network.ip4("b"), 5001, 25, 100);
        plugins.manager.apply(List.of()); // counted since the last round, perhaps
        awaitLinks(plugins, 0);
        RunningPlugins.await(
            () -> "its end", () -> Double.isNaN(plugins.value(PACKETS, "ingress")));
        traffic.udp("a", network.ip4("b"), 5001, 1_000, 100);

        plugins.manager.apply(List.of(new PacketforwardPlugin()));
        awaitLinks(plugins, 1);
        plugins.awaitExactly(25, PACKETS, "ingress");
        traffic.udp("a", network.ip4("b"), 5001, 5, 100);
        plugins.awaitExactly(30, PACKETS, "ingress");
      }
    }
  }

  private static void awaitLinks(RunningPlugins plugins, int count) {
    RunningPlugins.await(
        () -> count + " interfaces, not " + plugins.manager.linkCount("packetforward"),
        () -> plugins.manager.linkCount("packetforward") == count);
  }

  /** The router's way out has no offloads: what it counts are the segments that a wire carries. */
  @Test
  void shouldCountTheSegmentsOfNetworkCards() throws IOException {
    try (TestNetwork network = new TestNetwork("fwdgso", "a", "b");
        NetworkNamespace router = NetworkNamespace.enter(network.nodeNamespace());
        BpfSpec spec = BpfObject.open("packetforward", elf());
        BpfObject object = spec.load()) {
      network.inside("node", "ethtool", "-K", "v-b", "tso", "off", "gso", "off");
      network.inside("node", "ethtool", "-K", "v-b", "tx-udp-segmentation", "off");
      network.settle("a", "b");
      int port = index(network, "v-a");
      try (BpfLink _ = router.call(() -> object.program("on_wire").attachSocketFilter(port))) {
        TestNetwork.Counters start = network.counters("b");
        TestNetwork.Counters startOfSuperPackets = network.counters("a");

        new PodTraffic(network).tcp("a", "b", network.ip4("b"), 5003, 3_000_000);
        new PodTraffic(network).tcp("a", "b", network.ip6("b"), 5004, 3_000_000);

        TestNetwork.Counters wire = network.counters("b").minus(start);
        TestNetwork.Counters skbs = network.counters("a").minus(startOfSuperPackets);
        long[] ingress = new long[2];
        object.map("forward_counts").sumPerCpu(0, ingress);
        assertThat(ingress).containsExactly(wire.toPodPackets(), wire.toPodBytes());
        assertThat(ingress[0]).as("segments of super-packets").isGreaterThan(skbs.fromPodPackets());
      }
    }
  }

  private static int index(TestNetwork network, String device) {
    return Integer.parseInt(
        network.inside("node", "ip", "-o", "link", "show", device).split(":", 2)[0]);
  }

  private static byte[] elf() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            PacketforwardIT.class.getResourceAsStream("/bpf/packetforward.bpf.o"))) {
      return in.readAllBytes();
    }
  }
}
