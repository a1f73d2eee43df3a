package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.flow.proto.DropReason;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.FlowType;
import sh.retina.flow.proto.L7FlowType;
import sh.retina.flow.proto.TraceObservationPoint;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.identity.ContextChange;
import sh.retina.identity.IdentityTable;

class FlowEncoderTest {
  private final FlowEncoder encoder = new FlowEncoder(Observations.NODE);
  private final IdentityTable names = new IdentityTable();

  FlowEncoderTest() {
    names.apply(
        List.of(
            new ContextChange.InterfaceNamed(7, "veth7"),
            new ContextChange.SymbolNamed(0xffffffff81234560L, "nf_hook_slow")),
        true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http", "dns", "tcp", "udp", "icmp", "icmpv6", "sctp", "drop-v4", "drop-v6"})
  void shouldTellTheFlowAsHubbleDoes(String name) {
    Observation o =
        switch (name) {
          case "http" -> Observations.httpAnswer();
          case "dns" -> Observations.dnsAnswer();
          case "tcp" -> Observations.tcp();
          case "udp" -> Observations.udp();
          case "icmp" -> Observations.icmp(4);
          case "icmpv6" -> Observations.icmp(6);
          case "sctp" -> Observations.sctp();
          case "drop-v4" -> Observations.drop(4);
          default -> Observations.drop(6);
        };

    String json = FlowJson.print(encode(o));

    assertThat(json).doesNotContain("\n");
    assertThat(JsonParser.parseString(json)).isEqualTo(JsonParser.parseString(golden(name)));
  }

  @Test
  void shouldTellOfARequestWhatIsKnownThen() {
    Flow flow = encode(Observations.httpRequest());
    assertThat(flow.getL7().getType()).isEqualTo(L7FlowType.REQUEST);
    assertThat(flow.getL7().getLatencyNs()).isZero();
    assertThat(flow.getL7().getHttp().getCode()).isZero();
    assertThat(flow.getSummary()).isEqualTo("HTTP/1.1 GET http://web/a%20b?q=1");

    Observation other = Observations.httpRequest();
    other.http = null; // of a protocol that nothing here looks into
    assertThat(encode(other).getType()).isEqualTo(FlowType.L7);
    assertThat(encode(other).getL7()).isEqualTo(flow.getL7().toBuilder().clearHttp().build());
  }

  @Test
  void shouldGiveTheSameUuidAtEachReplayAndAnotherToEachReport() {
    Observation o = Observations.tcp();
    String uuid = encode(o).getUuid();

    assertThat(new FlowEncoder(Observations.NODE).encode(o, names).getUuid()).isEqualTo(uuid);
    o.journalRecord++;
    assertThat(encode(o).getUuid()).isNotEqualTo(uuid);
    o.journalRecord--;
    o.journalIndex++;
    assertThat(encode(o).getUuid()).isNotEqualTo(uuid);
    o.journalIndex--;
    FlowEncoder elsewhere = new FlowEncoder(new FlowNode("n2", "c", "0.1.0"));
    assertThat(elsewhere.encode(o, names).getUuid()).isNotEqualTo(uuid);
    assertThat(uuid).matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  }

  @ParameterizedTest
  @CsvSource({
    "TO_ENDPOINT, NO, INGRESS, 0",
    "TO_ENDPOINT, YES, EGRESS, 0",
    "FROM_ENDPOINT, NO, EGRESS, 5",
    "FROM_ENDPOINT, YES, INGRESS, 5",
    "FROM_NETWORK, UNKNOWN, INGRESS, 10",
    "TO_NETWORK, UNKNOWN, EGRESS, 11",
  })
  void shouldTellTheDirectionOfTheConnection(
      ObservationPoint point, Observation.Reply reply, TrafficDirection direction, int subType) {
    Observation o = Observations.tcp();
    o.point = point;
    o.reply = reply;

    Flow flow = encode(o);

    assertThat(flow.getTrafficDirection()).isEqualTo(direction);
    assertThat(flow.getEventType().getSubType()).isEqualTo(subType);
    assertThat(flow.getTraceObservationPoint())
        .isEqualTo(TraceObservationPoint.forNumber(point.id()));
    assertThat(flow.hasIsReply()).isEqualTo(reply != Observation.Reply.UNKNOWN);
  }

  @Test
  void shouldNameWhatIsNotAPodByItsReservedLabel() {
    Observation o = Observations.tcp();
    o.source = Observations.HOST;
    o.destination = Endpoint.WORLD;
    Flow flow = encode(o);
    assertThat(flow.getSource().getIdentity()).isEqualTo(1);
    assertThat(flow.getSource().getLabelsList()).containsExactly("reserved:host");
    assertThat(flow.getDestination().getIdentity()).isEqualTo(2);
    assertThat(flow.getDestination().getLabelsList()).containsExactly("reserved:world");

    o.source = Observations.REMOTE;
    o.destination = Endpoint.UNKNOWN;
    flow = encode(o);
    assertThat(flow.getSource().getIdentity()).isEqualTo(6);
    assertThat(flow.getSource().getLabelsList()).containsExactly("reserved:remote-node");
    assertThat(flow.getDestination().getIdentity()).isZero();
    assertThat(flow.getDestination().getLabelsList()).containsExactly("reserved:unknown");

    o.destination = Observations.SERVICE;
    flow = encode(o);
    assertThat(flow.getDestinationService().getName()).isEqualTo("web");
    assertThat(flow.getDestinationService().getNamespace()).isEqualTo("prod");
    assertThat(flow.getDestination().getPodName()).isEmpty();
  }

  @Test
  void shouldTellADropWithoutAddressesByItsReason() {
    Observation o = new Observation();
    o.verdict = sh.retina.event.Verdict.DROPPED;
    o.dropReasonName = "SKB_DROP_REASON_UNHANDLED_PROTO";

    Flow flow = encode(o);

    assertThat(flow.hasIP()).isFalse();
    assertThat(flow.hasL4()).isFalse();
    assertThat(flow.getDropReasonDesc()).isEqualTo(DropReason.UNSUPPORTED_L3_PROTOCOL);
    assertThat(FlowJson.print(flow)).contains("\"Summary\":\"UNHANDLED_PROTO\"");
  }

  @Test
  void shouldLeaveAReasonThatMeansNoneOfHubblesUnknown() {
    Observation o = Observations.drop(4);
    o.dropReasonName = "NO_SOCKET";
    o.dropLocation = 0xffffffff81000000L;

    Flow flow = encode(o);

    assertThat(flow.getDropReasonDesc()).isEqualTo(DropReason.DROP_REASON_UNKNOWN);
    assertThat(FlowJson.print(flow))
        .contains("\"drop_location\":\"0xffffffff81000000\"")
        .contains("NO_SOCKET at 0xffffffff81000000, TCP Flags: SYN");
  }

  @Test
  void shouldLetReadersOfRetinasFlowsSumRight() throws InvalidProtocolBufferException {
    Observation o = Observations.tcp();
    o.flagCounts[sh.retina.event.TcpFlag.SYNACK.ordinal()] = 2;

    Struct extensions = encode(o).getExtensions().unpack(Struct.class);

    // One packet is the flow itself, the others were observed before.
    assertThat(extensions.getFieldsOrThrow("previously_observed_packets").getNumberValue() + 1)
        .isEqualTo(o.packets);
    var flags = extensions.getFieldsOrThrow("previously_observed_tcp_flags").getStructValue();
    assertThat(flags.getFieldsOrThrow("SYN").getNumberValue() + 1).isEqualTo(1 + 2);
    assertThat(flags.getFieldsOrThrow("ACK").getNumberValue() + 1).isEqualTo(9 + 2);
    assertThat(flags.getFieldsOrThrow("PSH").getNumberValue() + 1).isEqualTo(4);
  }

  @Test
  void shouldLeaveTheDefaultClusterOutOfTheNodeName() {
    FlowEncoder plain = new FlowEncoder(new FlowNode("n1", "default", "0.1.0"));

    assertThat(plain.encode(Observations.tcp(), names).getNodeName()).isEqualTo("n1");
    assertThat(encode(Observations.tcp()).getNodeName()).isEqualTo("c/n1");
  }

  private Flow encode(Observation o) {
    return encoder.encode(o, names);
  }

  private static String golden(String name) {
    try (InputStream in =
        Objects.requireNonNull(
            FlowEncoderTest.class.getResourceAsStream("/flows/" + name + ".json"), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
