package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sh.retina.event.Observation;
import sh.retina.plugin.dns.DnsBytes;

class NameFiltersTest {
  @Test
  void shouldAskForNamesOfAddresses() {
    Observation o = Observations.tcp();
    o.destinationNames = List.of("a.shop.io", "b.io");

    for (String pattern : List.of("b.io", "B.IO.", "*.io", "*shop*", "*")) {
      assertThat(FilterQuestion.matches("{\"destination_fqdn\":[\"" + pattern + "\"]}", o))
          .as(pattern)
          .isTrue();
      assertThat(FilterQuestion.matches("{\"source_fqdn\":[\"" + pattern + "\"]}", o))
          .as(pattern)
          .isFalse();
    }
    for (String pattern : List.of("c.io", "io", "shop.io", "b.i")) {
      assertThat(FilterQuestion.matches("{\"destination_fqdn\":[\"" + pattern + "\"]}", o))
          .as(pattern)
          .isFalse();
    }
  }

  @Test
  void shouldAskForTheNameInAQuery() {
    Observation o = Observations.dnsAnswer();

    assertThat(FilterQuestion.matches("{\"dns_query\":[\"^www\\\\.Example\"]}", o)).isFalse();
    assertThat(FilterQuestion.matches("{\"dns_query\":[\"^www\\\\.example\"]}", o)).isTrue();
    assertThat(FilterQuestion.matches("{\"dns_query\":[\"com\\\\.$\"]}", o)).isTrue();
    assertThat(FilterQuestion.matches("{\"dns_query\":[\"\"]}", Observations.tcp())).isFalse();
    assertThat(FilterQuestion.matches("{\"protocol\":[\"dns\"]}", o)).isTrue();
    assertThat(FilterQuestion.matches("{\"protocol\":[\"udp\"]}", o)).isTrue();
    assertThat(FilterQuestion.matches("{\"protocol\":[\"dns\"]}", Observations.udp())).isFalse();
    assertThat(FilterQuestion.matches("{\"event_type\":[{\"type\":129}]}", o)).isTrue();
  }

  @Test
  void shouldGiveUpOnAnExpressionThatNeverEnds() {
    Observation o = Observations.dns(DnsBytes.query(1, "a".repeat(40) + ".x", 1), true);

    assertThat(FilterQuestion.matches("{\"dns_query\":[\"^(a|aa)+$\"]}", o)).isFalse();
  }
}
