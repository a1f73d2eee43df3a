package sh.retina.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Pods a and b of a node with labels, a Service with an address of its own, and packets of each
 * kind that a flow can tell of.
 */
record EveryKindOfTraffic(TestNetwork network) {
  static final String NODE = "test-node";
  static final int PORT = 5001;

  /** Of the Service {@code test/web}; pod b takes its packets. */
  static final String SERVICE = "198.18.90.1";

  /** Of nobody in the cluster; pod b takes its packets, and its name is asked for before. */
  static final String WORLD = "10.0.0.8";

  /** Of this node and of another; pod b takes their packets. */
  static final String HOST = "198.18.90.2";

  static final String REMOTE = "198.18.90.3";

  static final String WORLD_NAME = "host8.test";

  static EveryKindOfTraffic in(TestNetwork network) {
    for (String address : List.of(SERVICE, WORLD, HOST, REMOTE)) {
      network.inside("b", "ip", "addr", "add", address + "/32", "dev", "eth0");
      network.inside("a", "ip", "route", "add", address + "/32", "via", network.ip4("b"));
    }
    return new EveryKindOfTraffic(network);
  }

  /** Settings of an agent that sees it and serves Hubble's API on a free port. */
  List<String> settings(Path directory, String... more) {
    try {
      Path context =
          Files.writeString(
              directory.resolve("context.yaml"),
              network.contextYaml()
                  + "  - {kind: node, name: test-node, labels: {zone: west, size: large}, ips: ["
                  + HOST
                  + "]}\n"
                  + "  - {kind: node, name: other-node, labels: {zone: east}, ips: ["
                  + REMOTE
                  + "]}\n"
                  + "  - {kind: service, namespace: test, name: web, ips: ["
                  + SERVICE
                  + "]}\n");
      List<String> settings =
          new ArrayList<>(
              List.of(
                  "agent",
                  "--retina.http.port=0",
                  "--retina.node-name=" + NODE,
                  "--retina.network-namespace=" + network.nodeNamespace(),
                  "--retina.context.file=" + context,
                  "--retina.journal.directory=" + directory.resolve("journal"),
                  "--retina.report-interval=1s",
                  "--retina.plugins=packetparser,dropreason,dns,tcplife",
                  "--retina.control-plane=hubble",
                  "--retina.hubble.cluster-name=here",
                  "--retina.hubble.socket-path=",
                  "--retina.hubble.listen-address=127.0.0.1:0"));
      settings.addAll(List.of(more));
      return settings;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether drops by a rule are among it: this machine has nftables. */
  boolean canRefuse() {
    return network.tries("b", "nft", "add table inet t");
  }

  /** Sends some of each, the same however often; returns when the agent has seen the last of it. */
  void send(RunningAgent agent) {
    PodTraffic traffic = new PodTraffic(network);
    double before = sum(agent.scrape(), "retina_dns_response_total");
    try (NameServer _ = NameServer.in(network, 53)) {
      NameServer.ask(network, "a", network.ip4("b"), "udp", "host", 9);
      NameServer.ask(network, "a", network.ip6("b"), "tcp", "none", 2);
    }
    traffic.udp("a", network.ip4("b"), PORT, 3, 64);
    traffic.udp("a", WORLD, PORT + 1, 3, 64);
    traffic.udp("a", SERVICE, PORT + 2, 3, 64);
    traffic.udp("a", HOST, PORT + 8, 1, 64);
    traffic.udp("a", REMOTE, PORT + 9, 1, 64);
    traffic.tcp("a", "b", network.ip4("b"), PORT + 3, 50_000);
    traffic.tcp("b", "a", network.ip6("a"), PORT + 4, 50_000);
    traffic.tcpAbort("a", "b", network.ip4("b"), PORT + 5, 1_000);
    traffic.ping("a", network.ip4("b"), 2);
    traffic.ping("a", network.ip6("b"), 2);
    traffic.sctpInit("a", network.ip4("b"), PORT + 6, 2);
    traffic.udpWithBadSum("a", network.ip4("b"), PORT, 2);
    if (canRefuse()) {
      network.inside("b", "nft", "add chain inet t c { type filter hook input priority 0; }");
      network.inside("b", "nft", "add rule inet t c udp dport " + (PORT + 7) + " drop");
      traffic.udp("a", network.ip4("b"), PORT + 7, 2, 64);
    }
    agent.scrapeUntil(
        scrape ->
            sum(scrape, "retina_dns_response_total") >= before + 11
                && sum(scrape, "retina_packets_dropped_total") > 0,
        () -> "the last of the traffic");
  }

  private static double sum(Map<String, Double> scrape, String metric) {
    return RunningAgent.sum(scrape, metric);
  }
}
