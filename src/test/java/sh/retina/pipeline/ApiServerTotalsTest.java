package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sh.retina.event.ObservationPoint.FROM_ENDPOINT;
import static sh.retina.event.ObservationPoint.FROM_NETWORK;
import static sh.retina.event.ObservationPoint.TO_ENDPOINT;
import static sh.retina.event.ObservationPoint.TO_NETWORK;
import static sh.retina.pipeline.Traffic.CLIENT;
import static sh.retina.pipeline.Traffic.FAR_NODE;
import static sh.retina.pipeline.Traffic.HERE;
import static sh.retina.pipeline.Traffic.NODE;
import static sh.retina.pipeline.Traffic.forwarded;
import static sh.retina.pipeline.Traffic.withFlags;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;

class ApiServerTotalsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Endpoint SERVICE =
      new Endpoint(
          Endpoint.Kind.SERVICE,
          "default",
          "kubernetes",
          "",
          "",
          "",
          "",
          List.of(),
          List.of(IpAddress.parse("10.96.0.1")),
          List.of());

  private final Aggregate aggregate = new Aggregate(PodLevel.off(), HERE);
  private final ApiServerTotals totals = aggregate.apiServer();

  @Test
  void shouldMeasureRoundTripsAndHandshakesOfTheService() {
    aggregate.accept(answer(TO_ENDPOINT, SERVICE, CLIENT, 443, 0));

    assertThat(count(totals.latency())).isOne();
    assertThat(totals.latency().sumNs()).isEqualTo(2_000);
    assertThat(count(totals.handshake())).isOne();
    assertThat(totals.handshake().sumNs()).isEqualTo(3_000);
  }

  @Test
  void shouldKnowTheAddressesThatItIsTold() {
    totals.setAddresses(ApiServerAddresses.parse(List.of("192.0.2.2:6443", "[fd00::1]:6443")));

    aggregate.accept(answer(FROM_NETWORK, FAR_NODE, NODE, 6443, 0));
    aggregate.accept(answer(FROM_NETWORK, FAR_NODE, NODE, 10250, 0)); // its kubelet

    assertThat(count(totals.latency())).isOne();
  }

  @Test
  void shouldMeasureAPodsTrafficAtItsOwnInterfaceOnly() {
    totals.setAddresses(ApiServerAddresses.parse(List.of("192.0.2.2:6443")));

    aggregate.accept(answer(FROM_NETWORK, FAR_NODE, CLIENT, 6443, 0));
    assertThat(count(totals.latency())).isZero();

    aggregate.accept(answer(TO_ENDPOINT, FAR_NODE, CLIENT, 6443, 0));
    assertThat(count(totals.latency())).isOne();
  }

  @Test
  void shouldCountAttemptsThatNothingCameBackFor() {
    for (int port = 1; port <= 3; port++) {
      aggregate.accept(syn(FROM_ENDPOINT, CLIENT, SERVICE, port, SECOND));
    }
    Observation refusal = answer(TO_ENDPOINT, SERVICE, CLIENT, 443, SECOND + 1);
    refusal.destinationPort = 1;
    aggregate.accept(refusal);
    aggregate.accept(syn(FROM_ENDPOINT, CLIENT, SERVICE, 2, 3 * SECOND)); // the same again
    assertThat(totals.unanswered()).isZero();

    Observation end = syn(FROM_ENDPOINT, CLIENT, SERVICE, 3, 3 * SECOND);
    end.reason = ReportReason.END;
    aggregate.accept(end);
    assertThat(totals.unanswered()).as("given up by the client").isOne();

    aggregate.accept(syn(FROM_ENDPOINT, CLIENT, SERVICE, 2, SECOND + ApiServerTotals.PATIENCE_NS));
    assertThat(totals.unanswered()).as("waited for too long").isEqualTo(2);

    aggregate.accept(syn(FROM_ENDPOINT, CLIENT, SERVICE, 2, 30 * SECOND));
    aggregate.accept(syn(TO_NETWORK, CLIENT, SERVICE, 9, 31 * SECOND)); // the pod's again
    aggregate.accept(syn(FROM_ENDPOINT, CLIENT, SERVICE, 2, 50 * SECOND));
    assertThat(totals.unanswered()).as("each attempt once").isEqualTo(2);
  }

  @Test
  void shouldGiveUpWithoutFurtherEventsOfTheApiServer() {
    aggregate.accept(syn(FROM_ENDPOINT, CLIENT, SERVICE, 1, SECOND));
    aggregate.expire(2);
    totals.idle(SECOND + ApiServerTotals.PATIENCE_NS);
    assertThat(totals.unanswered()).isZero();

    totals.idle(2 * SECOND + ApiServerTotals.PATIENCE_NS);
    assertThat(totals.unanswered()).as("nothing happens at all").isOne();

    aggregate.accept(syn(FROM_ENDPOINT, CLIENT, SERVICE, 2, 100 * SECOND));
    Observation other = forwarded(FROM_ENDPOINT, CLIENT, FAR_NODE, 1);
    other.timeNs = 110 * SECOND;
    aggregate.accept(other);
    aggregate.expire(3);
    assertThat(totals.unanswered()).as("others go on").isEqualTo(2);
  }

  @Test
  void shouldStayBoundedAndCountAllWhenNothingAnswers() {
    for (int port = 1; port <= 3 * PendingAttempts.ROOM; port++) {
      aggregate.accept(syn(FROM_ENDPOINT, CLIENT, SERVICE, port, SECOND));
    }
    aggregate.accept(answer(TO_ENDPOINT, SERVICE, CLIENT, 443, 20 * SECOND));

    assertThat(totals.unanswered()).isEqualTo(3 * PendingAttempts.ROOM);
  }

  @Test
  void shouldSayWhichAddressIsNone() {
    for (String wrong : List.of("192.0.2.1:0", "192.0.2.1:x", "name:443", "[fd00::1]:70000")) {
      assertThatThrownBy(() -> ApiServerAddresses.parse(List.of(wrong)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    IpAddress six = IpAddress.parse("fd00::1");
    assertThat(ApiServerAddresses.parse(List.of("fd00::1")).contains(six.high(), six.low(), 443))
        .isTrue();
  }

  private static Observation answer(
      ObservationPoint point, Endpoint server, Endpoint client, int port, long timeNs) {
    Observation o = forwarded(point, server, client, 1);
    o.sourcePort = port;
    o.timeNs = timeNs;
    o.reply = Observation.Reply.YES;
    o.rttNs = 2_000;
    o.connectNs = 3_000;
    return o;
  }

  private static Observation syn(
      ObservationPoint point, Endpoint client, Endpoint server, int port, long timeNs) {
    Observation o = withFlags(forwarded(point, client, server, 1), Map.of(TcpFlag.SYN, 1));
    o.sourcePort = port;
    o.destinationPort = 443;
    o.timeNs = timeNs;
    return o;
  }

  private static long count(Latencies times) {
    return times.count();
  }
}
