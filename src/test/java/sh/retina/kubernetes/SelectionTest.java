package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.event.Endpoint;

class SelectionTest {
  private static final ClusterObject.Metrics SHOP =
      new ClusterObject.Metrics("include", true, List.of("shop"), List.of(), List.of());
  private static final ClusterObject.Metrics NOT_SYSTEM =
      new ClusterObject.Metrics(
          "exclude", true, List.of(), List.of("kube-system", "shop"), List.of());
  private static final ClusterObject.Metrics REFUSED =
      new ClusterObject.Metrics("refused", false, List.of("shop"), List.of(), List.of());

  @Test
  void shouldCoverAllWhenNobodyAsks() {
    assertThat(new Selection(false, List.of()).covers(pod("shop", false), null)).isTrue();
    assertThat(new Selection(false, List.of(REFUSED)).covers(pod("any", false), null)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, false",
    "true, false, true",
    "false, true, true",
  })
  void shouldCoverWhatIsAnnotatedOrWhoseNamespaceIs(
      boolean ofPod, boolean ofNamespace, boolean isCovered) {
    assertThat(
            new Selection(true, List.of())
                .covers(
                    pod("shop", ofPod),
                    new ClusterObject.Namespace("shop", List.of(), ofNamespace)))
        .isEqualTo(isCovered);
  }

  @ParameterizedTest
  @CsvSource({"shop, true", "web, true", "kube-system, false"})
  void shouldCoverWhatAnyConfigurationAsksFor(String namespace, boolean isCovered) {
    assertThat(
            new Selection(false, List.of(SHOP, NOT_SYSTEM, REFUSED))
                .covers(pod(namespace, true), null))
        .isEqualTo(isCovered);
  }

  @Test
  void shouldTakeAnnotationsAndConfigurationsTogether() {
    Selection both = new Selection(true, List.of(SHOP));

    assertThat(both.covers(pod("shop", false), null)).isTrue();
    assertThat(both.covers(pod("web", true), null)).isTrue();
    assertThat(both.covers(pod("web", false), null)).isFalse();
  }

  private static ClusterObject.Pod pod(String namespace, boolean isObserved) {
    return new ClusterObject.Pod(
        new Endpoint(
            Endpoint.Kind.POD, namespace, "p", "", "", "", "", List.of(), List.of(), List.of()),
        "",
        isObserved,
        false);
  }
}
