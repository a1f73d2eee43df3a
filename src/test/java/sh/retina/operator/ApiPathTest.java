package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiPathTest {
  @ParameterizedTest
  @CsvSource({
    "/api/v1/pods, pods",
    "/api/v1/namespaces/demo/pods/web-1, pods",
    "/api/v1/namespaces/demo, namespaces",
    "/apis/retina.sh/v1alpha1/namespaces/demo/retinaendpoints/web-1, retinaendpoints",
    "/apis/retina.sh/v1alpha1/metricsconfigurations, metricsconfigurations",
    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x, leases",
    "/version, other",
  })
  void shouldNameTheResourceAndNoObject(String path, String resource) {
    assertThat(ApiPath.resource(path)).isEqualTo(resource);
  }
}
