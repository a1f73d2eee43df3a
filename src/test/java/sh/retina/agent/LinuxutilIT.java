package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import sh.retina.WholeMachine;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;
import sh.retina.plugin.PluginStatus;
import sh.retina.plugin.infiniband.InfinibandFactory;
import sh.retina.plugin.linuxutil.LinuxutilFactory;
import sh.retina.plugin.linuxutil.LinuxutilProperties;

/** The real kernel's counters of one network namespace move by what happens there, and no more. */
@RequiresKernel
@WholeMachine
class LinuxutilIT {
  private static final String UDP = "retina_udp_stats_total";
  private static final String TCP = "retina_tcp_connection_stats_total";
  private static final String STATE = "retina_tcp_state";
  private static final String INTERFACE = "retina_interface_stats_total";

  private static Plugin linuxutil(java.util.Map<String, String> settings) {
    return new LinuxutilFactory()
        .create(
            new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("retina.linuxutil", LinuxutilProperties.class),
            new CommonSettings(false, java.time.Duration.ofSeconds(30), 1));
  }

  private static RunningPlugins run(TestNetwork network) {
    return new RunningPlugins(
        network, linuxutil(java.util.Map.of("retina.linuxutil.pod-interfaces", "true")));
  }

  private static void giveTheNodeAnAddress(TestNetwork network) {
    network.inside("node", "ip", "addr", "add", "198.18.80.1/24", "dev", "br0");
  }

  @Test
  void shouldCountDatagramsThatNobodyWantsOfThisNamespaceOnly() {
    try (TestNetwork network = new TestNetwork("lu", "a", "b")) {
      giveTheNodeAnAddress(network);
      PodTraffic traffic = new PodTraffic(network);
      try (RunningPlugins plugins = run(network)) {
        plugins.awaitExactly(0, UDP, "NoPorts");

        traffic.udp("a", "198.18.80.1", 5001, 123, 50);
        traffic.udp("a", network.ip4("b"), 5001, 45, 50); // forwarded: not the node's own

        plugins.awaitExactly(123, UDP, "NoPorts");
        plugins.awaitExactly(0, UDP, "InErrors");
        traffic.udpWithBadSum("a", "198.18.80.1", 5001, 17);
        plugins.awaitExactly(17, UDP, "InCsumErrors");
        plugins.awaitExactly(17, UDP, "InErrors");
        assertThat(plugins.status("linuxutil")).isEqualTo(new PluginStatus.Running());
      }
    }
  }

  @Test
  void shouldCountSocketsByState() throws IOException {
    try (TestNetwork network = new TestNetwork("lus", "a");
        NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace())) {
      try (RunningPlugins plugins = run(network)) {
        plugins.awaitExactly(0, STATE, "LISTEN");
        List<AutoCloseable> open = new ArrayList<>();
        try {
          ServerSocket server =
              space.call(() -> new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")));
          open.add(server);
          plugins.awaitExactly(1, STATE, "LISTEN");

          List<Socket> accepted = new ArrayList<>();
          List<Socket> clients = new ArrayList<>();
          for (int i = 0; i < 7; i++) {
            Socket client = new Socket();
            space.call(() -> {
              client.connect(new InetSocketAddress("127.0.0.1", server.getLocalPort()));
              return client;
            });
            clients.add(client);
            accepted.add(server.accept());
          }
          open.addAll(clients);
          open.addAll(accepted);
          plugins.awaitExactly(14, STATE, "ESTABLISHED");
          plugins.awaitExactly(14, "retina_tcp_connection_remote", "AllIPs");
          plugins.awaitExactly(7, TCP, "ActiveOpens");
          plugins.awaitExactly(7, TCP, "PassiveOpens");

          for (int i = 0; i < 3; i++) {
            clients.get(i).shutdownOutput();
          }
          plugins.awaitExactly(3, STATE, "FIN_WAIT2");
          plugins.awaitExactly(3, STATE, "CLOSE_WAIT");
          plugins.awaitExactly(8, STATE, "ESTABLISHED");
        } finally {
          for (AutoCloseable each : open) {
            close(each);
          }
        }
        plugins.awaitExactly(0, STATE, "LISTEN");
      }
    }
  }

  private static void close(AutoCloseable each) {
    try {
      each.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldCountAConnectionThatTheListenersQueueHasNoPlaceFor() throws IOException {
    try (TestNetwork network = new TestNetwork("lud", "a");
        NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace());
        RunningPlugins plugins = run(network)) {
      plugins.awaitExactly(0, TCP, "ListenOverflows");
      // A backlog of 1 holds two that nobody accepts; the third's ACK finds no place.
      ServerSocket server =
          space.call(() -> new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
      List<Socket> clients = new ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          Socket client = new Socket();
          clients.add(client);
          try {
            // The socket is made, in the thread's namespace, when it connects.
            space.call(() -> {
              client.connect(new InetSocketAddress("127.0.0.1", server.getLocalPort()), 500);
              return client;
            });
          } catch (java.net.SocketTimeoutException e) {
            assertThat(i).as("connections that had a place").isEqualTo(2);
          }
        }
        RunningPlugins.await(
            () -> "a listener's overflow", () -> plugins.value(TCP, "ListenOverflows") >= 1);
        assertThat(plugins.value(TCP, "ListenDrops"))
            .isGreaterThanOrEqualTo(plugins.value(TCP, "ListenOverflows"));
      } finally {
        for (Socket client : clients) {
          client.close();
        }
        server.close();
      }
    }
  }

  @Test
  void shouldShowEachInterfaceAsItCounts() {
    try (TestNetwork network = new TestNetwork("lui", "a", "b")) {
      PodTraffic traffic = new PodTraffic(network);
      try (RunningPlugins plugins = run(network)) {
        traffic.udp("a", network.ip4("b"), 5001, 321, 100);

        // An answer may still come: what counts is that both agree.
        RunningPlugins.await(
            () -> network.counters("a") + " as the metrics have it",
            () -> {
              TestNetwork.Counters a = network.counters("a");
              return a.fromPodPackets() >= 321
                  && plugins.value(INTERFACE, "v-a", "rx_packets") == a.fromPodPackets()
                  && plugins.value(INTERFACE, "v-a", "rx_bytes") == a.fromPodBytes()
                  && plugins.value(INTERFACE, "v-a", "tx_packets") == a.toPodPackets();
            });
        assertThat(plugins.value(INTERFACE, "lo", "rx_packets")).isNaN();
        // Of the driver: ethtool -S.
        if (network.inside("node", "ethtool", "-S", "v-a").contains("rx_queue_0_drops")) {
          assertThat(plugins.value(INTERFACE, "v-a", "rx_queue_0_drops")).isZero();
        }

        network.inside("node", "ip", "link", "del", "v-b");
        RunningPlugins.await(
            () -> "the end of v-b's series",
            () -> Double.isNaN(plugins.value(INTERFACE, "v-b", "rx_packets")));
      }
    }
  }

  @Test
  void shouldCountWhatAQueueingDisciplineDrops() {
    try (TestNetwork network = new TestNetwork("luq", "a", "b")) {
      network.inside(
          "node", "tc", "qdisc", "add", "dev", "v-b", "root", "handle", "1:", "bfifo", "limit",
          "1");
      PodTraffic traffic = new PodTraffic(network);
      try (RunningPlugins plugins = run(network)) {
        traffic.udp("a", network.ip4("b"), 5001, 33, 100);
        RunningPlugins.await(
            () -> "as many drops as tc shows",
            () -> {
              double drops = plugins.value("retina_qdisc_dropped_total", "v-b", "bfifo");
              String shown = network.inside("node", "tc", "-s", "qdisc", "show", "dev", "v-b");
              return drops >= 33 && shown.contains("dropped " + (long) drops + ",");
            });
      }
    }
  }

  @Test
  void shouldSayThatThisNodeHasNoInfiniband() {
    try (TestNetwork network = new TestNetwork("luib");
        RunningPlugins plugins =
            new RunningPlugins(
                network,
                new InfinibandFactory()
                    .create(
                        new PluginFactory.None(),
                        new CommonSettings(false, java.time.Duration.ofSeconds(30), 1)))) {
      org.junit.jupiter.api.Assumptions.assumeFalse(
          java.nio.file.Files.exists(java.nio.file.Path.of("/sys/class/infiniband")),
          "this machine has InfiniBand");
      RunningPlugins.await(
          () -> "its status, not " + plugins.status("infiniband"),
          () -> plugins.status("infiniband") instanceof PluginStatus.Unsupported);
      assertThat(plugins.status("infiniband")).asString().contains("no InfiniBand device");
    }
  }
}
