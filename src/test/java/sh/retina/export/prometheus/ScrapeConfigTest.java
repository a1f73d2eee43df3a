package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The scrape configuration that the documentation shows: promtool says which pods of a cluster it
 * scrapes, and where. Debian's build has no discovery by Kubernetes, so its targets stand in the
 * configuration, with the labels that it would give them.
 */
class ScrapeConfigTest {
  private static final String DISCOVERY = "kubernetes_sd_configs: [{role: pod}]";
  private static final String PORT = "__meta_kubernetes_pod_container_port_number";
  private static final String COMPONENT = "__meta_kubernetes_pod_label_app_kubernetes_io_component";

  /** As the chart makes them: a target for each port of a container. */
  private static final String PODS =
      "static_configs: ["
          + String.join(
              ", ",
              pod("10.0.0.9:10093", "retina", "agent", "10093"),
              pod("10.0.0.9:4244", "retina", "agent", "4244"),
              pod("10.1.0.4:8080", "operator", "operator", "8080"),
              pod("10.1.0.5:80", "web", "", "80"))
          + "]";

  @TempDir private Path directory;
  private Path configuration;

  private static String pod(String address, String container, String component, String port) {
    String ip = address.substring(0, address.indexOf(':'));
    return "{targets: ['%s'], labels: {__meta_kubernetes_pod_container_name: %s, "
            .formatted(address, container)
        + "__meta_kubernetes_pod_ip: %s, __meta_kubernetes_pod_node_name: node-1, ".formatted(ip)
        + "%s: '%s', %s: '%s'}}".formatted(COMPONENT, component, PORT, port);
  }

  @BeforeEach
  void read() throws IOException {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/promtool")),
        "promtool is not installed: Debian's package prometheus has it");
    String page = Files.readString(Path.of("docs/prometheus.md"));
    int begin = page.indexOf("```yaml\nscrape_configs:");
    String shown = page.substring(begin + "```yaml\n".length(), page.indexOf("\n```", begin));
    assertThat(shown).contains(DISCOVERY);
    configuration =
        Files.writeString(
            directory.resolve("prometheus.yml"), shown.replace(DISCOVERY, PODS) + "\n");
  }

  @Test
  void shouldScrapeEachAgentOnceByItsNode() throws Exception {
    assertThat(targets("retina")).containsOnly("10.0.0.9:10093/metrics of node-1");
  }

  @Test
  void shouldScrapeTheOperator() throws Exception {
    assertThat(targets("retina-operator"))
        .containsExactly("10.1.0.4:8080/actuator/prometheus of 10.1.0.4:8080");
  }

  /** Those that are kept. Equal ones are one target to Prometheus. */
  private List<String> targets(String job) throws IOException, InterruptedException {
    Path said = directory.resolve("said.json");
    Process promtool =
        new ProcessBuilder(
                "promtool",
                "check",
                "service-discovery",
                "--timeout=1s",
                configuration.toString(),
                job)
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(promtool.waitFor()).as(() -> said(said)).isZero();
    List<String> targets = new ArrayList<>();
    for (JsonNode target : JsonMapper.shared().readTree(said)) {
      JsonNode labels = target.path("labels");
      if (!labels.isEmpty()) {
        targets.add(
            labels.path("__address__").asString("")
                + labels.path("__metrics_path__").asString("")
                + " of "
                + labels.path("instance").asString(""));
      }
    }
    return targets;
  }

  private static String said(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
