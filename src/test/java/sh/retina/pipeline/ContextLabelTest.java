package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ContextLabelTest {
  @Test
  void shouldReadAChoiceInAnyCaseAndOrder() {
    assertThat(ContextLabel.parse("workload + Namespace+PODNAME"))
        .containsExactly(ContextLabel.NAMESPACE, ContextLabel.PODNAME, ContextLabel.WORKLOAD);
  }

  @Test
  void shouldNameTheChoicesWhenOneIsWrong() {
    assertThatThrownBy(() -> ContextLabel.parse("namespace+pod"))
        .hasMessage(
            "not a context label: 'pod'; choose among ip, namespace, podname, workload, service,"
                + " port, zone, node, joined by '+'");
  }
}
