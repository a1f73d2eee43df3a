package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.event.IpPrefix;
import sh.retina.plugin.Interest;
import sh.retina.plugin.KernelCounter;
import sh.retina.plugin.PluginManager;

/**
 * Packets and sockets from or to the addresses of interest, and only those, while the set changes.
 */
@RequiresKernel
@WholeMachine
class InterestIT {
  private static final int COUNT = 50;
  private static final int CLOSED_PORT = 6_100;
  private static final int MUTE_PORT = 6_200;
  private static final int QUERIES = 10;
  private static final int ATTEMPTS = 5;

  @TempDir private Path directory;

  @Test
  void shouldLookOnlyAtAddressesOfInterestAndFollowTheirChanges() {
    try (TestNetwork network = new TestNetwork("interest", "a", "b", "c");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.addresses-of-interest=" + network.ip4("a") + "," + network.ip6("a"))) {
      PodTraffic traffic = new PodTraffic(network);
      PluginManager manager = agent.bean(PluginManager.class);

      send(traffic, network, "a", "b", CLOSED_PORT);
      send(traffic, network, "c", "b", CLOSED_PORT);
      send(traffic, network, "c", "a", CLOSED_PORT + 1);
      awaitOnly(agent, CLOSED_PORT, "a");
      awaitOnly(agent, CLOSED_PORT + 1, "c"); // to one of interest
      assertThat(manager.counter("packetparser", KernelCounter.UNWANTED))
          .as("packets that packetparser left out, at two interfaces, and what answers them")
          .isGreaterThanOrEqualTo(4L * COUNT);
      assertThat(manager.counter("dropreason", KernelCounter.UNWANTED))
          .as("drops that were left out")
          .isGreaterThanOrEqualTo(2L * COUNT);

      // As the selection of pods does: c comes, a goes.
      manager.interest(Interest.only(prefixes(network, "c")));
      send(traffic, network, "a", "b", CLOSED_PORT + 2);
      send(traffic, network, "c", "b", CLOSED_PORT + 2);
      awaitOnly(agent, CLOSED_PORT + 2, "c");

      manager.interest(Interest.only(List.of(IpPrefix.parse("0.0.0.0/0"))));
      send(traffic, network, "a", "b", CLOSED_PORT + 3);
      await(agent, "flows of a whole family", CLOSED_PORT + 3, COUNT);
      assertThat(flows(agent, CLOSED_PORT + 3).flows())
          .allSatisfy(flow -> assertThat(FlowSums.text(flow, "IP", "ipVersion")).isEqualTo("IPv4"));

      manager.interest(Interest.ALL);
      send(traffic, network, "a", "b", CLOSED_PORT + 4);
      await(agent, "flows of everybody", CLOSED_PORT + 4, 2 * COUNT);
      agent.scrapeUntil(Books::balance, () -> "books that balance");
    }
  }

  @Test
  void shouldReadDnsMessagesOnlyOfAddressesOfInterest() {
    try (TestNetwork network = new TestNetwork("interest", "a", "b", "c");
        NameServer _ = NameServer.in(network, 53);
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=dns",
                "--retina.addresses-of-interest=" + network.ip4("a") + "," + network.ip6("a"))) {
      PluginManager manager = agent.bean(PluginManager.class);

      int asked = ask(network, "c", "unwanted") + ask(network, "a", "host");
      awaitMessages(agent, "a", asked / 2);
      // Each packet of the others twice, at both ends' interfaces; TCP's own packets beside them.
      assertThat(manager.counter("dns", KernelCounter.UNWANTED))
          .as("packets at port 53 that were left out")
          .isGreaterThanOrEqualTo(2L * asked);

      manager.interest(Interest.only(prefixes(network, "c")));
      ask(network, "a", "unwanted");
      ask(network, "c", "host");
      awaitMessages(agent, "c", asked / 2);

      manager.interest(Interest.only(List.of(IpPrefix.parse("::/0"))));
      ask(network, "a", "host");
      // Half of them over IPv6.
      awaitMessages(agent, "a", asked / 2 + asked / 4);
      assertThat(FlowSums.of(agent, "dns-query=unwanted").flows()).isEmpty();
    }
  }

  @Test
  void shouldTellOnlySocketsOfAddressesOfInterest() {
    try (TestNetwork network = new TestNetwork("interest", "a", "b", "c")) {
      Assumptions.assumeTrue(
          network.tries("b", "nft", "add table inet t"), "this machine has no nftables");
      network.inside("b", "nft", "add chain inet t c { type filter hook input priority 0; }");
      network.inside("b", "nft", "add rule inet t c tcp dport " + MUTE_PORT + " drop");
      try (RunningAgent agent =
          new RunningAgent(
              directory,
              network,
              "--retina.plugins=tcplife,tcpretrans",
              "--retina.addresses-of-interest=" + network.ip4("a") + "," + network.ip6("a"))) {
        PluginManager manager = agent.bean(PluginManager.class);

        attempt(network, "c");
        attempt(network, "a");
        awaitOnlyAttempts(agent, "a");
        // An end and a reset received, and one sent, for each that was refused, in two families.
        assertThat(manager.counter("tcplife", KernelCounter.UNWANTED))
            .as("reports that tcplife left out")
            .isGreaterThanOrEqualTo(2L * 3 * ATTEMPTS);
        assertThat(manager.counter("tcpretrans", KernelCounter.UNWANTED))
            .as("segments sent again that were left out")
            .isGreaterThanOrEqualTo(2);

        manager.interest(Interest.only(prefixes(network, "c")));
        attempt(network, "c");
        agent.scrapeUntil(
            _ -> socketReports(agent, "c", "retransmission") == 2,
            () -> "what c sent again: " + socketReports(agent, "c", "retransmission"));
        agent.scrapeUntil(Books::balance, () -> "books that balance");
      }
    }
  }

  /** Some that are refused, and one that is not answered and sends its SYN once more. */
  private static void attempt(TestNetwork network, String from) {
    PodTraffic traffic = new PodTraffic(network);
    for (String address : List.of(network.ip4("b"), network.ip6("b"))) {
      traffic.tcpProbe(from, address, CLOSED_PORT, ATTEMPTS, 1_000);
      traffic.tcpProbe(from, address, MUTE_PORT, 1, 1_500);
    }
  }

  private static void awaitOnlyAttempts(RunningAgent agent, String pod) {
    agent.scrapeUntil(
        _ ->
            socketReports(agent, pod, "reset") == 2 * 2 * ATTEMPTS
                && socketReports(agent, pod, "connection") == 2 * (ATTEMPTS + 1)
                && socketReports(agent, pod, "retransmission") == 2,
        () -> "what the sockets of " + pod + " tell: " + FlowSums.of(agent, "protocol=tcp"));
    for (int port : List.of(CLOSED_PORT, MUTE_PORT)) {
      assertThat(FlowSums.of(agent, "port=" + port).flows())
          .allSatisfy(flow ->
              assertThat(
                      List.of(
                          FlowSums.text(flow, "source", "pod_name"),
                          FlowSums.text(flow, "destination", "pod_name")))
                  .contains(pod));
    }
  }

  /** Of one kind, from or to the pod. */
  private static long socketReports(RunningAgent agent, String pod, String kind) {
    return FlowSums.of(agent, "pod=test/" + pod).flows().stream()
        .filter(flow -> FlowSums.text(flow, "extensions", "value", "socket_report").equals(kind))
        .count();
  }

  /** Over UDP and TCP, IPv4 and IPv6; how many queries that were. */
  private static int ask(TestNetwork network, String from, String name) {
    int answers = 0;
    for (String address : List.of(network.ip4("b"), network.ip6("b"))) {
      for (String how : List.of("udp", "tcp")) {
        answers +=
            NameServer.ask(network, from, address, how, name, QUERIES).get("answers").asInt();
      }
    }
    assertThat(answers).isEqualTo(4 * QUERIES);
    return answers;
  }

  /** So many queries of the pod and their answers, each at both ends. */
  private static void awaitMessages(RunningAgent agent, String pod, int count) {
    for (FlowSums each : List.of(queries(agent, pod), answers(agent, pod))) {
      assertThat(each.flows()).hasSizeLessThanOrEqualTo(2 * count);
    }
    agent.scrapeUntil(
        _ ->
            queries(agent, pod).flows().size() == 2 * count
                && answers(agent, pod).flows().size() == 2 * count,
        () -> count + " queries of " + pod + ", and their answers");
  }

  private static FlowSums queries(RunningAgent agent, String pod) {
    return FlowSums.of(agent, "dns-query=.", "not-reply", "from-pod=test/" + pod);
  }

  private static FlowSums answers(RunningAgent agent, String pod) {
    return FlowSums.of(agent, "dns-query=.", "reply", "to-pod=test/" + pod);
  }

  private static List<IpPrefix> prefixes(TestNetwork network, String pod) {
    return Stream.of(network.ip4(pod), network.ip6(pod)).map(IpPrefix::parse).toList();
  }

  private static void send(
      PodTraffic traffic, TestNetwork network, String from, String to, int port) {
    traffic.udp(from, network.ip4(to), port, COUNT, 64);
    traffic.udp(from, network.ip6(to), port, COUNT, 64);
  }

  private static FlowSums flows(RunningAgent agent, int port) {
    return FlowSums.of(agent, "to-port=" + port, "protocol=udp").at("FROM_ENDPOINT");
  }

  private static FlowSums drops(RunningAgent agent, int port) {
    return FlowSums.of(agent, "to-port=" + port, "protocol=udp", "verdict=DROPPED");
  }

  /** Flows and drops, IPv4 and IPv6, exactly; all from this pod. */
  private static void awaitOnly(RunningAgent agent, int port, String pod) {
    await(agent, "flows and drops at port " + port, port, 2 * COUNT);
    for (FlowSums each : List.of(flows(agent, port), drops(agent, port))) {
      assertThat(each.packets()).isEqualTo(2 * COUNT);
      assertThat(each.flows())
          .allSatisfy(flow -> assertThat(FlowSums.text(flow, "source", "pod_name")).isEqualTo(pod));
    }
  }

  private static void await(RunningAgent agent, String what, int port, int count) {
    agent.scrapeUntil(
        _ -> flows(agent, port).packets() >= count && drops(agent, port).packets() >= count,
        () -> what);
  }
}
