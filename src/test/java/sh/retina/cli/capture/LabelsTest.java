package sh.retina.cli.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelsTest {
  @Test
  void shouldReadSelectorsAsKubectlDoes() {
    LabelSelector selector =
        Labels.parse(
            "--x",
            "app=web, kubernetes.io/os==linux,tier!=db,zone in (a, b),env notin (test),gpu,!spot");

    assertThat(selector.getMatchLabels())
        .isEqualTo(Map.of("app", "web", "kubernetes.io/os", "linux"));
    assertThat(selector.getMatchExpressions())
        .containsExactly(
            new LabelSelectorRequirement("tier", "NotIn", List.of("db")),
            new LabelSelectorRequirement("zone", "In", List.of("a", "b")),
            new LabelSelectorRequirement("env", "NotIn", List.of("test")),
            new LabelSelectorRequirement("gpu", "Exists", List.of()),
            new LabelSelectorRequirement("spot", "DoesNotExist", List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a=b,", "=b", "a in b", "a=b c", "a;b"})
  void shouldRefuseWhatIsNone(String text) {
    assertThatThrownBy(() -> Labels.parse("--pod-selectors", text))
        .hasMessageContaining("--pod-selectors " + text)
        .hasMessageContaining("app=web");
  }
}
