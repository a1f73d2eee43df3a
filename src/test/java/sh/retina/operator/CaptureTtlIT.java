package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import sh.retina.crd.Capture;
import sh.retina.crd.Crds;
import sh.retina.job.Nodes;
import sh.retina.kubernetes.ApiServer;

/** Captures that are over go by themselves, by a clock of the test's. */
class CaptureTtlIT {
  private static final Instant END = Instant.parse("2026-01-01T12:00:00Z");
  private static final String NAMESPACE = "capture-ttl";

  private static boolean look(KubernetesClient admin, Instant now) {
    CaptureOptions options =
        new Binder(new MapConfigurationPropertySource(Map.of("captures.ttl", "1h")))
            .bindOrCreate("captures", CaptureOptions.class);
    return new CaptureReconciler(admin, options, () -> now)
        .reconcile(
            new CaptureReconciler.Known(get(admin), List.of(), List.of(), _ -> Optional.empty()));
  }

  private static Capture get(KubernetesClient admin) {
    return admin.resources(Capture.class).inNamespace(NAMESPACE).withName("over").get();
  }

  @Test
  void shouldDeleteACaptureSoLongAfterItsEnd() {
    try (KubernetesClient admin = ApiServer.shared().client()) {
      Crds.install(admin);
      Nodes.namespace(admin, NAMESPACE, Map.of());
      Capture capture =
          Serialization.unmarshal(
              """
              apiVersion: retina.sh/v1alpha1
              kind: Capture
              metadata: {name: over, namespace: capture-ttl}
              spec:
                captureConfiguration: {captureTarget: {nodeSelector: {}}, captureOption: {duration: 1s}}
                outputConfiguration: {hostPath: retina}
              """,
              Capture.class);
      Capture made = admin.resource(capture).create();
      made.setStatus(CaptureJudge.of(made, List.of(), 0, END));
      admin.resource(made).updateStatus();

      assertThat(look(admin, END.plusSeconds(3_599))).isFalse();
      assertThat(get(admin)).isNotNull();
      assertThat(look(admin, END.plusSeconds(3_600))).isTrue();
      assertThat(get(admin)).isNull();
    }
  }
}
