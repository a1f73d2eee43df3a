package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/** A configuration file that changes while the agent runs and traffic goes on. */
@RequiresKernel
@WholeMachine
class ReloadIT {
  private static final String PACKETS = "retina_pod_packets_forwarded_total";
  private static final String DROPS = "retina_pod_packets_dropped_total";
  private static final String PARSER = "packetparser";
  private static final String RELOADS = "retina_agent_configuration_reloads_total";

  @TempDir private Path directory;

  private Path configuration() {
    return directory.resolve("etc/application.yaml");
  }

  @Test
  void shouldEnableDisableAndTunePluginsWhileTheOthersGoOn() throws IOException {
    Files.createDirectories(directory.resolve("etc"));
    write("retina: {plugins: [packetparser], report-interval: 1s}");
    try (TestNetwork network = new TestNetwork("reload", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--spring.config.additional-location=file:" + directory.resolve("etc") + "/")) {
      PodTraffic traffic = new PodTraffic(network);
      traffic.udp("a", network.ip4("b"), 5001, 100, 100);
      awaitReceived(agent, 100);

      write("retina: {plugins: [packetparser, dropreason], report-interval: 1s}");
      agent.scrapeUntil(s -> up(s, "dropreason") == 1 && up(s, PARSER) == 1, () -> "dropreason");
      traffic.udp("a", network.ip4("b"), 5002, 100, 100);
      awaitReceived(agent, 200);
      // Nobody listens there: each datagram is a drop too.
      agent.scrapeUntil(
          _ -> drops(agent, 5002) == 100, () -> "drops of the plugin that came later");

      write("retina: {plugins: [packetparser], report-interval: 1s}");
      agent.scrapeUntil(s -> up(s, "dropreason") == 0 && up(s, PARSER) == 1, () -> "no dropreason");
      assertThat(RunningAgent.sum(agent.scrape(), "retina_agent_plugin_status", "dropreason\""))
          .as("a plugin that nobody wants has no status")
          .isZero();
      traffic.udp("a", network.ip4("b"), 5003, 100, 100);
      awaitReceived(agent, 300);
      assertThat(drops(agent, 5002)).as("what was counted stays").isEqualTo(100);
      assertThat(drops(agent, 5003)).as("nothing comes of a disabled plugin").isZero();

      // Of the same plugin: the size of a map is fixed, so another object takes over.
      write(
          "retina: {plugins: [packetparser], report-interval: 1s, packetparser: {max-flows: 512}}");
      agent.scrapeUntil(
          s ->
              s.getOrDefault("retina_agent_plugin_starts_total{plugin=\"packetparser\"}", 0.0) == 2,
          () -> "the other object");
      traffic.udp("a", network.ip4("b"), 5004, 100, 100);
      awaitReceived(agent, 400);

      write("retina: {plugins: [packetparser], report-interval: soon, samplng-rate: 4}");
      agent.scrapeUntil(
          s -> s.getOrDefault(RELOADS + "{outcome=\"refused\"}", 0.0) == 1, () -> "a refusal");
      traffic.udp("a", network.ip4("b"), 5005, 100, 100);
      awaitReceived(agent, 500);

      write("retina: {plugins: [packetparser], report-interval: 1s, sampling-rate: 1000000}");
      agent.scrapeUntil(
          s ->
              s.getOrDefault("retina_agent_sampling_rate{plugin=\"packetparser\"}", 0.0)
                  == 1_000_000,
          () -> "the other rate");
      agent.scrapeUntil(Books::balance, () -> "books that balance over all loads");
    }
  }

  @Test
  void shouldReadAMountedConfigMapAgainWhenItsLinkMoves() throws IOException {
    // As a kubelet does: the file is a link through ..data, which is swapped as a whole.
    Path mount = Files.createDirectories(directory.resolve("etc"));
    generation(mount, "..1", "retina: {plugins: [packetparser]}");
    Files.createSymbolicLink(mount.resolve("..data"), Path.of("..1"));
    Files.createSymbolicLink(mount.resolve("application.yaml"), Path.of("..data/application.yaml"));
    try (TestNetwork network = new TestNetwork("reload", "a");
        RunningAgent agent =
            new RunningAgent(
                directory, network, "--spring.config.additional-location=file:" + mount + "/")) {
      agent.scrapeUntil(s -> up(s, PARSER) == 1, () -> PARSER);

      generation(mount, "..2", "retina: {plugins: [dropreason]}");
      Path fresh = Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..2"));
      Files.move(fresh, mount.resolve("..data"), StandardCopyOption.REPLACE_EXISTING);

      agent.scrapeUntil(
          s -> up(s, "dropreason") == 1 && up(s, PARSER) == 0, () -> "the other plugin");
    }
  }

  @Test
  void shouldChangeLabelsBoundsAndMetricsOfPodsWhileTrafficGoesOn() throws IOException {
    Files.createDirectories(directory.resolve("etc"));
    write("retina: {report-interval: 1s}");
    try (TestNetwork network = new TestNetwork("reload", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=packetparser,dropreason",
                "--spring.config.additional-location=file:" + directory.resolve("etc") + "/")) {
      PodTraffic traffic = new PodTraffic(network);
      traffic.udp("a", network.ip4("b"), 5001, 100, 100);
      awaitReceived(agent, 100);

      write(
          "retina: {report-interval: 1s, pod-level: {labels: namespace+podname+workload, metrics:"
              + " [{name: dropped, labels: podlabel/app}]}}");
      agent.scrapeUntil(
          s -> s.getOrDefault(RELOADS + "{outcome=\"applied\"}", 0.0) == 1, () -> "the change");
      traffic.udp("a", network.ip4("b"), 5002, 100, 100);
      awaitReceived(agent, 200); // the series of before goes on
      agent.scrapeUntil(
          s -> RunningAgent.sum(s, DROPS, "label_app=\"b\"") >= 100, // some may be of before
          () -> "drops by a label of the pod");

      write("retina: {report-interval: 1s, pod-level: {labels: node}}");
      agent.scrapeUntil(
          s -> s.getOrDefault(RELOADS + "{outcome=\"applied\"}", 0.0) == 2, () -> "the change");
      traffic.udp("a", network.ip4("b"), 5003, 100, 100);
      agent.scrapeUntil(
          s ->
              RunningAgent.sum(s, PACKETS, "direction=\"ingress\"") >= 100
                  // Those of before are gone; that nobody listens is said to the sender, at times.
                  && RunningAgent.sum(s, PACKETS, "direction=\"ingress\"") < 200
                  && RunningAgent.sum(s, PACKETS, "podname") == 0,
          () -> "other labels, from 0 on");
      agent.scrapeUntil(Books::balance, () -> "books that balance");
    }
  }

  @Test
  void shouldEndSeriesWithoutNewsOnAnIdleNode() throws IOException {
    Files.createDirectories(directory.resolve("etc"));
    write("retina: {report-interval: 1s, metrics: {ttl: 5s}}");
    try (TestNetwork network = new TestNetwork("reload", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=packetparser",
                "--spring.config.additional-location=file:" + directory.resolve("etc") + "/")) {
      new PodTraffic(network).udp("a", network.ip4("b"), 5001, 100, 100);
      awaitReceived(agent, 100);

      // Without any traffic: time to live holds on an idle node.
      agent.scrapeUntil(
          s -> RunningAgent.sum(s, PACKETS) == 0 && RunningAgent.sum(s, "retina_agent_series") == 0,
          () -> "no series");
    }
  }

  private static void generation(Path mount, String name, String text) throws IOException {
    Files.writeString(
        Files.createDirectories(mount.resolve(name)).resolve("application.yaml"), text);
  }

  private void write(String text) throws IOException {
    Files.writeString(configuration(), text);
  }

  private static double up(Map<String, Double> scrape, String plugin) {
    return scrape.getOrDefault("retina_agent_plugin_up{plugin=\"" + plugin + "\"}", 0.0);
  }

  /** By port: drops of other networks of this machine are seen too. */
  private static long drops(RunningAgent agent, int port) {
    return FlowSums.of(agent, "verdict=DROPPED", "protocol=udp", "to-port=" + port).packets();
  }

  private static void awaitReceived(RunningAgent agent, int packets) {
    Map<String, Double> scrape =
        agent.scrapeUntil(s -> received(s) >= packets, () -> packets + " packets at b");
    assertThat(received(scrape)).isEqualTo(packets);
  }

  private static double received(Map<String, Double> scrape) {
    return RunningAgent.sum(scrape, PACKETS, "direction=\"ingress\"", "podname=\"b\"");
  }
}
