package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.plugin.dns.DnsBytes;

class DnsExchangesTest {
  private static final long START_NS = 1_767_323_045_000_000_001L;
  private static final long SECOND_NS = 1_000_000_000L;
  private static final long MS = 1_000_000L;

  private final DnsNames names = new DnsNames(64);
  private final DnsExchanges exchanges = new DnsExchanges(names);

  private static Observation query(long timeNs, int id, String name) {
    Observation o =
        Traffic.forwarded(ObservationPoint.FROM_ENDPOINT, Traffic.CLIENT, Traffic.SERVER, 0);
    o.sourcePort = 40_000;
    o.destinationPort = 53;
    o.interfaceIndex = 3;
    o.firstOnNode = true;
    o.timeNs = timeNs;
    o.dns = DnsBytes.query(id, name, 1).view();
    return o;
  }

  private static Observation answer(long timeNs, int id, String name) {
    Observation o =
        Traffic.forwarded(ObservationPoint.TO_ENDPOINT, Traffic.SERVER, Traffic.CLIENT, 0);
    o.sourcePort = 53;
    o.destinationPort = 40_000;
    o.interfaceIndex = 3;
    o.timeNs = timeNs;
    o.dns =
        new DnsBytes(id, DnsBytes.RESPONSE, 1, 2, 0, 0)
            .question(name, 1)
            .record(1, 60, "c0000201")
            .record(1, 60, "c0000202")
            .view();
    return o;
  }

  private Observation seen(Observation o) {
    exchanges.accept(o, Objects.requireNonNull(o.dns));
    return o;
  }

  private List<String> names(String address, long timeNs) {
    var client = Traffic.CLIENT.addresses().getFirst();
    var of = IpAddress.parse(address);
    return names.of(client.high(), client.low(), of.high(), of.low(), timeNs);
  }

  @Test
  void shouldMeasureFromTheQueryToItsAnswer() {
    seen(query(START_NS, 7, "a.test"));
    seen(query(START_NS + MS, 8, "b.test"));

    Observation b = seen(answer(START_NS + 3 * MS, 8, "b.test"));
    Observation a = seen(answer(START_NS + 5 * MS, 7, "A.Test"));

    assertThat(a.dnsLatencyNs).isBetween(5 * MS, 5 * MS + 1);
    assertThat(a.dnsQueryFirstOnNode).isTrue();
    assertThat(b.dnsLatencyNs).isBetween(2 * MS, 2 * MS + 1);
  }

  @Test
  void shouldMeasureFromTheFirstOfSeveralEqualQueriesAndOnce() {
    seen(query(START_NS, 7, "a.test"));
    seen(query(START_NS + 2 * MS, 7, "a.test"));

    assertThat(seen(answer(START_NS + 5 * MS, 7, "a.test")).dnsLatencyNs).isGreaterThan(4 * MS);
    assertThat(seen(answer(START_NS + 6 * MS, 7, "a.test")).dnsLatencyNs).isZero();
  }

  @Test
  void shouldNotTakeAnotherAnswerForThisOne() {
    seen(query(START_NS, 7, "a.test"));

    Observation elsewhere = answer(START_NS + MS, 7, "a.test");
    elsewhere.interfaceIndex = 4;
    Observation otherPort = answer(START_NS + MS, 7, "a.test");
    otherPort.destinationPort++;

    assertThat(seen(answer(START_NS + MS, 8, "a.test")).dnsLatencyNs).as("id").isZero();
    assertThat(seen(answer(START_NS + MS, 7, "b.test")).dnsLatencyNs).as("question").isZero();
    assertThat(seen(elsewhere).dnsLatencyNs).as("interface").isZero();
    assertThat(seen(otherPort).dnsLatencyNs).as("port").isZero();
    assertThat(seen(answer(START_NS + 31 * SECOND_NS, 7, "a.test")).dnsLatencyNs)
        .as("late")
        .isZero();
  }

  @Test
  void shouldLearnNamesFromAnswersToQueriesOnly() {
    seen(answer(START_NS, 7, "evil.test"));
    assertThat(names("192.0.2.1", START_NS)).isEmpty();

    seen(query(START_NS, 8, "a.test"));
    seen(answer(START_NS + MS, 8, "a.test"));
    seen(query(START_NS, 9, "b.test"));
    seen(answer(START_NS + MS, 9, "b.test"));

    assertThat(names("192.0.2.1", START_NS + 2 * MS)).containsExactly("a.test", "b.test");
    assertThat(names("192.0.2.2", START_NS + 2 * MS)).containsExactly("a.test", "b.test");
    assertThat(names("192.0.2.3", START_NS + 2 * MS)).isEmpty();
    assertThat(names("192.0.2.1", START_NS - SECOND_NS)).as("before it was known").isEmpty();
    assertThat(names("192.0.2.1", START_NS + 3_000 * SECOND_NS)).hasSize(2);
    assertThat(names("192.0.2.1", START_NS + 3_700 * SECOND_NS)).as("much later").isEmpty();
  }

  @Test
  void shouldStayBoundedAndKeepTheNewest() {
    for (int i = 0; i < 100_000; i++) {
      seen(query(START_NS + i, i & 0xffff, "q" + i + ".test"));
    }
    assertThat(seen(answer(START_NS + MS, 99_999 & 0xffff, "q99999.test")).dnsLatencyNs)
        .isPositive();

    for (int i = 0; i < 1_000; i++) {
      names.learn(0, 1, 0, i, "n" + i, START_NS + i, 60);
    }
    assertThat(names.of(0, 1, 0, 999, START_NS + 1_000)).containsExactly("n999");
    int kept = 0;
    for (int i = 0; i < 1_000; i++) {
      kept += names.of(0, 1, 0, i, START_NS + 1_000).size();
    }
    assertThat(kept).isLessThanOrEqualTo(64);
  }
}
