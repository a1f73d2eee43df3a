package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.bpf.NetworkNamespace;

/** The agent runs with three capabilities, as whatever user, and calls nobody. */
@RequiresKernel
@WholeMachine
class PrivilegesIT {
  private static final String THREE = "-all,+bpf,+perfmon,+net_admin";
  private static final String USER = "65534";
  private static final String SENT = "retina_pod_packets_forwarded_total{direction=\"egress\"";

  @TempDir private Path directory;

  private static List<String> inside(TestNetwork network, String... drop) {
    List<String> words =
        new ArrayList<>(List.of("nsenter", "--net=" + network.nodeNamespace(), "setpriv"));
    words.addAll(List.of(drop));
    return words;
  }

  private static List<String> asNobody(TestNetwork network) {
    return inside(
        network,
        "--reuid",
        USER,
        "--regid",
        USER,
        "--clear-groups",
        "--inh-caps",
        THREE,
        "--ambient-caps",
        THREE,
        "--bounding-set",
        THREE,
        "--no-new-privs");
  }

  private void open() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  @Test
  void shouldCountFlowsAndDropsAsNobodyWithThreeCapabilitiesAndCallNobody() throws IOException {
    open();
    try (TestNetwork network = new TestNetwork("priv", "a", "b");
        NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace())) {
      Assumptions.assumeTrue(
          network.tries("node", "nft", "add table inet t"), "this machine has no nftables");
      // A way out, so that whatever is sent shows.
      network.inside("node", "ip", "addr", "add", "198.18.80.1/24", "dev", "br0");
      network.inside("node", "ip", "route", "add", "default", "dev", "br0");
      network.inside("node", "nft", "add chain inet t c { type filter hook output priority 0; }");
      network.inside("node", "nft", "add counter inet t calls");
      String theirs = "add rule inet t c meta skuid " + USER;
      network.inside("node", "nft", theirs + " meta l4proto != tcp counter name calls");
      network.inside("node", "nft", theirs + " tcp flags & (syn | ack) == syn counter name calls");
      AgentSettings settings = new AgentSettings(directory, network);
      try (AgentProcess agent =
          new AgentProcess(asNobody(network), settings.port(), settings.with())
              .listeningIn(space)
              .awaitReady()) {
        assertThat(status(agent.pid(), "CapEff")).isEqualTo("000000c000001000");
        assertThat(status(agent.pid(), "CapBnd")).isEqualTo("000000c000001000");
        assertThat(status(agent.pid(), "Uid")).startsWith(USER);

        PodTraffic traffic = new PodTraffic(network);
        traffic.udp("a", network.ip4("b"), 5001, 100, 100);

        agent.await("the packets", () -> agent.metric(SENT) >= 100);
        agent.await(
            "the drops",
            () -> agent.metric("retina_packets_dropped_total{direction=\"ingress\"") >= 100);
        for (String plugin : List.of("packetparser", "dropreason")) {
          // dropreason is degraded where the kernel refuses its functions; the tracepoint runs.
          assertThat(agent.metric("retina_agent_plugin_up{plugin=\"" + plugin + "\""))
              .as(plugin)
              .isEqualTo(1);
        }
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
      String calls = network.inside("node", "nft", "list", "counter", "inet", "t", "calls");
      assertThat(calls).contains("packets 0 ");
      assertOnlyOwnerMayRead(directory.resolve("journal"));

      // The counter works: a call of that user would have shown.
      network.inside(
          "node",
          "setpriv",
          "--reuid",
          USER,
          "--clear-groups",
          Path.of(System.getProperty("build.basedir", ""), "target", "traffic").toString(),
          "udp-count",
          network.ip4("a"),
          "9",
          "1",
          "10");
      assertThat(network.inside("node", "nft", "list", "counter", "inet", "t", "calls"))
          .doesNotContain("packets 0 ");
    }
  }

  @Test
  void shouldRunAsRootWithThreeCapabilitiesInClsactToo() throws IOException {
    try (TestNetwork network = new TestNetwork("privr", "a", "b");
        NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace())) {
      AgentSettings settings = new AgentSettings(directory, network);
      List<String> dropped =
          inside(network, "--inh-caps", THREE, "--bounding-set", THREE, "--no-new-privs");
      try (AgentProcess agent =
          new AgentProcess(dropped, settings.port(), settings.with("--retina.tc-attach=clsact"))
              .listeningIn(space)
              .awaitReady()) {
        assertThat(status(agent.pid(), "CapEff")).isEqualTo("000000c000001000");
        new PodTraffic(network).udp("a", network.ip4("b"), 5001, 100, 100);

        agent.await("the packets", () -> agent.metric(SENT) >= 100);
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
      assertThat(network.inside("node", "tc", "filter", "show", "dev", "v-a", "ingress")).isEmpty();
    }
  }

  @Test
  void shouldSayThatAnotherNamespaceNeedsMore() throws IOException {
    open();
    try (TestNetwork network = new TestNetwork("privn", "a")) {
      AgentSettings settings = new AgentSettings(directory, network);
      try (AgentProcess agent =
          new AgentProcess(
              asNobody(network),
              settings.port(),
              settings.with("--retina.network-namespace=/run/netns/rt-privn-a"))) {
        assertThat(agent.exitCode()).isEqualTo(1);
        assertThat(agent.output())
            .contains("retina.network-namespace", "EPERM", "CAP_SYS_ADMIN")
            .doesNotContain("\tat ");
      }
    }
  }

  private static void assertOnlyOwnerMayRead(Path journal) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(journal)))
        .isEqualTo("rwx------");
  }

  private static String status(long pid, String key) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith(key + ":"))
        .map(line -> line.substring(key.length() + 1).strip())
        .findFirst()
        .orElseThrow();
  }
}
