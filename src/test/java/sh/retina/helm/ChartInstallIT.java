package sh.retina.helm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.APIGroup;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.kubernetes.ApiServer;

/** A release in a real API server, from the install to the uninstall. */
class ChartInstallIT {
  private static final String NAMESPACE = "observability";

  /** What the API server makes by itself, or is no object of anybody. */
  private static final Set<String> ITS_OWN =
      Set.of("Lease", "Event", "ComponentStatus", "APIService");

  @TempDir private Path directory;

  private record Release(Helm helm, ApiServer server) {
    String run(String... words) {
      List<String> all = new ArrayList<>(List.of(words));
      all.addAll(List.of("--kubeconfig", server.kubeconfig().toString(), "--namespace", NAMESPACE));
      return helm.run(all.toArray(String[]::new)).orFail();
    }
  }

  @Test
  void shouldInstallUpgradeAndUninstallLeavingNothing() throws Exception {
    Helm helm = Helm.find();
    try (ApiServer server = ApiServer.start(directory);
        KubernetesClient client = server.client()) {
      OtherKinds.install(client);
      OtherKinds.namespace(client, NAMESPACE);
      Release release = new Release(helm, server);
      String chart = Helm.CHART.toString();
      String everything = Rendered.SAMPLES.resolve("accepted/everything-on.yaml").toString();
      Set<String> before = objects(client);

      release.run("install", "retina", chart, "--values", everything);

      for (HasMetadata object :
          Rendered.of(helm, "--values", everything, "--namespace", NAMESPACE).objects()) {
        assertThat(client.resource(object).get()).as(name(object)).isNotNull();
      }
      assertThat(client.apiextensions().v1().customResourceDefinitions().list().getItems())
          .filteredOn(crd -> crd.getSpec().getGroup().equals("retina.sh"))
          .hasSize(4);
      Secret made = secret(client, "retina-hubble-server");
      assertSigned(made, "*.east-one.hubble-grpc.cilium.io");
      assertSigned(secret(client, "retina-hubble-client"), "*.hubble-relay.cilium.io");
      String checksum = checksum(client);

      release.run(
          "upgrade", "retina", chart, "--values", everything, "--set", "dataSamplingRate=4");

      assertThat(secret(client, "retina-hubble-server").getData()).isEqualTo(made.getData());
      assertThat(checksum(client)).isNotEqualTo(checksum);

      release.run("upgrade", "retina", chart, "--reset-values");

      // Nothing is left of what is off now; beside it Helm's own notes and what Services are given.
      Set<String> now = objects(client);
      now.removeAll(before);
      now.removeIf(name ->
          name.matches("CustomResourceDefinition .*|IPAddress .*|Secret .*/sh\\.helm\\..*"));
      Set<String> defaults = new TreeSet<>();
      Rendered.of(helm, "--namespace", NAMESPACE).objects().forEach(one -> defaults.add(name(one)));
      assertThat(now).isEqualTo(defaults);

      release.run("rollback", "retina", "1");
      assertThat(secret(client, "retina-hubble-server").getData()).isEqualTo(made.getData());

      release.run("uninstall", "retina");

      Set<String> left = objects(client);
      left.removeAll(before);
      // Helm never deletes these, as objects of users would go with them.
      assertThat(left)
          .hasSize(4)
          .allSatisfy(
              name -> assertThat(name).matches("CustomResourceDefinition .*\\.retina\\.sh"));
    }
  }

  private static Secret secret(KubernetesClient client, String name) {
    Secret secret = client.secrets().inNamespace(NAMESPACE).withName(name).get();
    assertThat(secret).as(name).isNotNull();
    return secret;
  }

  private static String checksum(KubernetesClient client) {
    return client
        .apps()
        .daemonSets()
        .inNamespace(NAMESPACE)
        .withName("retina-agent")
        .get()
        .getSpec()
        .getTemplate()
        .getMetadata()
        .getAnnotations()
        .get("checksum/config");
  }

  private static void assertSigned(Secret secret, String name) throws Exception {
    X509Certificate certificate = certificate(secret, "tls.crt");
    certificate.verify(certificate(secret, "ca.crt").getPublicKey());
    certificate.checkValidity();
    assertThat(certificate.getSubjectAlternativeNames())
        .extracting(one -> (Object) one.get(1))
        .containsExactly(name);
  }

  private static X509Certificate certificate(Secret secret, String key) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(Base64.getDecoder().decode(secret.getData().get(key))));
  }

  /** Everything that the API server has, of every kind that can be listed. */
  private static Set<String> objects(KubernetesClient client) {
    Set<String> names = new TreeSet<>();
    List<String> versions = new ArrayList<>(List.of("v1"));
    for (APIGroup group : client.getApiGroups().getGroups()) {
      versions.add(group.getPreferredVersion().getGroupVersion());
    }
    for (String version : versions) {
      for (APIResource resource : client.getApiResources(version).getResources()) {
        if (resource.getVerbs().contains("list")
            && !resource.getName().contains("/")
            && !ITS_OWN.contains(resource.getKind())) {
          client
              .genericKubernetesResources(version, resource.getKind())
              .inAnyNamespace()
              .list()
              .getItems()
              .forEach(object -> names.add(name(object)));
        }
      }
    }
    return names;
  }

  private static String name(HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    return object.getKind()
        + " "
        + (namespace == null ? "" : namespace + "/")
        + object.getMetadata().getName();
  }
}
