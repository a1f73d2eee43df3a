package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Capture;
import sh.retina.crd.Crds;
import sh.retina.helm.Helm;
import sh.retina.helm.Rendered;
import sh.retina.job.Nodes;
import sh.retina.kubernetes.ApiServer;

/** The policy of the chart: who names a Secret in a Capture must be allowed to read it. */
class CapturePolicyIT {
  private static final String NAMESPACE = "policy";
  private static final String RIGHTS =
      """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: {name: policy-captures}
      rules: [{apiGroups: [retina.sh], resources: [captures], verbs: ["*"]}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: {name: policy-captures}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: policy-captures}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: captors}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata: {name: policy-keys, namespace: policy}
      rules: [{apiGroups: [""], resources: [secrets], resourceNames: [keys], verbs: [get]}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: policy-keys, namespace: policy}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: policy-keys}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: holder}]
      """;

  @TempDir private Path directory;

  @Test
  void shouldLetThoseNameASecretWhoMayReadIt() {
    Helm helm = Helm.find();
    try (ApiServer server = ApiServer.start(directory.resolve("server"));
        KubernetesClient admin = server.client();
        KubernetesClient holder = user(server, "holder");
        KubernetesClient other = user(server, "other")) {
      Crds.install(admin);
      Nodes.namespace(admin, NAMESPACE, Map.of());
      for (HasMetadata object :
          admin.load(new ByteArrayInputStream(RIGHTS.getBytes(StandardCharsets.UTF_8))).items()) {
        admin.resource(object).create();
      }
      Rendered.of(helm).objects().stream()
          .filter(object -> object.getKind().startsWith("ValidatingAdmissionPolicy"))
          .forEach(object -> admin.resource(object).create());
      // The API server takes a while to follow a policy.
      eventually(() ->
          assertThatExceptionOfType(KubernetesClientException.class)
              .isThrownBy(() -> other.resource(capture("early", "keys", "")).create()));

      refused(other, capture("a", "keys", ""), "must be allowed to get it in namespace policy");
      refused(holder, capture("b", "others", ""), "who names Secret others");
      assertThat(holder.resource(capture("c", "keys", "")).create()).isNotNull();
      assertThat(other.resource(capture("d", "", "")).create()).isNotNull();

      refused(other, capture("e", "", "retina.sh/creator: holder"), "are those of who writes them");
      refused(
          other,
          capture("f", "", "retina.sh/creator: other, retina.sh/creator-groups: 'system:masters'"),
          "are those of who writes them");
      String own = "retina.sh/creator: other, retina.sh/creator-groups: captors";
      Capture made = other.resource(capture("g", "", own)).create();

      // Whoever may change a Capture may change it, but not whose it is, nor to another's Secret.
      made.getMetadata().setLabels(Map.of("seen", "yes"));
      assertThat(holder.resource(made).update().getMetadata().getLabels()).containsKey("seen");
      Capture stolen = holder.resources(Capture.class).inNamespace(NAMESPACE).withName("c").get();
      stolen.setSpec(capture("c", "others", "").getSpec());
      assertThatExceptionOfType(KubernetesClientException.class)
          .isThrownBy(() -> other.resource(stolen).update())
          .withMessageContaining("who names Secret others");
    }
  }

  private static void refused(KubernetesClient user, Capture capture, String words) {
    assertThatExceptionOfType(KubernetesClientException.class)
        .isThrownBy(() -> user.resource(capture).create())
        .withMessageContaining(words);
  }

  private static KubernetesClient user(ApiServer server, String name) {
    return server.client(server.kubeconfigWithCertificate(name, "captors", Duration.ofHours(1)));
  }

  private static Capture capture(String name, String secret, String annotations) {
    return Serialization.unmarshal(
        """
        apiVersion: retina.sh/v1alpha1
        kind: Capture
        metadata: {name: %s, namespace: policy, annotations: {%s}}
        spec:
          captureConfiguration: {captureTarget: {nodeSelector: {}}, captureOption: {duration: 1s}}
          outputConfiguration: {hostPath: retina%s}
        """
            .formatted(name, annotations, secret.isEmpty() ? "" : ", blobUpload: " + secret),
        Capture.class);
  }
}
