package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import sh.retina.crd.Crds;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.kubernetes.ApiServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The operator does its work with the rights of the chart, and uses each of them: what it may do is
 * compared with what the API server's audit log says that it did.
 */
class RbacIT {
  private static final Path RIGHTS = Path.of("helm/retina/rbac/operator.yaml");
  private static final String NAMESPACE = "retina";
  private static final String ACCOUNT = "retina-operator";

  @Test
  void shouldHaveTheRightsThatItUsesAndNoOthers(@TempDir Path directory) throws Exception {
    try (ApiServer server = ApiServer.start(directory, "--audit");
        KubernetesClient admin = server.client()) {
      Crds.install(admin);
      DemoPods pods = new DemoPods(admin, NAMESPACE);
      String token = server.token(NAMESPACE, ACCOUNT, Duration.ofHours(1));
      Set<String> granted = grant(admin);

      try (ConfigurableApplicationContext operator = start(server, token)) {
        assertThat(operator.isRunning()).isTrue();
        work(admin, pods);
        PrometheusMeterRegistry meters = operator.getBean(PrometheusMeterRegistry.class);
        eventually(() ->
            assertThat(meters.scrape())
                .contains("retina_operator_captures{namespace=\"retina\",state=\"failed\"} 1.0"));
      }

      Set<String> used = new TreeSet<>();
      Set<String> refused = new TreeSet<>();
      read(server.auditLog(), used, refused);
      assertThat(refused).as("refused").isEmpty();
      assertThat(used).as("used").isEqualTo(granted);
    }
  }

  /** Each thing that an operator does, once. */
  private static void work(KubernetesClient admin, DemoPods pods) {
    for (String sample :
        List.of("metricsconfiguration-include", "tracesconfiguration", "capture-rotating")) {
      HasMetadata object =
          admin
              .load(RbacIT.class.getResourceAsStream("/crd/accepted/" + sample + ".yaml"))
              .items()
              .getFirst();
      if (sample.startsWith("capture")) {
        object.getMetadata().setNamespace(NAMESPACE);
      }
      admin.resource(object).create();
    }
    pods.start("web", "10.9.0.1");
    eventually(() -> assertThat(ip(admin)).isEqualTo("10.9.0.1"));
    pods.run("web", "10.9.0.2");
    eventually(() -> assertThat(ip(admin)).isEqualTo("10.9.0.2"));
    pods.delete("web");
    eventually(() -> assertThat(ip(admin)).isEmpty());
    for (String kind : List.of("metricsconfigurations", "tracesconfigurations", "captures")) {
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
    return switch (plural) {
      case "captures" -> "Capture";
      case "tracesconfigurations" -> "TracesConfiguration";
      default -> "MetricsConfiguration";
    };
  }

  private static String ip(KubernetesClient admin) {
    RetinaEndpoint endpoint =
        admin.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).withName("web").get();
    return endpoint == null ? "" : String.valueOf(endpoint.getSpec().podIP());
  }

  private static ConfigurableApplicationContext start(ApiServer server, String token) {
    SpringApplication application = new SpringApplication(OperatorConfiguration.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setAdditionalProfiles("operator");
    return application.run(
        "--retina.operator.port=0",
        "--retina.operator.lease-duration=6s",
        "--spring.cloud.kubernetes.client.master-url=" + server.url(),
        "--spring.cloud.kubernetes.client.ca-cert-file=" + server.authority(),
        "--spring.cloud.kubernetes.client.oauth-token=" + token,
        "--spring.cloud.kubernetes.client.namespace=" + NAMESPACE);
  }

  /** Binds what the chart grants to the account; what it grants, as {@code GROUP/RESOURCE VERB}. */
  private static Set<String> grant(KubernetesClient admin) throws IOException {
    Set<String> granted = new TreeSet<>();
    for (HasMetadata object : admin.load(Files.newInputStream(RIGHTS)).items()) {
      admin.resource(object).create();
      switch (object) {
        case ClusterRole role -> {
          role.getRules().forEach(rule -> collect(rule, granted));
          admin
              .resource(
                  new ClusterRoleBindingBuilder()
                      .withNewMetadata()
                      .withName(ACCOUNT)
                      .endMetadata()
                      .withNewRoleRef()
                      .withApiGroup("rbac.authorization.k8s.io")
                      .withKind("ClusterRole")
                      .withName(role.getMetadata().getName())
                      .endRoleRef()
                      .addNewSubject()
                      .withKind("ServiceAccount")
                      .withName(ACCOUNT)
                      .withNamespace(NAMESPACE)
                      .endSubject()
                      .build())
              .create();
        }
        case Role role -> {
          role.getRules().forEach(rule -> collect(rule, granted));
          admin
              .resource(
                  new RoleBindingBuilder()
                      .withNewMetadata()
                      .withName(ACCOUNT)
                      .withNamespace(NAMESPACE)
                      .endMetadata()
                      .withNewRoleRef()
                      .withApiGroup("rbac.authorization.k8s.io")
                      .withKind("Role")
                      .withName(role.getMetadata().getName())
                      .endRoleRef()
                      .addNewSubject()
                      .withKind("ServiceAccount")
                      .withName(ACCOUNT)
                      .withNamespace(NAMESPACE)
                      .endSubject()
                      .build())
              .create();
        }
        default -> throw new AssertionError("neither ClusterRole nor Role: " + object.getKind());
      }
    }
    return granted;
  }

  private static void collect(PolicyRule rule, Set<String> granted) {
    for (String group : rule.getApiGroups()) {
      for (String resource : rule.getResources()) {
        rule.getVerbs().forEach(verb -> granted.add(group + "/" + resource + " " + verb));
      }
    }
  }

  private static void read(Path log, Set<String> used, Set<String> refused) throws IOException {
    for (String line : Files.readAllLines(log)) {
      JsonNode event = JsonMapper.shared().readTree(line);
      JsonNode object = event.path("objectRef");
      if (!event.path("user").path("username").asString("").endsWith(":" + ACCOUNT)
          || object.path("resource").isMissingNode()) {
        continue;
      }
      String sub = object.path("subresource").asString("");
      String right =
          object.path("apiGroup").asString("")
              + "/"
              + object.path("resource").asString("")
              + (sub.isEmpty() ? "" : "/" + sub)
              + " "
              + event.path("verb").asString("");
      used.add(right);
      if (event.path("responseStatus").path("code").asInt(0) == 403) {
        refused.add(right);
      }
    }
  }
}
