package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a manifest allows an account, and what that does with it by the API server's audit log.
 *
 * @param account name of the service account
 * @param granted {@code GROUP/RESOURCE VERB}
 */
public record Rights(String account, Set<String> granted) {
  /** Creates the roles of a manifest and binds them to the account. */
  public static Rights grant(
      KubernetesClient admin, Path manifest, String namespace, String account) throws IOException {
    return new Rights(account, Set.of()).and(admin, manifest, namespace);
  }

  /** Those of another manifest as well. */
  public Rights and(KubernetesClient admin, Path manifest, String namespace) throws IOException {
    Set<String> granted = new TreeSet<>(this.granted);
    for (HasMetadata object : admin.load(Files.newInputStream(manifest)).items()) {
      admin.resource(object).create();
      String name = object.getMetadata().getName();
      switch (object) {
        case ClusterRole role -> {
          collect(role.getRules(), granted);
          admin.resource(clusterBinding(name, namespace, account)).create();
        }
        case Role role -> {
          collect(role.getRules(), granted);
          admin.resource(binding(name, namespace, account)).create();
        }
        default -> throw new AssertionError("neither ClusterRole nor Role: " + object.getKind());
      }
    }
    return new Rights(account, granted);
  }

  /** Fails by an action that was refused, and by a right that nothing used. */
  public void assertAllUsedAndNoOther(Path auditLog) throws IOException {
    Set<String> used = new TreeSet<>();
    Set<String> refused = new TreeSet<>();
    read(auditLog, used, refused);
    assertThat(refused).as("refused").isEmpty();
    assertThat(used).as("used").isEqualTo(granted);
  }

  private static HasMetadata clusterBinding(String role, String namespace, String account) {
    return new ClusterRoleBindingBuilder()
        .withNewMetadata()
        .withName(account + "-" + role)
        .endMetadata()
        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", role)
        .addNewSubject("", "ServiceAccount", account, namespace)
        .build();
  }

  private static HasMetadata binding(String role, String namespace, String account) {
    return new RoleBindingBuilder()
        .withNewMetadata()
        .withName(account)
        .withNamespace(namespace)
        .endMetadata()
        .withNewRoleRef("rbac.authorization.k8s.io", "Role", role)
        .addNewSubject("", "ServiceAccount", account, namespace)
        .build();
  }

  private static void collect(List<PolicyRule> rules, Set<String> granted) {
    for (PolicyRule rule : rules) {
      for (String group : rule.getApiGroups()) {
        for (String resource : rule.getResources()) {
          rule.getVerbs().forEach(verb -> granted.add(group + "/" + resource + " " + verb));
        }
      }
    }
  }

  private void read(Path log, Set<String> used, Set<String> refused) throws IOException {
    for (String line : Files.readAllLines(log)) {
      JsonNode event = JsonMapper.shared().readTree(line);
      JsonNode object = event.path("objectRef");
      if (!event.path("user").path("username").asString("").endsWith(":" + account)
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
