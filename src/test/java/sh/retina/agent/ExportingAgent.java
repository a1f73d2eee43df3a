package sh.retina.agent;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import sh.retina.Command;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.ObserverGrpc;

/**
 * An agent of its own process that exports UDP flows, with the API on a port that it is asked at.
 */
record ExportingAgent(AgentProcess process, int api) implements AutoCloseable {
  private static final int FLOWS = 300;

  /** What {@link #sendUdp} makes at least: one flow each, at two points. */
  static final int REPORTS = 2 * FLOWS;

  /**
   * @param directory for its context file and its journal
   */
  static ExportingAgent start(Path directory, TestNetwork network, String... more) {
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
    return new ExportingAgent(
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

  /** UUIDs of all UDP flows that the journal has, in its order. */
  Set<String> served() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", api).usePlaintext().build();
    try {
      Set<String> ids = new LinkedHashSet<>();
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

  /** New flows to a port; waits until the agent has them. */
  void sendUdp(TestNetwork network, int port) {
    PodTraffic traffic = new PodTraffic(network);
    int before = served().size();
    traffic.udpFromPorts("a", network.ip4("b"), port, FLOWS, 64, FLOWS);
    process.await("the flows", () -> served().size() >= before + REPORTS);
  }

  /** Whether it has loaded a class of Kafka's client. */
  boolean knowsKafka() {
    String jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
    return Command.output(List.of(jcmd, String.valueOf(process.pid()), "VM.classes"))
        .contains("org.apache.kafka.");
  }

  @Override
  public void close() {
    process.close();
  }
}
