package sh.retina.helm;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Kinds of the Prometheus operator and of cert-manager, without their schemas, so that an API
 * server keeps what the chart makes of them.
 */
final class OtherKinds {
  private static final String MONITORING = "monitoring.coreos.com";

  private OtherKinds() {}

  static void install(KubernetesClient client) {
    for (CustomResourceDefinition kind :
        List.of(
            kind(MONITORING, "PodMonitor", "v1"),
            kind(MONITORING, "ServiceMonitor", "v1"),
            kind(MONITORING, "PrometheusRule", "v1"),
            kind("cert-manager.io", "Certificate", "v1"))) {
      client.resource(kind).serverSideApply();
      client
          .resource(kind)
          .waitUntilCondition(
              found ->
                  found.getStatus() != null
                      && found.getStatus().getConditions() != null
                      && found.getStatus().getConditions().stream()
                          .anyMatch(condition ->
                              condition.getType().equals("Established")
                                  && condition.getStatus().equals("True")),
              60,
              TimeUnit.SECONDS);
    }
  }

  static void namespace(KubernetesClient client, String name) {
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .serverSideApply();
  }

  private static CustomResourceDefinition kind(String group, String kind, String version) {
    String plural = kind.toLowerCase(Locale.ROOT) + "s";
    return new CustomResourceDefinitionBuilder()
        .withNewMetadata()
        .withName(plural + "." + group)
        .endMetadata()
        .withNewSpec()
        .withGroup(group)
        .withScope("Namespaced")
        .withNewNames()
        .withKind(kind)
        .withPlural(plural)
        .withSingular(kind.toLowerCase(Locale.ROOT))
        .endNames()
        .addNewVersion()
        .withName(version)
        .withServed(true)
        .withStorage(true)
        .withNewSchema()
        .withNewOpenAPIV3Schema()
        .withType("object")
        .withXKubernetesPreserveUnknownFields(true)
        .endOpenAPIV3Schema()
        .endSchema()
        .endVersion()
        .endSpec()
        .build();
  }
}
