package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import sh.retina.event.Observation;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.plugin.dns.DnsBytes;

class NameFiltersTest {
  @Test
  void shouldAskForNamesOfAddresses() {
    Observation o = Observations.tcp();
    o.destinationNames = List.of("a.shop.io", "b.io");

    for (String pattern : List.of("b.io", "B.IO.", "*.io", "*shop*", "*")) {
      assertThat(matches("{\"destination_fqdn\":[\"" + pattern + "\"]}", o)).as(pattern).isTrue();
      assertThat(matches("{\"source_fqdn\":[\"" + pattern + "\"]}", o)).as(pattern).isFalse();
    }
    for (String pattern : List.of("c.io", "io", "shop.io", "b.i")) {
      assertThat(matches("{\"destination_fqdn\":[\"" + pattern + "\"]}", o)).as(pattern).isFalse();
    }
  }

  @Test
  void shouldAskForTheNameInAQuery() {
    Observation o = Observations.dnsAnswer();

    assertThat(matches("{\"dns_query\":[\"^www\\\\.Example\"]}", o)).isFalse();
    assertThat(matches("{\"dns_query\":[\"^www\\\\.example\"]}", o)).isTrue();
    assertThat(matches("{\"dns_query\":[\"com\\\\.$\"]}", o)).isTrue();
    assertThat(matches("{\"dns_query\":[\"\"]}", Observations.tcp())).isFalse();
    assertThat(matches("{\"protocol\":[\"dns\"]}", o)).isTrue();
    assertThat(matches("{\"protocol\":[\"udp\"]}", o)).isTrue();
    assertThat(matches("{\"protocol\":[\"dns\"]}", Observations.udp())).isFalse();
    assertThat(matches("{\"event_type\":[{\"type\":129}]}", o)).isTrue();
  }

  @Test
  void shouldGiveUpOnAnExpressionThatNeverEnds() {
    Observation o = Observations.dns(DnsBytes.query(1, "a".repeat(40) + ".x", 1), true);

    assertThat(matches("{\"dns_query\":[\"^(a|aa)+$\"]}", o)).isFalse();
  }

  private static boolean matches(String json, Observation o) {
    try {
      FlowFilter.Builder filter = FlowFilter.newBuilder();
      JsonFormat.parser().merge(json, filter);
      return FlowFilters.compile(List.of(filter.build()), List.of(), Observations.NODE).matches(o);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(json, e);
    }
  }
}
