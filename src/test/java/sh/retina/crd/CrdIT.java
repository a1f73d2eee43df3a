package sh.retina.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sh.retina.kubernetes.ApiServer;

/**
 * The CRDs of the chart in a real API server: it takes what users of Retina have, and refuses what
 * is wrong with a sentence that says what to change.
 */
class CrdIT {
  private static final Path SAMPLES = Path.of("src/test/resources/crd");
  private static ApiServer server;
  private static KubernetesClient client;

  @BeforeAll
  static void installCrds() {
    server = ApiServer.shared();
    client = server.client();
    Crds.install(client);
  }

  @AfterAll
  static void close() {
    if (client != null) {
      client.close();
    }
  }

  static Stream<Path> accepted() throws IOException {
    return samples("accepted");
  }

  static Stream<Path> refused() throws IOException {
    return samples("refused");
  }

  private static Stream<Path> samples(String directory) throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES.resolve(directory))) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource
  void accepted(Path sample) throws IOException {
    GenericKubernetesResource object = read(sample);

    GenericKubernetesResource stored = client.resource(object).dryRun().create();

    // Nothing was pruned: the schema knows each field.
    assertContains(stored.getAdditionalProperties(), object.getAdditionalProperties());
  }

  @ParameterizedTest
  @MethodSource
  void refused(Path sample) throws IOException {
    String sentence = Files.readAllLines(sample).getFirst().substring(2);
    GenericKubernetesResource object = read(sample);

    assertThatExceptionOfType(KubernetesClientException.class)
        .isThrownBy(() -> client.resource(object).dryRun().create())
        .satisfies(refused -> assertThat(refused.getCode()).isEqualTo(422))
        .withMessageContaining(sentence);
  }

  @Test
  void shouldInstallWithKubectlAsItIsAndAgain() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(server.kubectl("apply", "--server-side", "-f", Crds.CHART.toString()))
          .contains("captures.retina.sh serverside-applied");
    }

    assertThat(server.kubectl("get", "ke", "-A", "-o", "wide")).isNotEmpty();
    assertThat(server.kubectl("explain", "capture.spec.captureConfiguration.captureOption"))
        .contains("pcapFilter", "Ends the capture after this time");
  }

  @Test
  void shouldReadBackWhatItWroteInAStatus() {
    MetricsConfiguration object = new MetricsConfiguration();
    object.getMetadata().setName("read-back");
    object.setSpec(
        new MetricsConfigurationSpec(
            List.of(
                new MetricsConfigurationSpec.ContextOption(
                    "forward_bytes", List.of("ip"), null, List.of("podlabel/app"), "5m", 100)),
            new MetricsConfigurationSpec.Namespaces(List.of("default"), null)));
    MetricsConfiguration stored = client.resource(object).create();
    try {
      Condition condition = new Condition();
      condition.setType("Accepted");
      condition.setStatus("True");
      condition.setReason("Accepted");
      condition.setMessage("");
      condition.setLastTransitionTime("2026-01-01T00:00:00Z");
      MetricsConfigurationStatus status =
          new MetricsConfigurationStatus(State.ACCEPTED, "", object.getSpec(), List.of(condition));
      stored.setStatus(status);

      client.resource(stored).patchStatus();

      MetricsConfiguration read =
          client.resources(MetricsConfiguration.class).withName("read-back").get();
      assertThat(read.getSpec()).isEqualTo(object.getSpec());
      assertThat(read.getStatus()).isEqualTo(status);
    } finally {
      client.resource(stored).delete();
    }
  }

  @Test
  void shouldCoverEachRuleByARefusedSample() throws IOException {
    List<String> sentences =
        refused()
            .map(sample -> {
              try {
                return Files.readAllLines(sample).getFirst().substring(2);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            })
            .toList();

    assertThat(CrdFiles.sentences())
        .isNotEmpty()
        .allSatisfy(rule ->
            assertThat(sentences).as("samples/refused that begin with # %s", rule).contains(rule));
  }

  private static void assertContains(@Nullable Object stored, Object written) {
    switch (written) {
      case Map<?, ?> map -> {
        assertThat(stored).isInstanceOf(Map.class);
        map.forEach((key, value) -> {
          if (stored instanceof Map<?, ?> found) {
            assertContains(found.get(key), value);
          }
        });
      }
      case List<?> list -> {
        assertThat(stored)
            .asInstanceOf(InstanceOfAssertFactories.LIST)
            .zipSatisfy(list, CrdIT::assertContains);
      }
      default -> assertThat(stored).isEqualTo(written);
    }
  }

  private static GenericKubernetesResource read(Path sample) throws IOException {
    HasMetadata object =
        Serialization.unmarshal(Files.readString(sample), GenericKubernetesResource.class);
    if (object.getKind().equals("Capture") || object.getKind().equals("RetinaEndpoint")) {
      object.getMetadata().setNamespace("default");
    }
    return (GenericKubernetesResource) object;
  }
}
