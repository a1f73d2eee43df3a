package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.Timestamps;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.flow.proto.DNS;
import sh.retina.flow.proto.DropReason;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.FlowType;
import sh.retina.flow.proto.IPVersion;
import sh.retina.flow.proto.L7FlowType;
import sh.retina.flow.proto.Layer4;
import sh.retina.flow.proto.TCPFlags;
import sh.retina.flow.proto.TraceObservationPoint;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.flow.proto.Verdict;
import sh.retina.flow.proto.Workload;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.ObserverGrpc;

/** Each field of a flow that can be known, of packets that a kernel has told of. */
@RequiresKernel
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@WholeMachine
class FlowFieldsIT {
  private static final int PORT = EveryKindOfTraffic.PORT;

  private List<Flow> flows = List.of();
  private boolean hasRefused;
  private long fromNs;
  private long toNs;
  private String a4 = "";
  private String b4 = "";
  private String a6 = "";
  private String b6 = "";

  @BeforeAll
  void record(@TempDir Path directory) {
    try (TestNetwork network = new TestNetwork("hubfld", "a", "b")) {
      EveryKindOfTraffic traffic = EveryKindOfTraffic.in(network);
      a4 = network.ip4("a");
      b4 = network.ip4("b");
      a6 = network.ip6("a");
      b6 = network.ip6("b");
      hasRefused = traffic.canRefuse();
      fromNs = System.currentTimeMillis() * 1_000_000L;
      try (RunningAgent agent = new RunningAgent(traffic.settings(directory))) {
        traffic.send(agent);
        agent.scrapeUntil(
            _ ->
                FlowSums.of(agent, "to-port=" + PORT, "protocol=udp").at("FROM_ENDPOINT").packets()
                        >= 5
                    && !FlowSums.of(agent, "to-port=" + (PORT + 3), "tcp-flags=FIN")
                        .flows()
                        .isEmpty(),
            () -> "what is reported after the first packets");
        ManagedChannel channel =
            NettyChannelBuilder.forAddress("127.0.0.1", agent.bean(HubblePlane.class).port())
                .usePlaintext()
                .build();
        try {
          flows = read(channel);
        } finally {
          channel.shutdownNow();
        }
      }
      toNs = System.currentTimeMillis() * 1_000_000L;
    }
  }

  private static List<Flow> read(ManagedChannel channel) {
    List<Flow> all = new ArrayList<>();
    ObserverGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .getFlows(GetFlowsRequest.getDefaultInstance())
        .forEachRemaining(answer -> all.add(answer.getFlow()));
    return all;
  }

  private List<Flow> where(Predicate<Flow> wanted) {
    List<Flow> found = flows.stream().filter(wanted).toList();
    assertThat(found).isNotEmpty();
    return found;
  }

  private List<Flow> udpTo(int port) {
    return where(flow ->
        flow.getType() == FlowType.L3_L4
            && flow.getVerdict() == Verdict.FORWARDED
            && flow.getL4().getUDP().getDestinationPort() == port);
  }

  private static Flow at(List<Flow> flows, TraceObservationPoint point) {
    return flows.stream()
        .filter(flow -> flow.getTraceObservationPoint() == point)
        .findFirst()
        .orElseThrow(() -> new AssertionError("none at " + point + ": " + flows));
  }

  private static Struct extensions(Flow flow) {
    try {
      return flow.getExtensions().unpack(Struct.class);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static double number(Flow flow, String key) {
    return extensions(flow).getFieldsOrThrow(key).getNumberValue();
  }

  @Test
  void shouldTellOfEachWhereAndWhenItWas() {
    Set<String> ids = new HashSet<>();
    assertThat(flows)
        .allSatisfy(flow -> {
          assertThat(Timestamps.toNanos(flow.getTime())).isBetween(fromNs - 1_000_000_000L, toNs);
          assertThat(ids.add(flow.getUuid())).as("a UUID of its own").isTrue();
          assertThat(flow.getUuid()).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
          assertThat(flow.getNodeName()).isEqualTo("here/" + EveryKindOfTraffic.NODE);
          assertThat(flow.getNodeLabelsList()).containsExactly("size=large", "zone=west");
          assertThat(flow.getEmitter().getName()).isEqualTo("Retina");
          assertThat(flow.getVerdict()).isNotEqualTo(Verdict.VERDICT_UNKNOWN);
          assertThat(flow.hasEventType()).isTrue();
        });
    assertThat(where(flow -> flow.getVerdict() == Verdict.FORWARDED))
        .allSatisfy(flow -> {
          assertThat(flow.getInterface().getIndex()).isPositive();
          assertThat(flow.getInterface().getName()).isIn("v-a", "v-b");
          assertThat(flow.getTraceObservationPoint())
              .isIn(TraceObservationPoint.FROM_ENDPOINT, TraceObservationPoint.TO_ENDPOINT);
          assertThat(flow.getTrafficDirection())
              .isNotEqualTo(TrafficDirection.TRAFFIC_DIRECTION_UNKNOWN);
          assertThat(flow.getSummary()).isNotEmpty();
          assertThat(flow.getIP().getIpVersion()).isIn(IPVersion.IPv4, IPVersion.IPv6);
        });
  }

  @Test
  void shouldTellBothSidesOfADatagram() {
    List<Flow> seen = udpTo(PORT);
    assertThat(seen)
        .allSatisfy(flow -> {
          assertThat(flow.getIP().getSource()).isEqualTo(a4);
          assertThat(flow.getIP().getDestination()).isEqualTo(b4);
          assertThat(flow.getIP().getIpVersion()).isEqualTo(IPVersion.IPv4);
          assertThat(flow.getL4().getUDP().getSourcePort()).isPositive();
          assertThat(flow.getSummary()).isEqualTo("UDP");
          assertPod(flow.getSource(), "a");
          assertPod(flow.getDestination(), "b");
          assertThat(flow.hasIsReply()).isTrue();
          assertThat(flow.getIsReply().getValue()).isFalse();
        });
    assertThat(seen.getFirst().getSource().getIdentity())
        .isNotEqualTo(seen.getFirst().getDestination().getIdentity());
    Flow out = at(seen, TraceObservationPoint.FROM_ENDPOINT);
    assertThat(out.getInterface().getName()).isEqualTo("v-a");
    assertThat(out.getTrafficDirection()).isEqualTo(TrafficDirection.EGRESS);
    assertThat(out.getEventType().getType()).isEqualTo(4);
    assertThat(out.getEventType().getSubType()).isEqualTo(5);
    Flow in = at(seen, TraceObservationPoint.TO_ENDPOINT);
    assertThat(in.getInterface().getName()).isEqualTo("v-b");
    assertThat(in.getTrafficDirection()).isEqualTo(TrafficDirection.INGRESS);
    assertThat(in.getEventType().getSubType()).isZero();
  }

  private static void assertPod(Endpoint side, String pod) {
    assertThat(side.getPodName()).isEqualTo(pod);
    assertThat(side.getNamespace()).isEqualTo("test");
    assertThat(side.getClusterName()).isEqualTo("here");
    assertThat(side.getLabelsList()).containsExactly("k8s:app=" + pod);
    assertThat(side.getIdentity()).isGreaterThanOrEqualTo(1 << 30);
    assertThat(side.getWorkloadsList())
        .containsExactly(Workload.newBuilder().setName("app-" + pod).setKind("Deployment").build());
  }

  @Test
  void shouldTellWhoElseThereIs() {
    Endpoint world = udpTo(PORT + 1).getFirst().getDestination();
    assertThat(world.getIdentity()).isEqualTo(2);
    assertThat(world.getLabelsList()).containsExactly("reserved:world");
    assertThat(udpTo(PORT + 1))
        .allSatisfy(flow ->
            assertThat(flow.getDestinationNamesList())
                .containsExactly(EveryKindOfTraffic.WORLD_NAME));

    Flow service = udpTo(PORT + 2).getFirst();
    assertThat(service.getDestinationService().getNamespace()).isEqualTo("test");
    assertThat(service.getDestinationService().getName()).isEqualTo("web");

    Endpoint host = udpTo(PORT + 8).getFirst().getDestination();
    assertThat(host.getIdentity()).isEqualTo(1);
    assertThat(host.getLabelsList()).containsExactly("reserved:host");
    assertThat(host.getClusterName()).isEqualTo("here");
    Endpoint remote = udpTo(PORT + 9).getFirst().getDestination();
    assertThat(remote.getIdentity()).isEqualTo(6);
    assertThat(remote.getLabelsList()).containsExactly("reserved:remote-node");
  }

  @Test
  void shouldCountWhatAFlowStandsFor() {
    double packets = 0;
    double bytes = 0;
    double before = 0;
    int flowsOut = 0;
    for (Flow flow : udpTo(PORT)) {
      if (flow.getTraceObservationPoint() == TraceObservationPoint.FROM_ENDPOINT) {
        packets += number(flow, "packets");
        bytes += number(flow, "bytes");
        before +=
            extensions(flow)
                .getFieldsOrDefault(
                    "previously_observed_packets", com.google.protobuf.Value.getDefaultInstance())
                .getNumberValue();
        flowsOut++;
      }
    }
    // Three good ones and two with a wrong sum, which only pod b refuses: 64 bytes of payload or 8.
    assertThat(packets).isEqualTo(5);
    assertThat(before + flowsOut).as("as readers of Retina's flows add up").isEqualTo(packets);
    assertThat(bytes).isGreaterThanOrEqualTo(3 * (64 + 8 + 20 + 14));
  }

  @Test
  void shouldTellFlagsAndRepliesOfConnections() {
    List<Flow> v4 = tcp(PORT + 3);
    assertThat(v4)
        .allSatisfy(flow -> {
          assertThat(flow.getSummary()).startsWith("TCP Flags: ");
          boolean reply = flow.getL4().getTCP().getSourcePort() == PORT + 3;
          assertThat(flow.getIsReply().getValue()).isEqualTo(reply);
          assertPod(flow.getSource(), reply ? "b" : "a");
          boolean isAtServer = flow.getInterface().getName().equals("v-b");
          assertThat(flow.getTrafficDirection())
              .as("of the connection")
              .isEqualTo(isAtServer ? TrafficDirection.INGRESS : TrafficDirection.EGRESS);
        });
    assertThat(v4.stream().map(flow -> flow.getL4().getTCP().getFlags()))
        .anyMatch(flags -> flags.getSYN() && !flags.getACK())
        .anyMatch(flags -> flags.getSYN() && flags.getACK())
        .anyMatch(TCPFlags::getFIN);
    assertThat(v4)
        .anyMatch(flow -> extensions(flow).containsFields("previously_observed_tcp_flags"));
    assertThat(tcp(PORT + 4))
        .allSatisfy(flow -> {
          assertThat(flow.getIP().getIpVersion()).isEqualTo(IPVersion.IPv6);
          assertThat(List.of(flow.getIP().getSource(), flow.getIP().getDestination()))
              .containsExactlyInAnyOrder(a6, b6);
        });
    assertThat(tcp(PORT + 5).stream().map(flow -> flow.getL4().getTCP().getFlags()))
        .anyMatch(TCPFlags::getRST);
    Flow socket =
        where(flow ->
                flow.getType() == FlowType.SOCK
                    && flow.getL4().getTCP().getDestinationPort() == PORT + 3)
            .getFirst();
    assertThat(socket.getVerdict()).isEqualTo(Verdict.TRACED);
    assertThat(socket.getEventType().getType()).isEqualTo(7);
    assertThat(socket.getSummary()).startsWith("TCP connection");
    assertThat(number(socket, "duration_ns")).isPositive();
  }

  private List<Flow> tcp(int port) {
    return where(flow ->
        flow.getType() == FlowType.L3_L4
            && flow.getVerdict() == Verdict.FORWARDED
            && (flow.getL4().getTCP().getDestinationPort() == port
                || flow.getL4().getTCP().getSourcePort() == port));
  }

  @Test
  void shouldTellOtherProtocols() {
    List<Flow> v4 = where(flow -> flow.getL4().getProtocolCase() == Layer4.ProtocolCase.ICMPV4);
    assertThat(v4.stream().map(Flow::getSummary))
        .contains("ICMPv4 EchoRequest", "ICMPv4 EchoReply");
    assertThat(v4.stream().map(flow -> flow.getL4().getICMPv4().getType())).contains(8, 0);
    List<Flow> v6 =
        where(flow ->
            flow.getL4().getProtocolCase() == Layer4.ProtocolCase.ICMPV6
                && flow.getIP().getSource().equals(a6));
    assertThat(v6.stream().map(flow -> flow.getL4().getICMPv6().getType())).contains(128);
    assertThat(v6.stream().map(Flow::getSummary)).contains("ICMPv6 EchoRequest");
    assertThat(v6).allMatch(flow -> flow.getIP().getIpVersion() == IPVersion.IPv6);
    Flow sctp =
        where(flow ->
                flow.getVerdict() == Verdict.FORWARDED
                    && flow.getL4().getSCTP().getDestinationPort() == PORT + 6)
            .getFirst();
    assertThat(sctp.getSummary()).isEqualTo("SCTP");
    assertThat(sctp.getL4().getSCTP().getSourcePort()).isPositive();
    assertPod(sctp.getSource(), "a");
  }

  @Test
  void shouldTellWhyPacketsWereDropped() {
    Flow sum =
        where(flow ->
                flow.getVerdict() == Verdict.DROPPED
                    && flow.getL4().getUDP().getDestinationPort() == PORT
                    && extensions(flow)
                        .getFieldsOrThrow("drop_reason")
                        .getStringValue()
                        .equals("UDP_CSUM"))
            .getFirst();
    assertThat(extensions(sum).getFieldsOrThrow("drop_location").getStringValue()).isNotEmpty();
    assertThat(sum.getSummary()).startsWith("UDP_CSUM at ").endsWith(", UDP");
    assertThat(sum.getEventType().getType()).isEqualTo(1);
    assertPod(sum.getSource(), "a");
    assertPod(sum.getDestination(), "b");
  }

  @Test
  void shouldTellWhichPacketsARuleHasDropped() {
    Assumptions.assumeTrue(hasRefused, "this machine has no nftables");
    Flow refused =
        where(flow ->
                flow.getVerdict() == Verdict.DROPPED
                    && flow.getL4().getUDP().getDestinationPort() == PORT + 7)
            .getFirst();
    assertThat(refused.getDropReasonDesc()).isEqualTo(DropReason.POLICY_DENIED);
    assertThat(refused.getEventType().getSubType()).isEqualTo(133);
    assertThat(extensions(refused).getFieldsOrThrow("drop_reason").getStringValue())
        .isEqualTo("NETFILTER_DROP");
  }

  @Test
  void shouldTellWhatNamesWereAskedFor() {
    List<Flow> all = where(flow -> flow.getType() == FlowType.L7);
    assertThat(all)
        .allSatisfy(flow -> {
          assertThat(flow.getEventType().getType()).isEqualTo(129);
          assertThat(flow.getL7().getDns().getObservationSource()).isEqualTo("retina");
        });
    Flow query = dns("host7.test.", L7FlowType.REQUEST);
    assertThat(query.getIsReply().getValue()).isFalse();
    assertThat(query.getSummary()).isEqualTo("DNS Query host7.test. AAAA");
    assertThat(query.getL7().getDns().getQtypesList()).containsExactly("AAAA");
    Flow answer = dns("host8.test.", L7FlowType.RESPONSE);
    assertThat(answer.getIsReply().getValue()).isTrue();
    DNS told = answer.getL7().getDns();
    assertThat(told.getIpsList()).containsExactly(EveryKindOfTraffic.WORLD);
    assertThat(told.getRrtypesList()).containsExactly("A");
    assertThat(told.getTtl()).isEqualTo(30);
    assertThat(told.getRcode()).isZero();
    assertThat(answer.getL7().getLatencyNs()).isPositive();
    assertThat(answer.getL4().getUDP().getSourcePort()).isEqualTo(53);
    assertThat(where(flow -> flow.getL7().getDns().getRcode() == 3).getFirst().getSummary())
        .contains("Non-Existent Domain");
  }

  private Flow dns(String name, L7FlowType type) {
    return where(
            flow -> flow.getL7().getType() == type && flow.getL7().getDns().getQuery().equals(name))
        .getFirst();
  }
}
