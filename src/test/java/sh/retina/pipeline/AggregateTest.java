package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.event.ObservationPoint.FROM_ENDPOINT;
import static sh.retina.event.ObservationPoint.FROM_NETWORK;
import static sh.retina.event.ObservationPoint.TO_ENDPOINT;
import static sh.retina.event.ObservationPoint.TO_NETWORK;
import static sh.retina.pipeline.Traffic.CLIENT;
import static sh.retina.pipeline.Traffic.FAR_NODE;
import static sh.retina.pipeline.Traffic.FAR_POD;
import static sh.retina.pipeline.Traffic.HERE;
import static sh.retina.pipeline.Traffic.NODE;
import static sh.retina.pipeline.Traffic.SERVER;
import static sh.retina.pipeline.Traffic.dropped;
import static sh.retina.pipeline.Traffic.forwarded;
import static sh.retina.pipeline.Traffic.series;
import static sh.retina.pipeline.Traffic.withFlags;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.TcpFlag;

class AggregateTest {
  private final Aggregate local = aggregate(PodLevel.Context.LOCAL, ContextLabel.PODNAME);
  private final Aggregate remote = aggregate(PodLevel.Context.REMOTE, ContextLabel.PODNAME);

  @Test
  void shouldCountOnceOnEachSideBetweenPodsOfTheNode() {
    local.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 3));
    local.accept(forwarded(TO_ENDPOINT, CLIENT, SERVER, 3));

    assertThat(series(local, SeriesFamily.FORWARDED))
        .isEqualTo(
            Map.of(
                "direction=egress podname=client", List.of(3L, 300L),
                "direction=ingress podname=server", List.of(3L, 300L)));
  }

  @Test
  void shouldNotCountPodTrafficAgainAtTheNetworkInterface() {
    local.accept(forwarded(FROM_ENDPOINT, CLIENT, FAR_POD, 2));
    local.accept(forwarded(TO_NETWORK, CLIENT, FAR_POD, 2));
    local.accept(forwarded(FROM_NETWORK, FAR_POD, CLIENT, 5));
    local.accept(forwarded(TO_ENDPOINT, FAR_POD, CLIENT, 5));

    assertThat(series(local, SeriesFamily.FORWARDED))
        .isEqualTo(
            Map.of(
                "direction=egress podname=client", List.of(2L, 200L),
                "direction=ingress podname=client", List.of(5L, 500L)));
  }

  @Test
  void shouldCountTheNodesOwnTrafficAtTheNetworkInterface() {
    Aggregate byNode = aggregate(PodLevel.Context.LOCAL, ContextLabel.NODE);

    byNode.accept(forwarded(TO_NETWORK, NODE, FAR_NODE, 1));
    byNode.accept(forwarded(FROM_NETWORK, FAR_NODE, NODE, 2));
    byNode.accept(forwarded(FROM_NETWORK, FAR_NODE, FAR_NODE, 4));

    assertThat(series(byNode, SeriesFamily.FORWARDED))
        .isEqualTo(
            Map.of(
                "direction=egress node=here", List.of(1L, 100L),
                "direction=ingress node=here", List.of(2L, 200L)));
  }

  @Test
  void shouldCallUnknownWhatNoPodOwns() {
    Aggregate byIp = aggregate(PodLevel.Context.LOCAL, ContextLabel.IP, ContextLabel.PORT);
    Observation spoofed = forwarded(FROM_ENDPOINT, Endpoint.WORLD, SERVER, 1);
    spoofed.sourceLow = 0xffff_0808_0808L;

    byIp.accept(spoofed);

    assertThat(series(byIp, SeriesFamily.FORWARDED))
        .isEqualTo(Map.of("direction=egress ip=unknown port=unknown", List.of(1L, 100L)));
  }

  @Test
  void shouldLabelBothSidesInRemoteContext() {
    remote.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 3));
    remote.accept(forwarded(TO_ENDPOINT, CLIENT, SERVER, 3));
    remote.accept(forwarded(FROM_ENDPOINT, CLIENT, Endpoint.WORLD, 1));
    remote.accept(forwarded(TO_NETWORK, CLIENT, Endpoint.WORLD, 1));

    assertThat(series(remote, SeriesFamily.FORWARDED))
        .isEqualTo(
            Map.of(
                "direction=egress source_podname=client destination_podname=server",
                List.of(3L, 300L),
                "direction=ingress source_podname=client destination_podname=server",
                List.of(3L, 300L),
                "direction=egress source_podname=client destination_podname=unknown",
                List.of(1L, 100L)));
  }

  @Test
  void shouldLabelAddressAndPortOfTheSide() {
    Aggregate aggregate = aggregate(PodLevel.Context.REMOTE, ContextLabel.IP, ContextLabel.PORT);

    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));

    assertThat(series(aggregate, SeriesFamily.FORWARDED).keySet())
        .containsExactly(
            "direction=egress source_ip=10.0.0.1 source_port=40000"
                + " destination_ip=10.0.0.2 destination_port=80");
  }

  @Test
  void shouldSplitByReplyWhenAsked() {
    Aggregate split =
        new Aggregate(
            new PodLevel(
                true,
                PodLevel.Context.LOCAL,
                Set.of(ContextLabel.PODNAME),
                true,
                100,
                Duration.ZERO,
                Duration.ZERO),
            HERE);
    Observation reply = forwarded(FROM_ENDPOINT, SERVER, CLIENT, 1);
    reply.reply = Observation.Reply.YES;

    split.accept(forwarded(FROM_ENDPOINT, SERVER, CLIENT, 2));
    split.accept(reply);

    assertThat(series(split, SeriesFamily.FORWARDED).keySet())
        .containsExactly(
            "direction=egress is_reply=false podname=server",
            "direction=egress is_reply=true podname=server");
  }

  @Test
  void shouldCountFlagsOncePerPodAndOncePerPair() {
    Map<TcpFlag, Integer> flags = Map.of(TcpFlag.SYN, 1, TcpFlag.ACK, 4);
    Observation leaving = withFlags(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 5), flags);
    leaving.firstOnNode = true;
    Observation entering = withFlags(forwarded(TO_ENDPOINT, CLIENT, SERVER, 5), flags);
    for (Aggregate aggregate : List.of(local, remote)) {
      aggregate.accept(leaving);
      aggregate.accept(entering);
    }

    assertThat(series(local, SeriesFamily.TCP_FLAGS))
        .isEqualTo(
            Map.of(
                "flag=SYN podname=client", List.of(1L),
                "flag=ACK podname=client", List.of(4L),
                "flag=SYN podname=server", List.of(1L),
                "flag=ACK podname=server", List.of(4L)));
    assertThat(series(remote, SeriesFamily.TCP_FLAGS))
        .isEqualTo(
            Map.of(
                "flag=SYN source_podname=client destination_podname=server", List.of(1L),
                "flag=ACK source_podname=client destination_podname=server", List.of(4L)));
  }

  @Test
  void shouldTimeHandshakesAtTheClientOnly() {
    Observation answerLeaves = forwarded(FROM_ENDPOINT, SERVER, CLIENT, 1);
    Observation answerArrives = forwarded(TO_ENDPOINT, SERVER, CLIENT, 1);
    for (Observation answer : List.of(answerLeaves, answerArrives)) {
      answer.reply = Observation.Reply.YES;
      answer.connectNs = 60_000;
      local.accept(answer);
      remote.accept(answer);
    }

    assertThat(series(local, SeriesFamily.TCP_CONNECT).keySet()).containsExactly("podname=client");
    assertThat(series(remote, SeriesFamily.TCP_CONNECT).keySet())
        .containsExactly("source_podname=client destination_podname=server");
    List<Long> columns =
        series(local, SeriesFamily.TCP_CONNECT).getOrDefault("podname=client", List.of());
    assertThat(columns.get(1)).as("bucket up to 100 µs").isEqualTo(1);
    assertThat(columns.getLast()).as("sum").isEqualTo(60_000);
  }

  @Test
  void shouldGiveRoundTripsToThePodThatTheAnswerReaches() {
    Observation leaving = forwarded(FROM_ENDPOINT, CLIENT, FAR_POD, 1);
    leaving.rttNs = 7_000; // the pod's own answer: no network in it
    Observation late = forwarded(TO_ENDPOINT, FAR_POD, CLIENT, 1);
    late.rttNs = 20_000_000_000L;
    Observation entering = forwarded(TO_ENDPOINT, FAR_POD, CLIENT, 1);
    entering.rttNs = 50_000;
    for (Aggregate aggregate : List.of(local, remote)) {
      aggregate.accept(leaving);
      aggregate.accept(late);
      aggregate.accept(entering);
    }

    List<Long> columns =
        series(local, SeriesFamily.TCP_RTT).getOrDefault("podname=client", List.of());
    assertThat(columns.getFirst()).as("the bound itself is in the first bucket").isEqualTo(1);
    assertThat(columns.get(LatencyBuckets.count() - 1)).as("no bound").isEqualTo(1);
    assertThat(columns.getLast()).isEqualTo(20_000_050_000L);
    assertThat(series(remote, SeriesFamily.TCP_RTT).keySet())
        .containsExactly("source_podname=client destination_podname=far");
  }

  @ParameterizedTest
  @CsvSource({
    // source, destination, the event's direction, expected direction and pod
    "client, server, INGRESS, ingress, server",
    "client, server, EGRESS,  egress,  client",
    "client, server, UNKNOWN, egress,  client",
    "client, far,    INGRESS, egress,  client",
    "far,    server, EGRESS,  ingress, server",
    "far,    world,  UNKNOWN, egress,  far",
    "world,  server, UNKNOWN, ingress, server",
    "far,    here,   UNKNOWN, ingress, unknown",
    "world,  world,  UNKNOWN, unknown, unknown",
    "world,  world,  INGRESS, ingress, unknown",
  })
  void shouldCountADropOnceForOneSide(
      String source, String destination, Direction direction, String expected, String pod) {
    local.accept(dropped("NETFILTER_DROP", direction, named(source), named(destination), 7));

    assertThat(series(local, SeriesFamily.DROPPED))
        .isEqualTo(
            Map.of(
                "reason=NETFILTER_DROP direction=" + expected + " podname=" + pod,
                List.of(7L, 700L)));
  }

  @Test
  void shouldCountADropOnceForThePairInRemoteContext() {
    remote.accept(dropped("NO_SOCKET", Direction.UNKNOWN, CLIENT, SERVER, 1));
    remote.accept(dropped("", Direction.INGRESS, FAR_POD, SERVER, 1));

    assertThat(series(remote, SeriesFamily.DROPPED).keySet())
        .containsExactlyInAnyOrder(
            "reason=NO_SOCKET direction=egress source_podname=client destination_podname=server",
            "reason=unknown direction=ingress source_podname=far destination_podname=server");
  }

  @Test
  void shouldCountNodeTotalsOncePerPacket() {
    Observation first = forwarded(FROM_ENDPOINT, CLIENT, FAR_POD, 3);
    first.firstOnNode = true;
    Observation second = forwarded(TO_NETWORK, CLIENT, FAR_POD, 3);
    Observation reply = forwarded(FROM_NETWORK, FAR_POD, CLIENT, 2);
    reply.firstOnNode = true;
    reply.reply = Observation.Reply.YES;
    Observation midstream = forwarded(FROM_NETWORK, FAR_POD, CLIENT, 1);
    midstream.firstOnNode = true;
    midstream.reply = Observation.Reply.UNKNOWN;

    List.of(first, second, reply, midstream).forEach(local::accept);

    assertThat(local.node().sentPackets()).isEqualTo(4);
    assertThat(local.node().sentBytes()).isEqualTo(400);
    assertThat(local.node().replyPackets()).isEqualTo(2);
    assertThat(local.node().replyBytes()).isEqualTo(200);
  }

  @Test
  void shouldAnnounceNodeDropsOnceEach() {
    local.accept(dropped("NO_SOCKET", Direction.INGRESS, CLIENT, SERVER, 2));
    List<NodeTotals.Drops> announced = new ArrayList<>();
    local.node().onNewDrops(announced::add);
    local.accept(dropped("NO_SOCKET", Direction.INGRESS, CLIENT, SERVER, 3));
    local.accept(dropped("NO_SOCKET", Direction.UNKNOWN, CLIENT, SERVER, 1));

    assertThat(announced).extracting(NodeTotals.Drops::packets).containsExactly(5L, 1L);
    assertThat(announced)
        .extracting(NodeTotals.Drops::direction)
        .containsExactly(Direction.INGRESS, Direction.UNKNOWN);
  }

  @Test
  void shouldKeepTheNodeLevelOnlyWhenPodLevelIsOff() {
    Aggregate off = new Aggregate(PodLevel.off(), HERE);
    Observation seen = forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1);
    seen.firstOnNode = true;

    off.accept(seen);
    off.accept(dropped("NO_SOCKET", Direction.INGRESS, CLIENT, SERVER, 2));

    assertThat(off.node().sentPackets()).isEqualTo(1);
    assertThat(series(off, SeriesFamily.FORWARDED)).isEmpty();
    assertThat(series(off, SeriesFamily.DROPPED)).isEmpty();
  }

  private static Endpoint named(String name) {
    return switch (name) {
      case "client" -> CLIENT;
      case "server" -> SERVER;
      case "far" -> FAR_POD;
      case "here" -> NODE;
      case "world" -> Endpoint.WORLD;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Aggregate aggregate(PodLevel.Context context, ContextLabel... labels) {
    return new Aggregate(
        new PodLevel(
            true,
            context,
            Set.of(labels),
            false,
            PodLevel.DEFAULT_MAX_SERIES,
            Duration.ZERO,
            PodLevel.DEFAULT_REMOVAL_DELAY),
        HERE);
  }
}
