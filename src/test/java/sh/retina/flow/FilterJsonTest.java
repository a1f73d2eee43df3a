package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.Verdict;

class FilterJsonTest {
  private static final FlowFilter DROPPED =
      FlowFilter.newBuilder().addVerdict(Verdict.DROPPED).build();

  @Test
  void shouldReadFiltersOneAfterTheOther() {
    assertThat(FilterJson.parse("{\"verdict\":[\"DROPPED\"]} {\"source_pod\":[\"a/\"]}\n{}"))
        .containsExactly(
            DROPPED,
            FlowFilter.newBuilder().addSourcePod("a/").build(),
            FlowFilter.getDefaultInstance());
    assertThat(FilterJson.parse("")).isEmpty();
    assertThatThrownBy(() -> FilterJson.parse("{},{}"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldReadWhatYamlHas() {
    assertThat(FilterJson.list(List.of(Map.of("verdict", List.of("DROPPED"))), "includeFilters"))
        .containsExactly(DROPPED);
    assertThat(FilterJson.list(null, "includeFilters")).isEmpty();
    assertThatThrownBy(() -> FilterJson.list("DROPPED", "includeFilters"))
        .hasMessage("includeFilters: not a list");
    assertThatThrownBy(() -> FilterJson.list(List.of(Map.of("color", "red")), "includeFilters"))
        .hasMessageContaining("color");
  }
}
