package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.plugin.dns.DnsBytes;

/** Whose a DNS message is, and that it counts once. */
class AggregateDnsTest {
  private final Aggregate local = aggregate(PodLevel.Context.LOCAL, PodLevel.DnsLabels.NONE);
  private final Aggregate remote = aggregate(PodLevel.Context.REMOTE, PodLevel.DnsLabels.NONE);

  private static Aggregate aggregate(PodLevel.Context context, PodLevel.DnsLabels dns) {
    return new Aggregate(
        new PodLevel(
            true,
            context,
            Set.of(ContextLabel.PODNAME),
            false,
            1_000,
            Duration.ZERO,
            Duration.ofMinutes(1),
            dns),
        Traffic.HERE);
  }

  private static Observation message(
      DnsBytes bytes, ObservationPoint point, Endpoint from, Endpoint to, boolean first) {
    Observation o = Traffic.forwarded(point, from, to, 0);
    o.bytes = 0;
    o.firstOnNode = first;
    o.dns = bytes.view();
    return o;
  }

  private static Observation query(
      ObservationPoint point, Endpoint client, Endpoint server, boolean first) {
    return message(DnsBytes.query(1, "a.test", 28), point, client, server, first);
  }

  private static Observation answer(
      ObservationPoint point, Endpoint server, Endpoint client, int code, boolean first) {
    return message(
        new DnsBytes(1, DnsBytes.RESPONSE | code, 1, 0, 0, 0).question("a.test", 28),
        point,
        server,
        client,
        first);
  }

  private void accept(Observation o) {
    local.accept(o);
    remote.accept(o);
  }

  private static List<String> node(Aggregate aggregate) {
    List<String> counts = new ArrayList<>();
    aggregate.dns().readRequests((type, count) -> counts.add(type.label() + " " + count));
    aggregate
        .dns()
        .readResponses(
            (type, code, count) -> counts.add(type.label() + " " + code.label() + " " + count));
    aggregate
        .dns()
        .readLatencies((code, columns) -> counts.add(code.label() + " sum " + columns.sumNs()));
    return counts;
  }

  @Test
  void shouldCountAnExchangeOfTwoPodsOfANodeForTheClient() {
    accept(query(ObservationPoint.FROM_ENDPOINT, Traffic.CLIENT, Traffic.SERVER, true));
    accept(query(ObservationPoint.TO_ENDPOINT, Traffic.CLIENT, Traffic.SERVER, false));
    Observation early =
        answer(ObservationPoint.FROM_ENDPOINT, Traffic.SERVER, Traffic.CLIENT, 3, true);
    early.dnsLatencyNs = 1_000;
    accept(early);
    Observation late =
        answer(ObservationPoint.TO_ENDPOINT, Traffic.SERVER, Traffic.CLIENT, 3, false);
    late.dnsLatencyNs = 2_000;
    late.dnsQueryFirstOnNode = true;
    accept(late);

    assertThat(node(local)).containsExactly("AAAA 1", "AAAA NXDOMAIN 1", "NXDOMAIN sum 2000");
    assertThat(Traffic.series(local, SeriesFamily.DNS_REQUEST))
        .containsOnlyKeys("query_type=AAAA podname=client")
        .containsValue(List.of(1L));
    assertThat(Traffic.series(local, SeriesFamily.DNS_RESPONSE))
        .containsOnlyKeys("return_code=NXDOMAIN query_type=AAAA podname=client")
        .containsValue(List.of(1L));
    assertThat(Traffic.series(local, SeriesFamily.DNS_LATENCY))
        .containsOnlyKeys("return_code=NXDOMAIN podname=client")
        .allSatisfy((_, columns) -> assertThat(columns.getLast()).isEqualTo(2_000));
    assertThat(Traffic.series(remote, SeriesFamily.DNS_REQUEST))
        .containsOnlyKeys("query_type=AAAA source_podname=client destination_podname=server")
        .containsValue(List.of(1L));
    assertThat(Traffic.series(remote, SeriesFamily.DNS_RESPONSE)).hasSize(1);
    assertThat(Traffic.series(local, SeriesFamily.FORWARDED)).as("no packets").isEmpty();
    assertThat(local.node().sentPackets()).isZero();
  }

  @Test
  void shouldLeaveAClientElsewhereToItsNode() {
    accept(query(ObservationPoint.FROM_NETWORK, Traffic.FAR_POD, Traffic.SERVER, true));
    accept(query(ObservationPoint.TO_ENDPOINT, Traffic.FAR_POD, Traffic.SERVER, false));

    assertThat(node(local)).containsExactly("AAAA 1");
    assertThat(Traffic.series(local, SeriesFamily.DNS_REQUEST)).isEmpty();
    assertThat(Traffic.series(remote, SeriesFamily.DNS_REQUEST)).isEmpty();
  }

  @Test
  void shouldCountAClientOutsideForTheServer() {
    accept(query(ObservationPoint.FROM_NETWORK, Endpoint.WORLD, Traffic.SERVER, true));
    accept(query(ObservationPoint.TO_ENDPOINT, Endpoint.WORLD, Traffic.SERVER, false));

    assertThat(Traffic.series(local, SeriesFamily.DNS_REQUEST))
        .containsOnlyKeys("query_type=AAAA podname=server")
        .containsValue(List.of(1L));
    assertThat(Traffic.series(remote, SeriesFamily.DNS_REQUEST)).hasSize(1);
  }

  @Test
  void shouldCountThisNodesOwnQueriesAtTheNetworkOrAtAPod() {
    accept(query(ObservationPoint.TO_NETWORK, Traffic.NODE, Endpoint.WORLD, true));
    accept(query(ObservationPoint.TO_ENDPOINT, Traffic.NODE, Traffic.SERVER, true));
    accept(answer(ObservationPoint.FROM_ENDPOINT, Traffic.SERVER, Traffic.NODE, 0, true));
    // What a pod asks the world passes the network too.
    accept(query(ObservationPoint.TO_NETWORK, Traffic.CLIENT, Endpoint.WORLD, false));

    assertThat(node(local)).containsExactly("AAAA 2", "AAAA NOERROR 1");
    assertThat(Traffic.series(local, SeriesFamily.DNS_REQUEST).values())
        .containsExactly(List.of(2L));
    assertThat(Traffic.series(local, SeriesFamily.DNS_RESPONSE).values())
        .containsExactly(List.of(1L));
  }

  @Test
  void shouldCapTheNamesInLabels() {
    Aggregate named =
        aggregate(
            PodLevel.Context.LOCAL,
            new PodLevel.DnsLabels(
                Set.of(DnsLabel.QUERY, DnsLabel.RESPONSE, DnsLabel.NUM_RESPONSE), 2));
    for (String name : List.of("a.test", "b.test", "c.test", "d.test", "A.test")) {
      named.accept(
          message(
              DnsBytes.query(1, name, 1),
              ObservationPoint.FROM_ENDPOINT,
              Traffic.CLIENT,
              Traffic.SERVER,
              true));
    }
    named.accept(
        message(
            new DnsBytes(1, DnsBytes.RESPONSE, 1, 2, 0, 0)
                .question("a.test", 1)
                .record(1, 60, "c0000201")
                .record(1, 60, "c0000202"),
            ObservationPoint.TO_ENDPOINT,
            Traffic.SERVER,
            Traffic.CLIENT,
            false));

    assertThat(Traffic.series(named, SeriesFamily.DNS_REQUEST))
        .containsEntry("query_type=A query=a.test. podname=client", List.of(2L))
        .containsEntry("query_type=A query=b.test. podname=client", List.of(1L))
        .containsEntry("query_type=A query=overflow podname=client", List.of(2L))
        .hasSize(3);
    assertThat(Traffic.series(named, SeriesFamily.DNS_RESPONSE))
        .containsOnlyKeys(
            "return_code=NOERROR query_type=A query=overflow response=overflow"
                + " num_response=overflow podname=client");
  }

  @Test
  void shouldTellNameAddressesAndCountAsLabels() {
    Aggregate named =
        aggregate(
            PodLevel.Context.LOCAL,
            new PodLevel.DnsLabels(
                Set.of(DnsLabel.QUERY, DnsLabel.RESPONSE, DnsLabel.NUM_RESPONSE), 10));
    named.accept(
        message(
            new DnsBytes(1, DnsBytes.RESPONSE, 1, 2, 0, 0)
                .question("a.test", 1)
                .record(1, 60, "c0000201")
                .record(1, 60, "c0000202"),
            ObservationPoint.TO_ENDPOINT,
            Traffic.SERVER,
            Traffic.CLIENT,
            false));

    assertThat(Traffic.series(named, SeriesFamily.DNS_RESPONSE))
        .containsOnlyKeys(
            "return_code=NOERROR query_type=A query=a.test. response=192.0.2.1,192.0.2.2"
                + " num_response=2 podname=client");
  }
}
