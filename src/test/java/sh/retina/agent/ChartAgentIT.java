package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.helm.Helm;
import sh.retina.helm.Rendered;

/** The agent with the words, the configuration and the rights that the chart gives it. */
@RequiresKernel
@WholeMachine
class ChartAgentIT {
  private static final List<String> PLUGINS =
      List.of("packetforward", "packetparser", "dropreason", "linuxutil", "dns");

  @TempDir private Path directory;

  @Test
  void shouldStartWithTheCapabilitiesOfTheChartAndCount() throws Exception {
    Helm helm = Helm.find();
    try (TestNetwork network = new TestNetwork("chart", "a", "b");
        NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace())) {
      AgentSettings settings = new AgentSettings(directory, network);
      Path names = Files.writeString(directory.resolve("context.yaml"), network.contextYaml());
      Rendered rendered =
          Rendered.of(
              helm,
              "--set",
              "config.journal.directory=" + directory.resolve("journal"),
              "--set",
              "config.context.file=" + names,
              "--set",
              "conntrackReportInterval=1s");
      try (AgentProcess agent =
          new AgentProcess(before(network, rendered.agent()), settings.port(), arguments(rendered))
              .listeningIn(space)
              .awaitReady()) {
        new PodTraffic(network).udp("a", network.ip4("b"), 5001, 100, 100);

        agent.await(
            "the packets",
            () -> agent.metric("retina_pod_packets_forwarded_total{direction=\"egress\"") >= 100);
        for (String plugin : PLUGINS) {
          assertThat(agent.metric("retina_agent_plugin_up{plugin=\"" + plugin + "\""))
              .as(plugin)
              .isEqualTo(1);
        }
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
    }
  }

  private String[] arguments(Rendered rendered) throws IOException {
    return rendered
        .settings(
            rendered.agents().getSpec().getTemplate().getSpec(),
            Files.createDirectory(directory.resolve("config")))
        .toArray(String[]::new);
  }

  /** As a container runtime would: user, capabilities, no new rights, the environment. */
  private static List<String> before(TestNetwork network, Container container) {
    String capabilities =
        container.getSecurityContext().getCapabilities().getAdd().stream()
            .map(name -> "+" + name.toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(",", "-all,", ""));
    List<String> words =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=" + network.nodeNamespace(),
                "setpriv",
                "--reuid",
                "" + container.getSecurityContext().getRunAsUser(),
                "--clear-groups",
                "--inh-caps",
                "-all",
                "--bounding-set",
                capabilities,
                "--no-new-privs",
                "env"));
    container.getEnv().stream()
        .map(variable ->
            variable.getName()
                + "="
                + (variable.getValue() == null ? "test-node" : variable.getValue()))
        .forEach(words::add);
    return words;
  }
}
