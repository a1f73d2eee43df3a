package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.Command;
import sh.retina.WholeMachine;
import sh.retina.export.flowlog.LogCollector;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an agent exports, compared with what its API serves: each flow at least once, though the
 * agent is killed, the disk is full, or the collector is away.
 */
@RequiresKernel
@WholeMachine
class FlowExportIT {
  private static final int PORT = 5001;
  private static final int DISK_KIB = 8192;

  @TempDir private Path directory;
  private Path place = Path.of("");
  private boolean isMounted;

  @BeforeEach
  void makePlace() throws IOException {
    place = Files.createDirectory(directory.resolve("flows"));
  }

  @AfterEach
  void unmount() {
    if (isMounted) {
      Command.run("umount", "-l", place.toString());
    }
  }

  private Path file() {
    return place.resolve("flows.log");
  }

  private ExportingAgent start(TestNetwork network, String... more) {
    return ExportingAgent.start(directory, network, more);
  }

  private List<JsonNode> lines() {
    try {
      String text = Files.readString(file()); // the last line may be under way
      return text.substring(0, text.lastIndexOf('\n') + 1)
          .lines()
          .map(JsonMapper.shared()::readTree)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Set<String> written() {
    Set<String> ids = new HashSet<>();
    lines().forEach(line -> ids.add(line.path("flow").path("uuid").asString("")));
    return ids;
  }

  @Test
  void shouldWriteEachFlowAtLeastOnceThoughTheAgentIsKilled() {
    try (TestNetwork network = new TestNetwork("expkill", "a", "b")) {
      String[] toFile = {"--retina.hubble.export.file-path=" + file()};
      for (int round = 0; round < 3; round++) {
        try (ExportingAgent agent = start(network, toFile)) {
          agent.sendUdp(network, PORT + round);
          if (round < 2) {
            // Its first place is noted with its first lines, a second after the first flow.
            agent.process().await("a place", () -> Files.exists(Path.of(file() + ".position")));
            agent.sendUdp(network, PORT + 10 + round);
            agent.process().kill().exitCode(); // with lines in its buffer, as they come each second
          } else {
            Set<String> served = agent.served();
            agent.process().await("all flows in the file", () -> written().containsAll(served));
            assertThat(served).hasSizeGreaterThanOrEqualTo(3 * ExportingAgent.REPORTS);
            assertThat(lines()).allMatch(line -> line.path("flow").path("l4").has("UDP"));
          }
        }
      }
    }
  }

  @Test
  void shouldWriteWhatAFullDiskHadNoRoomForWhenThereIsRoom() throws IOException {
    Command.run("mount", "-t", "tmpfs", "-o", "size=" + DISK_KIB + "k", "tmpfs", place.toString());
    isMounted = true;
    Path filler = place.resolve("filler");
    Command.run("dd", "if=/dev/zero", "of=" + filler, "bs=1k", "count=" + (DISK_KIB - 64));
    try (TestNetwork network = new TestNetwork("expfull", "a", "b");
        ExportingAgent agent = start(network, "--retina.hubble.export.file-path=" + file())) {
      agent.sendUdp(network, PORT);
      Set<String> served = agent.served();
      agent
          .process()
          .await(
              "a complaint about the disk",
              () -> agent.process().saidSoFar().contains("No space left on device"));
      assertThat(agent.process().status("/actuator/health/readiness")).isEqualTo(200);
      agent.sendUdp(network, PORT + 1); // it goes on for everybody else
      served.addAll(agent.served());

      Files.delete(filler);
      agent.process().await("all flows in the file", () -> written().containsAll(served));
      assertThat(lines()).as("whole lines only").allMatch(line -> line.has("flow"));
    }
  }

  @Test
  void shouldSendEachFlowAtLeastOnceThoughTheCollectorIsAwayAndTheAgentKilled() {
    try (TestNetwork network = new TestNetwork("expotlp", "a", "b");
        LogCollector collector = new LogCollector()) {
      String[] toCollector = {"--retina.hubble.export.otlp-url=" + collector.url()};
      Set<String> served = new HashSet<>();
      try (ExportingAgent agent = start(network, toCollector)) {
        agent.sendUdp(network, PORT);
        agent.process().await("all flows there", () -> ids(collector).containsAll(agent.served()));
        assertThat(agent.knowsKafka()).as("nobody asked for Kafka").isFalse();
        collector.answer(503);
        agent.sendUdp(network, PORT + 1);
        served.addAll(agent.served());
        agent.process().await("an attempt", () -> collector.refusals() > 1);
        agent.process().kill().exitCode();
      }
      collector.answer(200);
      try (ExportingAgent agent = start(network, toCollector)) {
        agent.sendUdp(network, PORT + 2);
        served.addAll(agent.served());
        agent.process().await("all flows there", () -> ids(collector).containsAll(served));
      }
      assertThat(served).hasSizeGreaterThanOrEqualTo(3 * ExportingAgent.REPORTS);
    }
  }

  private static Set<String> ids(LogCollector collector) {
    Set<String> ids = new HashSet<>();
    collector.flows().forEach(flow -> ids.add(flow.path("uuid").asString("")));
    return ids;
  }
}
