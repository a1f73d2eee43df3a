package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.SocketReport;
import sh.retina.event.TcpFlag;
import sh.retina.event.TcpOutcome;
import sh.retina.event.TcpPhase;
import sh.retina.flow.proto.EventTypeFilter;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.FlowType;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.flow.proto.Verdict;
import sh.retina.identity.IdentityTable;

/** Flows of what TCP sockets tell. */
class SocketFlowTest {
  private static Observation report(SocketReport what, Direction direction) {
    Observation o = Observations.tcp();
    o.verdict = sh.retina.event.Verdict.TRACED;
    o.point = ObservationPoint.UNKNOWN;
    o.reply = Observation.Reply.UNKNOWN;
    o.direction = direction;
    o.socketReport = what;
    return o;
  }

  private static Flow encode(Observation o) {
    return new FlowEncoder(Observations.NODE).encode(o, new IdentityTable());
  }

  private static Struct extensions(Flow flow) throws InvalidProtocolBufferException {
    return flow.getExtensions().unpack(Struct.class);
  }

  @Test
  void shouldMarkARetransmission() throws InvalidProtocolBufferException {
    Observation o = report(SocketReport.RETRANSMISSION, Direction.EGRESS);
    o.tcpFlags = TcpFlag.SYN.bit();
    o.tcpState = 2;
    o.tcpSequence = -1;

    Flow flow = encode(o);

    assertThat(flow.getVerdict()).isEqualTo(Verdict.TRACED);
    assertThat(flow.getType()).isEqualTo(FlowType.SOCK);
    assertThat(flow.getEventType().getType()).isEqualTo(7);
    assertThat(flow.getTrafficDirection()).isEqualTo(TrafficDirection.EGRESS);
    assertThat(flow.hasIsReply()).isFalse();
    assertThat(flow.getSummary()).isEqualTo("TCP retransmission, TCP Flags: SYN");
    assertThat(extensions(flow).getFieldsOrThrow("socket_report").getStringValue())
        .isEqualTo("retransmission");
    assertThat(extensions(flow).getFieldsOrThrow("tcp_state").getStringValue())
        .isEqualTo("SYN_SENT");
    assertThat(extensions(flow).getFieldsOrThrow("tcp_sequence").getNumberValue())
        .isEqualTo(4_294_967_295.0);
  }

  @ParameterizedTest
  @CsvSource({
    "CLOSED, TCP connection closed",
    "RESET_SENT, TCP connection reset sent",
    "TIMED_OUT, TCP connection timed out",
    "OPEN, TCP connection open",
    "REFUSED, TCP connect failed: refused",
    "CONNECT_TIMED_OUT, TCP connect failed: connect timed out",
    "ABANDONED, TCP connect failed: abandoned"
  })
  void shouldSayHowAConnectionEnded(TcpOutcome outcome, String summary)
      throws InvalidProtocolBufferException {
    Observation o = report(SocketReport.CONNECTION, Direction.INGRESS);
    o.tcpOutcome = outcome;
    o.durationNs = 5;
    o.receivedBytes = 6;
    o.minRttNs = 7;

    Flow flow = encode(o);

    assertThat(flow.getSummary()).isEqualTo(summary);
    assertThat(flow.getTrafficDirection()).isEqualTo(TrafficDirection.INGRESS);
    assertThat(extensions(flow).getFieldsOrThrow("tcp_outcome").getStringValue())
        .isEqualTo(outcome.label());
    assertThat(extensions(flow).getFieldsOrThrow("duration_ns").getNumberValue()).isEqualTo(5);
    assertThat(extensions(flow).getFieldsOrThrow("received_bytes").getNumberValue()).isEqualTo(6);
    assertThat(extensions(flow).getFieldsOrThrow("min_rtt_ns").getNumberValue()).isEqualTo(7);
    assertThat(extensions(flow).containsFields("max_rtt_ns")).isFalse();
  }

  @Test
  void shouldSayWhatAResetMet() {
    Observation o = report(SocketReport.RESET, Direction.INGRESS);
    o.tcpPhase = TcpPhase.CLOSING;

    assertThat(encode(o).getSummary()).isEqualTo("TCP reset received, phase: closing");
  }

  @Test
  void shouldBeFoundByVerdictAndType() {
    sh.retina.flow.proto.FlowFilter wanted =
        sh.retina.flow.proto.FlowFilter.newBuilder()
            .addVerdict(Verdict.TRACED)
            .addEventType(EventTypeFilter.newBuilder().setType(7))
            .build();
    FlowFilter filter = FlowFilters.compile(List.of(wanted), List.of(), Observations.NODE);

    assertThat(filter.matches(report(SocketReport.RESET, Direction.EGRESS))).isTrue();
    assertThat(filter.matches(Observations.tcp())).isFalse();
  }
}
