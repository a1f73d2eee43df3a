package sh.retina.crd;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The CRDs of the chart, for tests that need them in an API server. */
public final class Crds {
  static final Path CHART = Path.of("helm", "retina", "crds");

  private Crds() {}

  /** Returns when the API server serves them. */
  public static void install(KubernetesClient client) {
    try (var files = Files.list(CHART)) {
      for (Path file : files.toList()) {
        client
            .resource(
                Serialization.unmarshal(Files.readString(file), CustomResourceDefinition.class))
            .fieldManager("kubectl")
            .forceConflicts()
            .serverSideApply();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    client
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .resources()
        .filter(crd -> crd.get().getSpec().getGroup().equals("retina.sh"))
        .forEach(crd ->
            crd.waitUntilCondition(
                found ->
                    found != null
                        && found.getStatus() != null
                        && found.getStatus().getConditions() != null
                        && found.getStatus().getConditions().stream()
                            .anyMatch(condition ->
                                condition.getType().equals("Established")
                                    && condition.getStatus().equals("True")),
                60,
                TimeUnit.SECONDS));
  }
}
