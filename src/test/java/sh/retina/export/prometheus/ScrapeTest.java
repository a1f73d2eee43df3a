package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static sh.retina.export.prometheus.Scrape.OPENMETRICS;
import static sh.retina.export.prometheus.Scrape.TEXT;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sh.retina.event.ObservationPoint;
import sh.retina.pipeline.Loss;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.Stage;
import sh.retina.pipeline.Traffic;

/** What a scrape of the whole agent shows, to the letter. */
class ScrapeTest {
  @Test
  void shouldShowExactNamesAndLabels() {
    Agent agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL).withTraffic();

    assertThat(agent.text()).isEqualTo(golden("scrape-local.txt"));
  }

  @Test
  void shouldPrefixTheLabelsOfTheRemoteContext() {
    Agent agent = new Agent(Naming.RETINA, PodLevel.Context.REMOTE).withTraffic();

    assertThat(podLines(agent.text()))
        .contains(
            "retina_pod_packets_forwarded_total{destination_namespace=\"shop\","
                + "destination_podname=\"far\",destination_workload_kind=\"Deployment\","
                + "destination_workload_name=\"app-far\",direction=\"egress\","
                + "source_namespace=\"shop\",source_podname=\"client\","
                + "source_workload_kind=\"Deployment\",source_workload_name=\"app-client\"} 2.0");
  }

  @Test
  void shouldShowEveryMetricOfTheEnumAndNoOther() {
    Agent agent =
        new Agent(Naming.RETINA, PodLevel.Context.LOCAL).withTraffic().withDns().withSockets();

    assertThat(types(agent.text()))
        .isEqualTo(
            Arrays.stream(MetricName.values())
                .map(metric -> metric.exposed() + " " + metric.prometheusType())
                .collect(Collectors.toSet()));
  }

  @Test
  void shouldUseTheNamesThatRetinasDashboardsQuery() {
    Agent agent = new Agent(Naming.NETWORKOBSERVABILITY, PodLevel.Context.LOCAL).withTraffic();

    assertThat(podLines(agent.text()))
        .contains(
            "networkobservability_drop_count{direction=\"ingress\",reason=\"NETFILTER_DROP\"} 3.0",
            "networkobservability_conntrack_packets_tx 2.0",
            "networkobservability_conntrack_packets_rx 1.0",
            "networkobservability_conntrack_bytes_rx 100.0",
            "networkobservability_conntrack_total_connections 12.0",
            "networkobservability_adv_forward_count{direction=\"egress\",namespace=\"shop\","
                + "podname=\"client\",workload_kind=\"Deployment\","
                + "workload_name=\"app-client\"} 2.0",
            "networkobservability_adv_tcpflags_count{flag=\"SYNACK\",namespace=\"shop\","
                + "podname=\"client\",workload_kind=\"Deployment\","
                + "workload_name=\"app-client\"} 1.0")
        .noneMatch(line -> line.startsWith("retina_pod_packets"))
        .anyMatch(line -> line.startsWith("retina_pod_tcp_rtt_seconds_count"))
        .anyMatch(line -> line.startsWith("retina_agent_events_total"));
  }

  @Test
  void shouldShowBothNamesWhenAsked() {
    Agent both = new Agent(Naming.BOTH, PodLevel.Context.LOCAL).withTraffic();
    Set<String> expected = new HashSet<>();
    for (Naming naming : List.of(Naming.RETINA, Naming.NETWORKOBSERVABILITY)) {
      Agent one = new Agent(naming, PodLevel.Context.LOCAL).withTraffic();
      expected.addAll(podLines(one.text()));
    }

    assertThat(podLines(both.text())).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void shouldHaveEverySeriesOfTheBooksFromTheStart() {
    Agent agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL);
    agent.ledger.plugin("later").passed(Stage.DECODED, 4);

    List<String> lines = podLines(agent.text());

    for (String plugin : List.of("packetparser", "later")) {
      for (Loss loss : Loss.values()) {
        assertThat(lines)
            .contains(
                "retina_agent_lost_events_total{plugin=\"%s\",stage=\"%s\"} 0.0"
                    .formatted(plugin, loss.label()));
      }
    }
    assertThat(lines)
        .contains(
            "retina_agent_events_total{plugin=\"packetparser\",stage=\"kernel\"} 0.0",
            "retina_agent_events_total{plugin=\"later\",stage=\"decoded\"} 4.0");
  }

  @Test
  void shouldWriteOpenMetricsByItsOwnRules() {
    String text =
        new Agent(Naming.BOTH, PodLevel.Context.LOCAL).withTraffic().withDns().text(OPENMETRICS);

    assertThat(text.lines().filter(line -> line.contains(" # {")))
        .as("exemplars")
        .hasSize(5)
        .allMatch(line -> line.contains("_bucket{") || line.contains("_total{"));

    assertThat(text)
        .contains(
            "# TYPE retina_pod_packets_forwarded counter\n# HELP retina_pod_packets_forwarded ",
            "\nretina_pod_packets_forwarded_total{direction=\"egress\"",
            "# TYPE networkobservability_adv_forward_count unknown\n",
            "# TYPE retina_pod_tcp_rtt_seconds histogram\n")
        .endsWith("# EOF\n")
        .containsOnlyOnce("# EOF");
  }

  @Test
  void shouldShowOnlyWhatIsAskedFor() {
    String text =
        new Agent(Naming.RETINA, PodLevel.Context.LOCAL)
            .withTraffic()
            .text(TEXT, "retina_pod_tcp_flags_total", "retina_agent_queue_bytes");

    assertThat(types(text))
        .containsExactlyInAnyOrder(
            "retina_pod_tcp_flags_total counter", "retina_agent_queue_bytes gauge");
  }

  @Test
  void shouldShowLongCountsToTheLastDigit() {
    Agent agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL);
    agent.aggregate.accept(
        Traffic.forwarded(
            ObservationPoint.FROM_ENDPOINT, Traffic.CLIENT, Traffic.SERVER, 1_234_567_890));

    assertThat(agent.text()).containsPattern("packets_forwarded_total\\{.*} 1234567890\\.0\n");
  }

  @Test
  void shouldShowLabelValuesOfOthersEscaped() {
    Agent agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL);
    agent.aggregate.accept(
        Traffic.forwarded(
            ObservationPoint.FROM_ENDPOINT,
            Traffic.pod("a\"b", "c\\d\ne", "10.0.0.9", Traffic.HERE),
            Traffic.SERVER,
            1));

    assertThat(agent.text()).contains("namespace=\"a\\\"b\",podname=\"c\\\\d\\\\010e\"");
  }

  @ParameterizedTest
  @EnumSource(Naming.class)
  void shouldPassPromtool(Naming naming, @TempDir Path directory)
      throws IOException, InterruptedException {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "promtool"))),
        "promtool is not installed: Debian's package prometheus has it");
    Agent agent = new Agent(naming, PodLevel.Context.LOCAL).withTraffic();
    Path scrape = Files.writeString(directory.resolve("scrape.txt"), agent.text());
    Path output = directory.resolve("promtool.txt");

    Process promtool =
        new ProcessBuilder("promtool", "check", "metrics")
            .redirectInput(scrape.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    assertThat(promtool.waitFor()).as(() -> read(output)).isZero();
  }

  private static List<String> podLines(String scrape) {
    return scrape.lines().filter(line -> !line.startsWith("#")).toList();
  }

  private static Set<String> types(String scrape) {
    return scrape
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .map(line -> line.substring("# TYPE ".length()))
        .collect(Collectors.toSet());
  }

  private static String golden(String name) {
    try (InputStream in = ScrapeTest.class.getResourceAsStream(name)) {
      return in == null
          ? "no resource " + name
          : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
