package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.event.Observation;
import sh.retina.identity.IdentityTable;

class NodeLabelsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          zone=west           | true
          pool in (a,b),!spot | true
          zone                | true
          zone=east           | false
          !pool               | false
          """)
  void shouldBeShownAndMatched(String selector, boolean matches) {
    Observation o = Observations.tcp();
    o.nodeLabels = List.of("pool=a", "zone=west");
    FlowFilter filter =
        FlowFilters.compile(
            List.of(sh.retina.flow.proto.FlowFilter.newBuilder().addNodeLabels(selector).build()),
            List.of(),
            Observations.NODE);

    assertThat(filter.matches(o)).isEqualTo(matches);
    assertThat(
            new FlowEncoder(Observations.NODE).encode(o, new IdentityTable()).getNodeLabelsList())
        .containsExactly("pool=a", "zone=west");
  }
}
