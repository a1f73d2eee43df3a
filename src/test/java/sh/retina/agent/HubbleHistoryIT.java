package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import sh.retina.export.hubble.Http2Client;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.ObserverGrpc;
import sh.retina.flow.proto.observer.ServerStatusRequest;
import sh.retina.flow.proto.observer.ServerStatusResponse;

/** An agent that is started anew, and clients that go without a word. */
@RequiresKernel
class HubbleHistoryIT {
  private static final int PORT = 5001;

  @TempDir private Path directory;

  @Test
  void shouldServeWhatAnEarlierRunOfTheAgentSaw() {
    try (TestNetwork network = new TestNetwork("hubhist", "a", "b")) {
      EveryKindOfTraffic traffic = EveryKindOfTraffic.in(network);
      List<String> before;
      try (RunningAgent agent = new RunningAgent(traffic.settings(directory))) {
        traffic.send(agent);
        before = ids(ask(agent, GetFlowsRequest.newBuilder()));
        assertThat(before).hasSizeGreaterThan(50).doesNotHaveDuplicates();
      }

      try (RunningAgent agent = new RunningAgent(traffic.settings(directory))) {
        List<Flow> oldest =
            ask(agent, GetFlowsRequest.newBuilder().setFirst(true).setNumber(before.size()));
        assertThat(ids(oldest)).isEqualTo(before);

        new PodTraffic(network).udp("a", network.ip4("b"), PORT, 7, 64);
        agent.scrapeUntil(
            _ ->
                !FlowSums.of(agent, "to-port=" + PORT, "protocol=udp", "since=10s")
                    .flows()
                    .isEmpty(),
            () -> "what is sent to the second run");
        List<Flow> all = ask(agent, GetFlowsRequest.newBuilder());
        assertThat(ids(all)).startsWith(before.toArray(String[]::new)).doesNotHaveDuplicates();
        assertThat(all.subList(before.size(), all.size()))
            .anyMatch(flow -> flow.getL4().getUDP().getDestinationPort() == PORT);

        Flow middle = oldest.get(before.size() / 2);
        assertThat(
                ask(
                    agent,
                    GetFlowsRequest.newBuilder()
                        .setSince(oldest.getFirst().getTime())
                        .setUntil(middle.getTime())))
            .extracting(Flow::getUuid)
            .contains(before.getFirst(), middle.getUuid())
            .isSubsetOf(before);
        long seen = status(agent).getSeenFlows();
        // Asked after it: flows go on to come.
        List<Flow> now = ask(agent, GetFlowsRequest.newBuilder());
        assertThat(seen)
            .as("of this run only")
            .isPositive()
            .isLessThanOrEqualTo(now.size() - before.size());
      }
    }
  }

  @Test
  void shouldNotLogClientsThatVanish() throws IOException {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    try (TestNetwork network = new TestNetwork("hubgone", "a", "b")) {
      EveryKindOfTraffic traffic = EveryKindOfTraffic.in(network);
      try (RunningAgent agent = new RunningAgent(traffic.settings(directory))) {
        said.start(); // the agent has set up its logs
        root.addAppender(said);
        for (int i = 0; i < 3; i++) {
          Http2Client client = new Http2Client(agent.bean(HubblePlane.class).port());
          client.follow();
          agent.scrapeUntil(_ -> streams(agent) == 1, () -> "the stream");
          client.reset();
          agent.scrapeUntil(_ -> streams(agent) == 0, () -> "the stream's end");
        }
        // Behind whatever was to be said of the last of them.
        assertThat(status(agent).getVersion()).isNotEmpty();
        assertThat(List.copyOf(said.list))
            .noneMatch(event -> event.getLoggerName().startsWith("io."))
            .noneMatch(event ->
                event.getLevel().isGreaterOrEqual(Level.WARN)
                    && event.getLoggerName().contains("hubble"));
      }
    } finally {
      root.detachAppender(said);
    }
  }

  private static int streams(RunningAgent agent) {
    return agent.bean(HubblePlane.class).streams();
  }

  private static List<String> ids(List<Flow> flows) {
    return flows.stream().map(Flow::getUuid).toList();
  }

  private static ManagedChannel channel(RunningAgent agent) {
    return NettyChannelBuilder.forAddress("127.0.0.1", agent.bean(HubblePlane.class).port())
        .usePlaintext()
        .build();
  }

  private static List<Flow> ask(RunningAgent agent, GetFlowsRequest.Builder request) {
    ManagedChannel channel = channel(agent);
    try {
      List<Flow> flows = new ArrayList<>();
      ObserverGrpc.newBlockingStub(channel)
          .withDeadlineAfter(30, TimeUnit.SECONDS)
          .getFlows(request.build())
          .forEachRemaining(answer -> flows.add(answer.getFlow()));
      return flows;
    } finally {
      channel.shutdownNow();
    }
  }

  private static ServerStatusResponse status(RunningAgent agent) {
    ManagedChannel channel = channel(agent);
    try {
      return ObserverGrpc.newBlockingStub(channel)
          .withDeadlineAfter(30, TimeUnit.SECONDS)
          .serverStatus(ServerStatusRequest.getDefaultInstance());
    } finally {
      channel.shutdownNow();
    }
  }
}
