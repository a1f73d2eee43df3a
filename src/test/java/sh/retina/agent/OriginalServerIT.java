package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import sh.retina.WholeMachine;
import sh.retina.export.hubble.metrics.HubbleMetrics;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.CiliumEventType;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.flow.proto.Verdict;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.flow.proto.observer.ObserverGrpc;
import sh.retina.pipeline.FlowItem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The original Hubble server and ours over the same flows, which a kernel has told of: the same
 * answers to the same requests, and the same metrics. Ours reads them from the journal that an
 * agent has left.
 */
@RequiresKernel
@EnabledIf(
    value = "sh.retina.agent.HubbleClients#originalIsThere",
    disabledReason = "needs the original server: bin/hubble-clients build")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@WholeMachine
class OriginalServerIT {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .preservingProtoFieldNames()
          .omittingInsignificantWhitespace()
          .usingTypeRegistry(TypeRegistry.newBuilder().add(Struct.getDescriptor()).build());

  private static final String METRICS =
      String.join(
          " ",
          "dns:query;sourceContext=pod|reserved-identity;destinationContext=dns|ip",
          "drop:sourceContext=namespace;destinationContext=workload-name|identity",
          "flow:sourceEgressContext=pod;sourceIngressContext=ip;destinationContext=app",
          "flows-to-world:any-drop;port;labelsContext=source_pod,source_namespace,destination_ip",
          "icmp:labelsContext=traffic_direction,source_workload,destination_workload_kind",
          "port-distribution:sourceContext=workload",
          "tcp:labelsContext=source_ip,destination_app",
          "sctp",
          "httpV2:sourceContext=ip|reserved-identity;destinationContext=reserved-identity;labelsContext=source_ip,traffic_direction",
          "policy:sourceContext=pod;destinationContext=ip");

  /** Tells of requests over HTTP, from a stand-in for Cilium's monitor. */
  private static final String CILIUM = "ciliumeventobserver";

  private static final int POLICY_VERDICT = 5;
  private static final int L7 = 129;

  private RunningAgent replay;
  private OriginalServer original;
  private ManagedChannel ourChannel;
  private ManagedChannel theirChannel;
  private List<Flow> flows = List.of();

  /** What a server says to a request: flows as JSON, and how it ended. */
  private record Answer(List<JsonNode> flows, Status.Code code, String text) {
    /** What two answers must have in common; the words of a refusal are each server's own. */
    boolean equalsApartFromWords(Answer other) {
      return flows.equals(other.flows) && code == other.code;
    }

    @Override
    public String toString() {
      return code
          + " "
          + text
          + " "
          + flows.size()
          + " flows "
          + flows.stream()
              .map(flow -> flow.path("flow").path("uuid").asString("?").substring(0, 1))
              .collect(Collectors.joining());
    }
  }

  @BeforeAll
  void start(@TempDir Path directory) throws IOException, InterruptedException {
    Path cilium = directory.resolve("monitor.sock");
    try (TestNetwork network = new TestNetwork("huborig", "a", "b");
        MonitorServer proxies = MonitorServer.start(MonitorServer.build(), cilium)) {
      EveryKindOfTraffic traffic = EveryKindOfTraffic.in(network);
      List<String> settings =
          traffic.settings(directory, "--retina." + CILIUM + ".socket=" + cilium);
      settings.replaceAll(one -> one.startsWith("--retina.plugins=") ? one + "," + CILIUM : one);
      try (RunningAgent agent = new RunningAgent(settings)) {
        traffic.send(agent);
        proxies.await("connected");
        for (String command :
            List.of("http Forwarded", "answer 200", "http Denied", "answer 503")) {
          proxies.say(command);
        }
        // Later than all reports of what was sent so far.
        LockSupport.parkNanos(3_000_000_000L);
        traffic.send(agent);
      }
    }
    replay =
        new RunningAgent(
            List.of(
                "agent",
                "--retina.http.port=0",
                "--retina.replay=" + directory.resolve("journal"),
                "--retina.node-name=" + EveryKindOfTraffic.NODE,
                "--retina.control-plane=hubble",
                "--retina.hubble.cluster-name=here",
                "--retina.hubble.socket-path=",
                "--retina.hubble.listen-address=127.0.0.1:0"));
    ourChannel = channel("127.0.0.1:" + replay.bean(HubblePlane.class).port());
    List<Flow> all = new ArrayList<>();
    stub(ourChannel)
        .getFlows(GetFlowsRequest.getDefaultInstance())
        .forEachRemaining(one -> all.add(one.getFlow()));
    flows = all;
    original = OriginalServer.over(file(directory.resolve("flows.json"), all), METRICS);
    theirChannel = channel(original.observer());
  }

  @AfterAll
  void stop() {
    for (ManagedChannel channel : new ManagedChannel[] {ourChannel, theirChannel}) {
      if (channel != null) {
        channel.shutdownNow();
      }
    }
    if (original != null) {
      original.close();
    }
    if (replay != null) {
      replay.close();
    }
  }

  private static ManagedChannel channel(String address) {
    return NettyChannelBuilder.forTarget(address).usePlaintext().build();
  }

  private static ObserverGrpc.ObserverBlockingStub stub(ManagedChannel channel) {
    return ObserverGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  @Test
  void shouldAnswerEachRequestAsTheOriginalDoes() throws IOException {
    List<String> requests =
        resource("/hubble-requests.txt").lines().filter(line -> line.startsWith("{")).toList();
    SoftAssertions all = new SoftAssertions();
    int matched = 0;
    for (String line : requests) {
      GetFlowsRequest.Builder request = GetFlowsRequest.newBuilder();
      JsonFormat.parser().merge(filled(line), request);
      Answer theirs = ask(theirChannel, request.build());
      Answer ours = ask(ourChannel, request.build());
      all.assertThat(ours).as(line).usingEquals(Answer::equalsApartFromWords).isEqualTo(theirs);
      matched += theirs.flows().isEmpty() ? 0 : 1;
    }
    all.assertAll();
    // A world in which most requests match nothing would prove little.
    assertThat(matched).isGreaterThan(requests.size() / 2);
    System.getLogger(OriginalServerIT.class.getName())
        .log(
            System.Logger.Level.INFO,
            "{0} requests over {1} flows, {2} of them with flows in the answer",
            requests.size(),
            flows.size(),
            matched);
  }

  private static Answer ask(ManagedChannel channel, GetFlowsRequest request) throws IOException {
    List<JsonNode> got = new ArrayList<>();
    try {
      Iterator<GetFlowsResponse> answers = stub(channel).getFlows(request);
      while (answers.hasNext()) {
        got.add(JsonMapper.shared().readTree(PRINTER.print(answers.next())));
      }
      return new Answer(got, Status.Code.OK, "");
    } catch (StatusRuntimeException e) {
      return new Answer(
          got, e.getStatus().getCode(), String.valueOf(e.getStatus().getDescription()));
    }
  }

  private String filled(String line) {
    return line.replace("<EARLY>", moment(1, 3))
        .replace("<LATE>", moment(2, 3))
        .replace("<UUID>", flows.get(flows.size() / 2).getUuid())
        .replace("<A>", identity("a"))
        .replace("<B>", identity("b"));
  }

  private String identity(String pod) {
    return flows.stream()
        .map(Flow::getSource)
        .filter(side -> side.getPodName().equals(pod))
        .map(side -> String.valueOf(side.getIdentity()))
        .findFirst()
        .orElseThrow();
  }

  /**
   * A moment near that part of the flows before which and after which each is on its own side: the
   * original takes them for sorted by time, and reports of two rings are not.
   */
  private String moment(int part, int of) {
    long[] earliestFrom = new long[flows.size() + 1];
    earliestFrom[flows.size()] = Long.MAX_VALUE;
    for (int i = flows.size() - 1; i >= 0; i--) {
      earliestFrom[i] = Math.min(earliestFrom[i + 1], nanos(flows.get(i)));
    }
    long latest = Long.MIN_VALUE;
    for (int i = 0; i < flows.size(); i++) {
      if (i >= flows.size() * part / of && latest < earliestFrom[i]) {
        // Not at a flow's own time: several may have the same, on both sides of others.
        return Timestamps.toString(Timestamps.fromNanos(earliestFrom[i] - 1));
      }
      latest = Math.max(latest, nanos(flows.get(i)));
    }
    throw new AssertionError("no moment divides the flows from " + part + "/" + of + " on");
  }

  private static long nanos(Flow flow) {
    return Timestamps.toNanos(flow.getTime());
  }

  @Test
  void shouldCountAsTheOriginalDoes() throws IOException {
    assertThat(assertCountedAlike(flows, METRICS, original))
        .anyMatch(line -> line.startsWith("hubble_dns_queries_total"))
        .anyMatch(line -> line.startsWith("hubble_drop_total"))
        .anyMatch(line -> line.startsWith("hubble_flows_to_world_total"))
        .anyMatch(line -> line.startsWith("hubble_http_requests_total"))
        .anyMatch(line -> line.matches("hubble_http_request_duration_seconds_sum.* 0\\.0[1-9].*"))
        .anyMatch(line -> line.startsWith("hubble_icmp_total"))
        .anyMatch(line -> line.startsWith("hubble_policy_verdicts_total"))
        .anyMatch(line -> line.startsWith("hubble_port_distribution_total"))
        .anyMatch(line -> line.startsWith("hubble_tcp_flags_total"));
  }

  /** The kernel tells of no decision of a policy: of each kind one is made of what it told. */
  @Test
  void shouldCountDecisionsOfPoliciesAsTheOriginalDoes(@TempDir Path directory) throws IOException {
    List<Flow> decisions = new ArrayList<>();
    for (Verdict verdict : Verdict.values()) {
      for (TrafficDirection direction : TrafficDirection.values()) {
        for (int match = 0; match <= 7; match++) {
          if (verdict != Verdict.UNRECOGNIZED && direction != TrafficDirection.UNRECOGNIZED) {
            decisions.add(
                flows.get(decisions.size() % flows.size()).toBuilder()
                    .setEventType(
                        CiliumEventType.newBuilder().setType(match == 7 ? L7 : POLICY_VERDICT))
                    .setPolicyMatchType(match)
                    .setTrafficDirection(direction)
                    .setVerdict(verdict)
                    .build());
          }
        }
      }
    }
    String metrics =
        "policy:sourceContext=pod|reserved-identity;labelsContext=destination_ip flow drop";
    try (OriginalServer theirs =
        OriginalServer.over(file(directory.resolve("decisions.json"), decisions), metrics)) {
      assertThat(assertCountedAlike(decisions, metrics, theirs))
          .anyMatch(line -> line.contains("match=\"l3-l4\""))
          .anyMatch(line -> line.contains("action=\"audit\""));
    }
  }

  /** By other options, and the older kind of them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http",
        "http:sourceContext=ip;labelsContext=destination_ip,source_namespace",
        "httpV2:sourceContext=ip",
        "httpV2:destinationContext=ip;labelsContext=destination_ip,source_ip",
        "httpV2:sourceEgressContext=ip;sourceIngressContext=reserved-identity;destinationIngressContext=ip",
      })
  void shouldCountRequestsOverHttpAsTheOriginalDoes(String metrics, @TempDir Path directory)
      throws IOException {
    List<Flow> requests = new ArrayList<>();
    for (Flow flow : flows) {
      for (TrafficDirection direction : TrafficDirection.values()) {
        if (flow.getL7().hasHttp() && direction != TrafficDirection.UNRECOGNIZED) {
          requests.add(flow.toBuilder().setTrafficDirection(direction).build());
        }
      }
    }
    try (OriginalServer theirs =
        OriginalServer.over(file(directory.resolve("requests.json"), requests), metrics)) {
      assertThat(assertCountedAlike(requests, metrics, theirs))
          .anyMatch(line -> line.contains("reporter=\"server\""))
          .anyMatch(line -> line.contains("reporter=\"unknown\""))
          .anyMatch(line -> line.contains("status=\"503\""));
    }
  }

  private static TreeSet<String> assertCountedAlike(
      List<Flow> flows, String metrics, OriginalServer original) throws IOException {
    List<FlowItem> items = new ArrayList<>();
    flows.forEach(flow -> items.add(new FlowItem.Item("", flow)));
    try (HubbleMetrics ours =
        new HubbleMetrics(
            metrics,
            "",
            0,
            _ -> Flux.fromIterable(items),
            new FlowNode(EveryKindOfTraffic.NODE, "here", ""),
            _ -> {})) {
      TreeSet<String> theirSeries = series(original.metrics());
      assertThat(series("http://127.0.0.1:" + ours.port() + "/metrics"))
          .containsExactlyElementsOf(theirSeries);
      return theirSeries;
    }
  }

  private static Path file(Path path, List<Flow> flows) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Flow flow : flows) {
      lines.add(PRINTER.print(GetFlowsResponse.newBuilder().setFlow(flow)));
    }
    return Files.write(path, lines);
  }

  /** Of flows: what either server counts of itself is not compared. */
  private static TreeSet<String> series(String address) throws IOException {
    try (InputStream page = URI.create(address).toURL().openStream()) {
      return new String(page.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith("hubble_") && !line.contains("_http_handler_"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream =
        Objects.requireNonNull(OriginalServerIT.class.getResourceAsStream(name), name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
