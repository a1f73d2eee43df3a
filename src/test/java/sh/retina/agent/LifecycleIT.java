package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.bpf.LoadedPrograms;

/** How the agent starts, stops, dies and comes back, as a process. */
@RequiresKernel
@WholeMachine
class LifecycleIT {
  private static final List<String> UNPRIVILEGED =
      List.of(
          "setpriv",
          "--reuid",
          "65534",
          "--regid",
          "65534",
          "--clear-groups",
          "--bounding-set",
          "-all");
  private static final String FORWARDED = "retina_pod_packets_forwarded_total{direction=\"egress\"";

  @TempDir private Path directory;
  private int port;

  @BeforeEach
  void findPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  @Test
  void shouldRefuseAConfigurationWithAllItsFaults() {
    try (AgentProcess agent =
        new AgentProcess(
            List.of(),
            port,
            "--retina.report-interval=soon",
            "--retina.sampling-rate=0",
            "--retina.plugin=x")) {
      assertThat(agent.exitCode()).isEqualTo(2);
      assertThat(agent.output())
          .contains(
              "retina.report-interval: 'soon'",
              "retina.sampling-rate: '0'",
              "retina.plugin: no such key")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void shouldNameThePortThatIsInUse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"));
        TestNetwork network = new TestNetwork("port", "a")) {
      try (AgentProcess agent =
          new AgentProcess(List.of(), taken.getLocalPort(), settings(network))) {
        assertThat(agent.exitCode()).isEqualTo(1);
        assertThat(agent.output())
            .contains("port " + taken.getLocalPort() + " is in use", "retina.http.port")
            .doesNotContain("\tat ");
      }
    }
  }

  @Test
  void shouldNameTheContextFileThatIsWrong() throws IOException {
    Path file =
        Files.writeString(directory.resolve("bad.yaml"), "endpoints: [{kind: cat, name: a}]");
    try (AgentProcess agent =
        new AgentProcess(
            List.of(),
            port,
            "--retina.context.file=" + file,
            "--retina.journal.directory=" + directory.resolve("j"))) {
      assertThat(agent.exitCode()).isEqualTo(1);
      assertThat(agent.output()).contains("bad.yaml, entry 1: kind 'cat'").doesNotContain("\tat ");
    }
  }

  @Test
  void shouldSayWhatIsMissingWithoutPrivilegesAndReplayAllTheSame() throws IOException {
    open(directory);
    Path journal = directory.resolve("journal");
    double counted;
    try (TestNetwork network = new TestNetwork("replay", "a", "b");
        AgentProcess agent = new AgentProcess(List.of(), port, settings(network)).awaitReady()) {
      new PodTraffic(network).udp("a", network.ip4("b"), 5001, 500, 100);
      // Pending in the kernel's table when the agent stops: it has to take them along.
      assertThat(agent.terminate().exitCode()).isIn(0, 143);
      counted = 500;
    }
    openTree(journal);

    try (AgentProcess refused =
        new AgentProcess(
            UNPRIVILEGED, port, "--retina.journal.directory=" + directory.resolve("other"))) {
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.output())
          .contains("CAP_BPF is missing", "--retina.replay=DIR")
          .doesNotContain("\tat ");
    }
    try (AgentProcess replay =
        new AgentProcess(
                UNPRIVILEGED,
                port,
                "--retina.replay=" + journal,
                "--retina.pod-level.enabled=true",
                "--retina.node-name=test-node")
            .awaitReady()) {
      replay.await(
          "the recorded packets",
          () -> replay.metric(FORWARDED + ",namespace=\"test\",podname=\"a\"") == counted);
    }
  }

  @Test
  void shouldLoseNothingThatWasAppendedWhenKilled() {
    try (TestNetwork network = new TestNetwork("kill", "a", "b")) {
      PodTraffic traffic = new PodTraffic(network);
      String pod = FORWARDED + ",namespace=\"test\",podname=\"a\"";
      Set<Integer> programs;
      try (AgentProcess agent = new AgentProcess(List.of(), port, settings(network)).awaitReady()) {
        traffic.udp("a", network.ip4("b"), 5001, 300, 100);
        agent.await("the first packets", () -> agent.metric(pod) == 300);
        programs = programs(agent);
        agent.kill().exitCode();
      }
      // The link of a dead process is gone, and with it the last that holds the program.
      assertThat(programs).noneMatch(LoadedPrograms::isLoaded);

      // Nobody watches now: these are nobody's.
      traffic.udp("a", network.ip4("b"), 5001, 50, 100);

      try (AgentProcess agent = new AgentProcess(List.of(), port, settings(network)).awaitReady()) {
        programs = programs(agent);
        traffic.udp("a", network.ip4("b"), 5001, 20, 100);
        agent.await("the packets of the second run", () -> agent.metric(pod) >= 20);
        // What the first run had counted is not counted again; a batch at the edge may be.
        assertThat(agent.metric(pod)).isLessThanOrEqualTo(320);
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
      assertThat(programs).noneMatch(LoadedPrograms::isLoaded);
    }
  }

  /** The one program at pods' interfaces that this agent holds. */
  private static Set<Integer> programs(AgentProcess agent) {
    Set<Integer> programs = LoadedPrograms.of(agent.pid(), "on_pod_tx");
    assertThat(programs).hasSize(1).allMatch(LoadedPrograms::isLoaded);
    return programs;
  }

  private String[] settings(TestNetwork network) {
    try {
      Path names = Files.writeString(directory.resolve("context.yaml"), network.contextYaml());
      List<String> settings =
          new ArrayList<>(
              List.of(
                  "--retina.node-name=test-node",
                  "--retina.network-namespace=" + network.nodeNamespace(),
                  "--retina.context.file=" + names,
                  "--retina.journal.directory=" + directory.resolve("journal"),
                  "--retina.pod-level.enabled=true",
                  "--retina.report-interval=1s"));
      return settings.toArray(String[]::new);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void open(Path path) throws IOException {
    Files.setPosixFilePermissions(
        path, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static void openTree(Path tree) throws IOException {
    open(tree);
    try (var files = Files.list(tree)) {
      for (Path file : files.toList()) {
        Files.setPosixFilePermissions(
            file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
      }
    }
  }
}
