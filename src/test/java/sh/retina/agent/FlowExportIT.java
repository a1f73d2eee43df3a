package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.Command;
import sh.retina.WholeMachine;
import sh.retina.export.flowlog.LogCollector;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.ObserverGrpc;
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
  private static final int FLOWS = 300;
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

  /** An agent of its own process, with the API on a port that it is asked at. */
  private record Exporting(AgentProcess process, int api) implements AutoCloseable {
    /** UUIDs of all UDP flows that the journal has. */
    Set<String> served() {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", api).usePlaintext().build();
      try {
        Set<String> ids = new HashSet<>();
        ObserverGrpc.newBlockingStub(channel)
            .withDeadlineAfter(30, TimeUnit.SECONDS)
            .getFlows(
                GetFlowsRequest.newBuilder()
                    .addWhitelist(FlowFilter.newBuilder().addProtocol("udp"))
                    .build())
            .forEachRemaining(answer -> ids.add(answer.getFlow().getUuid()));
        return ids;
      } finally {
        channel.shutdownNow();
      }
    }

    @Override
    public void close() {
      process.close();
    }
  }

  private Exporting start(TestNetwork network, String... more) {
    AgentSettings settings = new AgentSettings(directory, network);
    int api = freePort();
    List<String> words =
        new ArrayList<>(
            List.of(
                "--retina.network-namespace=" + network.nodeNamespace(),
                "--retina.plugins=packetparser",
                "--retina.control-plane=hubble",
                "--retina.hubble.listen-address=127.0.0.1:" + api,
                "--retina.hubble.socket-path=",
                "--retina.hubble.export.allowlist={\"protocol\":[\"udp\"]}"));
    words.addAll(List.of(more));
    return new Exporting(
        new AgentProcess(List.of(), settings.port(), settings.with(words.toArray(String[]::new)))
            .awaitReady(),
        api);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One flow each, at two points. */
  private static void send(TestNetwork network, Exporting agent, int first) {
    PodTraffic traffic = new PodTraffic(network);
    int before = agent.served().size();
    traffic.udpFromPorts("a", network.ip4("b"), first, FLOWS, 64, FLOWS);
    agent.process().await("the flows", () -> agent.served().size() >= before + 2 * FLOWS);
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
        try (Exporting agent = start(network, toFile)) {
          send(network, agent, PORT + round);
          if (round < 2) {
            // Its first place is noted with its first lines, a second after the first flow.
            agent.process().await("a place", () -> Files.exists(Path.of(file() + ".position")));
            send(network, agent, PORT + 10 + round);
            agent.process().kill().exitCode(); // with lines in its buffer, as they come each second
          } else {
            Set<String> served = agent.served();
            agent.process().await("all flows in the file", () -> written().containsAll(served));
            assertThat(served).hasSizeGreaterThanOrEqualTo(3 * 2 * FLOWS);
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
        Exporting agent = start(network, "--retina.hubble.export.file-path=" + file())) {
      send(network, agent, PORT);
      Set<String> served = agent.served();
      agent
          .process()
          .await(
              "a complaint about the disk",
              () -> agent.process().saidSoFar().contains("No space left on device"));
      assertThat(agent.process().status("/actuator/health/readiness")).isEqualTo(200);
      send(network, agent, PORT + 1); // it goes on for everybody else
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
      try (Exporting agent = start(network, toCollector)) {
        send(network, agent, PORT);
        agent.process().await("all flows there", () -> ids(collector).containsAll(agent.served()));
        collector.answer(503);
        send(network, agent, PORT + 1);
        served.addAll(agent.served());
        agent.process().await("an attempt", () -> collector.refusals() > 1);
        agent.process().kill().exitCode();
      }
      collector.answer(200);
      try (Exporting agent = start(network, toCollector)) {
        send(network, agent, PORT + 2);
        served.addAll(agent.served());
        agent.process().await("all flows there", () -> ids(collector).containsAll(served));
      }
      assertThat(served).hasSizeGreaterThanOrEqualTo(3 * 2 * FLOWS);
    }
  }

  private static Set<String> ids(LogCollector collector) {
    Set<String> ids = new HashSet<>();
    collector.flows().forEach(flow -> ids.add(flow.path("uuid").asString("")));
    return ids;
  }
}
