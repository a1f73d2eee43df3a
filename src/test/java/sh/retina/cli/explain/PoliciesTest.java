package sh.retina.cli.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Policies as people write them, by the rules of networking.k8s.io/v1. */
class PoliciesTest {
  private static final Policies.End WEB = end("shop", "web", "10.0.0.1");
  private static final Policies.End DB = end("shop", "db", "10.0.0.2");
  private static final Policies.End OTHER = end("lab", "web", "10.0.0.3");
  private static final Policies.End WORLD = new Policies.End(null, Set.of("192.0.2.7"));

  @Test
  void shouldLetAllPassWhereNoneSelects() {
    assertThat(judge("podSelector: {matchLabels: {app: mail}}", WEB, DB, 5432)).isEmpty();
  }

  @Test
  void shouldDenyByAnEmptyRule() {
    assertThat(judge("podSelector: {}", WEB, DB, 5432))
        .containsExactly(new Evidence.PolicyVerdict("Ingress", List.of("shop/p"), false));
  }

  @Test
  void shouldAllowByLabelsOfPodsAndNamespaces() {
    String sameNamespace =
        "podSelector: {matchLabels: {app: db}}\n"
            + "  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]";
    assertThat(isAllowed(sameNamespace, WEB, DB, 5432)).isTrue();
    assertThat(isAllowed(sameNamespace, OTHER, DB, 5432)).isFalse();
    assertThat(isAllowed(sameNamespace, WORLD, DB, 5432)).isFalse();

    String anyNamespace =
        "podSelector: {}\n"
            + "  ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: In,"
            + " values: [lab]}]}}]}]";
    assertThat(isAllowed(anyNamespace, OTHER, DB, 5432)).isTrue();
    assertThat(isAllowed(anyNamespace, WEB, DB, 5432)).isFalse();
  }

  @Test
  void shouldAllowByPortRangeNameAndProtocol() {
    String ports =
        "podSelector: {}\n"
            + "  ingress: [{ports: [{port: 8000, endPort: 8010}, {port: sql}, {protocol: UDP, port: 53}]}]";
    assertThat(isAllowed(ports, WEB, DB, 8010)).isTrue();
    assertThat(isAllowed(ports, WEB, DB, 8011)).isFalse();
    assertThat(isAllowed(ports, WEB, DB, 5432)).as("sql").isTrue();
    assertThat(isAllowed(ports, WEB, DB, 53)).as("TCP").isFalse();
  }

  @Test
  void shouldAllowByAddressesLessExceptions() {
    String block =
        "podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.8/32]}}]}]";
    assertThat(isAllowed(block, WORLD, DB, 1)).isTrue();
    assertThat(isAllowed(block, new Policies.End(null, Set.of("192.0.2.8")), DB, 1)).isFalse();
    assertThat(isAllowed(block, new Policies.End(null, Set.of("fd00::1")), DB, 1)).isFalse();
  }

  @Test
  void shouldJudgeTheSourceByEgress() {
    String egress =
        "podSelector: {matchLabels: {app: web}}\n  policyTypes: [Egress]\n"
            + "  egress: [{to: [{podSelector: {matchLabels: {app: mail}}}]}]";
    assertThat(judge(egress, WEB, DB, 5432))
        .containsExactly(new Evidence.PolicyVerdict("Egress", List.of("shop/p"), false));
  }

  private static boolean isAllowed(String spec, Policies.End from, Policies.End to, int port) {
    List<Evidence.PolicyVerdict> verdicts = judge(spec, from, to, port);
    assertThat(verdicts).isNotEmpty();
    return verdicts.stream().allMatch(Evidence.PolicyVerdict::isAllowed);
  }

  private static List<Evidence.PolicyVerdict> judge(
      String spec, Policies.End from, Policies.End to, int port) {
    NetworkPolicy policy =
        Serialization.unmarshal(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
                + "metadata: {name: p, namespace: shop}\nspec:\n  "
                + spec,
            NetworkPolicy.class);
    return new Policies(
            List.of(policy), Map.of("shop", Map.of("team", "red"), "lab", Map.of("team", "lab")))
        .judge(from, to, port, "tcp");
  }

  private static Policies.End end(String namespace, String app, String address) {
    Pod pod =
        Serialization.unmarshal(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: "
                + namespace
                + ", labels: {app: "
                + app
                + "}}\nspec: {containers: [{name: main, ports: [{name: sql, containerPort: 5432}]}]}",
            Pod.class);
    return new Policies.End(pod, Set.of(address));
  }
}
