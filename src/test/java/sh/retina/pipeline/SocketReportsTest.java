package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.pipeline.Traffic.CLIENT;
import static sh.retina.pipeline.Traffic.SERVER;
import static sh.retina.pipeline.Traffic.forwarded;
import static sh.retina.pipeline.Traffic.series;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.SocketReport;
import sh.retina.event.TcpOutcome;
import sh.retina.event.TcpPhase;
import sh.retina.event.Verdict;

/** What TCP sockets report, as it is counted. */
class SocketReportsTest {
  private final Aggregate local = aggregate(PodLevel.Context.LOCAL, false);
  private final Aggregate remote = aggregate(PodLevel.Context.REMOTE, false);

  private static Aggregate aggregate(PodLevel.Context context, boolean watchesPackets) {
    return new Aggregate(
        new PodLevel(
            true,
            context,
            EnumSet.of(ContextLabel.PODNAME),
            false,
            1_000,
            Duration.ZERO,
            Duration.ofMinutes(1)),
        Traffic.HERE,
        () -> watchesPackets);
  }

  private static Observation report(
      SocketReport what, Direction direction, Endpoint source, Endpoint destination) {
    Observation o = forwarded(ObservationPoint.UNKNOWN, source, destination, 3);
    o.plugin = "tcplife";
    o.verdict = Verdict.TRACED;
    o.reply = Observation.Reply.UNKNOWN;
    o.socketReport = what;
    o.direction = direction;
    return o;
  }

  private static Observation connection(Direction direction, TcpOutcome outcome) {
    Observation o = report(SocketReport.CONNECTION, direction, CLIENT, SERVER);
    o.tcpOutcome = outcome;
    o.bytes = direction == Direction.EGRESS ? 70 : 900;
    o.receivedBytes = direction == Direction.EGRESS ? 900 : 70;
    return o;
  }

  @Test
  void shouldCountWhatIsSentAgainForTheSender() {
    local.accept(report(SocketReport.RETRANSMISSION, Direction.EGRESS, CLIENT, SERVER));
    remote.accept(report(SocketReport.RETRANSMISSION, Direction.EGRESS, CLIENT, SERVER));

    assertThat(series(local, SeriesFamily.TCP_RETRANSMISSIONS))
        .isEqualTo(Map.of("direction=egress podname=client", List.of(3L)));
    assertThat(series(remote, SeriesFamily.TCP_RETRANSMISSIONS))
        .isEqualTo(
            Map.of(
                "direction=egress source_podname=client destination_podname=server", List.of(3L)));
  }

  @Test
  void shouldNotTakeWhatSocketsTellForPackets() {
    local.accept(report(SocketReport.RETRANSMISSION, Direction.EGRESS, CLIENT, SERVER));
    local.accept(connection(Direction.EGRESS, TcpOutcome.CLOSED));

    assertThat(series(local, SeriesFamily.FORWARDED)).isEmpty();
    assertThat(series(local, SeriesFamily.TCP_FLAGS)).isEmpty();
    assertThat(local.node().sentPackets()).isZero();
  }

  @Test
  void shouldCountEachEndOfAConnectionForItsPod() {
    local.accept(connection(Direction.EGRESS, TcpOutcome.RESET_SENT));
    local.accept(connection(Direction.INGRESS, TcpOutcome.RESET_RECEIVED));

    assertThat(series(local, SeriesFamily.TCP_CONNECTIONS))
        .isEqualTo(
            Map.of(
                "role=client outcome=reset_sent podname=client", List.of(1L),
                "role=server outcome=reset_received podname=server", List.of(1L)));
    assertThat(series(local, SeriesFamily.TCP_PAYLOAD))
        .isEqualTo(
            Map.of(
                "direction=egress podname=client", List.of(70L),
                "direction=ingress podname=client", List.of(900L),
                "direction=egress podname=server", List.of(900L),
                "direction=ingress podname=server", List.of(70L)));
  }

  @Test
  void shouldCountThePayloadOfAPairByWhoSentIt() {
    remote.accept(connection(Direction.EGRESS, TcpOutcome.CLOSED));
    remote.accept(connection(Direction.INGRESS, TcpOutcome.CLOSED));

    assertThat(series(remote, SeriesFamily.TCP_PAYLOAD))
        .isEqualTo(
            Map.of(
                "direction=egress source_podname=client destination_podname=server", List.of(70L),
                "direction=ingress source_podname=client destination_podname=server", List.of(70L),
                "direction=egress source_podname=server destination_podname=client", List.of(900L),
                "direction=ingress source_podname=server destination_podname=client",
                    List.of(900L)));
  }

  @Test
  void shouldCountResetsForWhoSentAndWhoGotThem() {
    Observation sent = report(SocketReport.RESET, Direction.EGRESS, SERVER, CLIENT);
    sent.tcpPhase = TcpPhase.HANDSHAKE;
    sent.packets = 1;
    Observation received = report(SocketReport.RESET, Direction.INGRESS, SERVER, CLIENT);
    received.tcpPhase = TcpPhase.HANDSHAKE;
    received.packets = 1;

    local.accept(sent);
    local.accept(received);

    assertThat(series(local, SeriesFamily.TCP_RESETS))
        .isEqualTo(
            Map.of(
                "direction=egress phase=handshake podname=server", List.of(1L),
                "direction=ingress phase=handshake podname=client", List.of(1L)));
  }

  @Test
  void shouldTakeTimesOfSocketsOnlyWherePacketsTellNone() {
    Observation open = connection(Direction.EGRESS, TcpOutcome.OPEN);
    open.rttNs = 1_000_000;
    Observation end = connection(Direction.EGRESS, TcpOutcome.CLOSED);
    end.rttNs = 2_000_000;
    end.connectNs = 3_000_000;
    Aggregate withPackets = aggregate(PodLevel.Context.LOCAL, true);

    for (Aggregate aggregate : List.of(local, withPackets)) {
      aggregate.accept(open);
      aggregate.accept(end);
    }

    assertThat(sumNs(local, SeriesFamily.TCP_RTT)).isEqualTo(3_000_000);
    assertThat(sumNs(local, SeriesFamily.TCP_CONNECT)).isEqualTo(3_000_000);
    assertThat(series(withPackets, SeriesFamily.TCP_RTT)).isEmpty();
    assertThat(series(withPackets, SeriesFamily.TCP_CONNECT)).isEmpty();
    assertThat(series(withPackets, SeriesFamily.TCP_CONNECTIONS).values())
        .as("one that is open has not ended")
        .containsExactly(List.of(1L));
  }

  private static long sumNs(Aggregate aggregate, SeriesFamily histogram) {
    return series(aggregate, histogram).getOrDefault("podname=client", List.of(0L)).getLast();
  }

  @Test
  void shouldCountForTheNodeByRoleAndOutcome() {
    List<String> seen = new ArrayList<>();
    local.accept(connection(Direction.EGRESS, TcpOutcome.REFUSED));
    local
        .sockets()
        .onNewCounts(count -> seen.add(count.kind() + " " + String.join(" ", count.labelValues())));
    local.accept(connection(Direction.EGRESS, TcpOutcome.REFUSED));
    local.accept(connection(Direction.UNKNOWN, TcpOutcome.CLOSED));
    local.accept(report(SocketReport.RETRANSMISSION, Direction.EGRESS, CLIENT, SERVER));
    Observation reset = report(SocketReport.RESET, Direction.INGRESS, SERVER, CLIENT);
    reset.tcpPhase = TcpPhase.ESTABLISHED;
    local.accept(reset);

    assertThat(seen)
        .containsExactly(
            "CONNECTIONS client refused",
            "CONNECTIONS unknown closed",
            "RETRANSMISSIONS egress",
            "RESETS ingress established");
    List<Long> sums = new ArrayList<>();
    local.sockets().onNewCounts(count -> sums.add(count.sum()));
    assertThat(sums).containsExactly(2L, 1L, 3L, 3L);
  }
}
