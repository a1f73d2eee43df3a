package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Capture;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.job.JobRunner;
import sh.retina.job.Nodes;

/**
 * The operator does its work with the rights of the chart, and uses each of them: what it may do is
 * compared with what the API server's audit log says that it did.
 */
class RbacIT {
  private static final String NAMESPACE = OperatorCluster.NAMESPACE;

  @Test
  void shouldHaveTheRightsThatItUsesAndNoOthers(@TempDir Path directory) throws Exception {
    try (OperatorCluster cluster = OperatorCluster.start(directory, "--audit")) {
      KubernetesClient admin = cluster.client();
      DemoPods pods = new DemoPods(admin, NAMESPACE);
      try (RunningOperator operator =
          cluster.operator(
              "--retina.operator.captures.image=registry.test/retina:1",
              "--retina.operator.captures.interval=1s")) {
        work(admin, pods);
        captures(admin);
        eventually(() ->
            assertThat(operator.metrics())
                .contains("retina_operator_captures{namespace=\"retina\",state=\"failed\"} 1.0"));
      }

      cluster.rights().assertAllUsedAndNoOther(cluster.server().auditLog());
    }
  }

  /** Each thing that an operator does, once. */
  private static void work(KubernetesClient admin, DemoPods pods) {
    for (String sample : List.of("metricsconfiguration-include", "tracesconfiguration")) {
      HasMetadata object =
          admin
              .load(RbacIT.class.getResourceAsStream("/crd/accepted/" + sample + ".yaml"))
              .items()
              .getFirst();
      admin.resource(object).create();
    }
    pods.start("web", "10.9.0.1");
    eventually(() -> assertThat(ip(admin)).isEqualTo("10.9.0.1"));
    pods.run("web", "10.9.0.2");
    eventually(() -> assertThat(ip(admin)).isEqualTo("10.9.0.2"));
    pods.delete("web");
    eventually(() -> assertThat(ip(admin)).isEmpty());
    for (String kind : List.of("metricsconfigurations", "tracesconfigurations")) {
      eventually(() ->
          assertThat(
                  admin
                      .genericKubernetesResources("retina.sh/v1alpha1", kind(kind))
                      .inAnyNamespace()
                      .list()
                      .getItems())
              .allSatisfy(one -> assertThat(one.getAdditionalProperties()).containsKey("status")));
    }
  }

  private static String kind(String plural) {
    return plural.equals("tracesconfigurations") ? "TracesConfiguration" : "MetricsConfiguration";
  }

  /** By the clock, of nodes and of pods, to a claim, with a Secret that is not there. */
  private static void captures(KubernetesClient admin) {
    Nodes.create(admin, "n1", "pool", "a");
    Nodes.pod(admin, NAMESPACE, "db", Map.of("app", "db"), "n1", "10.9.1.1");
    String all =
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: claim}
        spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}
        ---
        apiVersion: retina.sh/v1alpha1
        kind: Capture
        metadata: {name: named, annotations: {retina.sh/creator: admin, retina.sh/creator-groups: "system:masters"}}
        spec:
          captureConfiguration: {captureTarget: {podNames: [db]}, captureOption: {duration: 1s}}
          outputConfiguration: {blobUpload: nosuch}
        ---
        apiVersion: retina.sh/v1alpha1
        kind: Capture
        metadata: {name: named-too}
        spec:
          captureConfiguration: {captureTarget: {podNames: [db]}, captureOption: {duration: 1s}}
          outputConfiguration: {hostPath: retina}
        ---
        apiVersion: retina.sh/v1alpha1
        kind: Capture
        metadata: {name: labelled}
        spec:
          captureConfiguration:
            captureTarget: {podSelector: {matchLabels: {app: db}}, namespaceSelector: {}}
            captureOption: {duration: 1s}
          outputConfiguration: {persistentVolumeClaim: claim}
        ---
        apiVersion: retina.sh/v1alpha1
        kind: Capture
        metadata: {name: clock}
        spec:
          schedule: '* * * * *'
          successfulHistoryLimit: 0
          captureConfiguration: {captureTarget: {nodeSelector: {}}, captureOption: {duration: 1s}}
          outputConfiguration: {hostPath: retina}
        """;
    for (HasMetadata object :
        admin.load(new ByteArrayInputStream(all.getBytes(StandardCharsets.UTF_8))).items()) {
      object.getMetadata().setNamespace(NAMESPACE);
      admin.resource(object).create();
    }
    missARun(admin, "clock");
    eventually(() -> assertThat(jobs(admin, "clock-")).hasSize(1));
    eventually(() -> assertThat(jobs(admin, "named-too")).hasSize(1));
    eventually(() -> assertThat(jobs(admin, "labelled")).hasSize(1));
    for (Job job : jobs(admin, "")) {
      JobRunner.end(admin, job, true);
    }
    // What is over and too much is deleted, with its Jobs.
    eventually(() -> assertThat(jobs(admin, "clock-")).isEmpty());
  }

  /** As if no operator had been there for two minutes, so that nobody waits for the next one. */
  private static void missARun(KubernetesClient admin, String schedule) {
    String before = Instant.now().minusSeconds(120).truncatedTo(ChronoUnit.SECONDS).toString();
    admin
        .resources(Capture.class)
        .inNamespace(NAMESPACE)
        .withName(schedule)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"status\": {\"startTime\": \"" + before + "\"}}");
  }

  private static List<Job> jobs(KubernetesClient admin, String start) {
    return admin.batch().v1().jobs().inNamespace(NAMESPACE).list().getItems().stream()
        .filter(job -> job.getMetadata().getName().startsWith(start))
        .toList();
  }

  private static String ip(KubernetesClient admin) {
    RetinaEndpoint endpoint =
        admin.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).withName("web").get();
    return endpoint == null ? "" : String.valueOf(endpoint.getSpec().podIP());
  }
}
