package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/** What an agent learns of a real API server, and when it forgets. */
class KubernetesContextIT {
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final ApiServer server = ApiServer.shared();

  @Test
  void shouldJoinWhatAllObjectsSayOfAPod() {
    try (KubernetesClient client = server.client()) {
      ClusterObjects shop =
          new ClusterObjects(client, "kc-join").namespace(Map.of("team", "red"), Map.of());
      shop.node("kc-node-1", "zone-a", "192.0.2.11", "2001:db8::11");
      shop.node("kc-node-2", "zone-b", "192.0.2.12");
      Pod web = shop.pod("web-5d4f8c7b9-abcde", "web", "kc-node-1", false);
      shop.run("web-5d4f8c7b9-abcde", "10.77.0.1", "fd00:77::1");
      shop.pod("far-5d4f8c7b9-abcde", "far", "kc-node-2", false);
      shop.run("far-5d4f8c7b9-abcde", "10.77.0.2");
      String service = shop.service("front", "kc-node-1", "web-5d4f8c7b9-abcde");

      try (Follower local = follow("kc-node-1", KubernetesSettings.Pods.LOCAL).synced();
          Follower remote = follow("kc-node-1", KubernetesSettings.Pods.ALL).synced()) {
        for (Follower follower : new Follower[] {local, remote}) {
          for (String address : new String[] {"10.77.0.1", "fd00:77::1"}) {
            Endpoint owner = follower.owner(address);
            assertThat(owner.key())
                .isEqualTo("pod/kc-join/web-5d4f8c7b9-abcde@" + web.getMetadata().getUid());
            assertThat(owner.workloadKind() + "/" + owner.workloadName())
                .isEqualTo("Deployment/web");
            assertThat(owner.node()).isEqualTo("kc-node-1");
            assertThat(owner.zone()).isEqualTo("zone-a");
            assertThat(owner.labels()).containsExactly("app=web", "pod-template-hash=5d4f8c7b9");
            assertThat(owner.namespaceLabels()).containsExactly("team=red");
            assertThat(owner.services()).containsExactly("front");
          }
          assertThat(follower.owner(service).name()).isEqualTo("front");
          assertThat(follower.owner("2001:db8::11").name()).isEqualTo("kc-node-1");
          assertThat(follower.owner("203.0.113.77").name())
              .as("of an interface that the cluster does not know")
              .isEqualTo("kc-node-1");
          assertThat(follower.owner("198.51.100.200")).isSameAs(Endpoint.WORLD);
          assertThat(follower.apiServers).hasSize(1);
          String apiServer = follower.apiServers.getFirst();
          assertThat(follower.owner(apiServer.substring(0, apiServer.indexOf(':'))).kind())
              .isEqualTo(Endpoint.Kind.API_SERVER);
        }
        assertThat(local.owner("10.77.0.2")).isSameAs(Endpoint.WORLD);
        assertThat(remote.owner("10.77.0.2").workloadName()).isEqualTo("far");

        client
            .nodes()
            .withName("kc-node-2")
            .edit(node ->
                new NodeBuilder(node)
                    .editMetadata()
                    .addToLabels("topology.kubernetes.io/zone", "zone-c")
                    .endMetadata()
                    .build());
        shop.namespace(Map.of("team", "blue"), Map.of());
        remote.await("zone-c", () -> remote.owner("10.77.0.2").zone().equals("zone-c"));
        local.await(
            "team=blue", () -> local.owner("10.77.0.1").namespaceLabels().contains("team=blue"));
      }
    }
  }

  @Test
  void shouldNameADeletedPodForAWhileUnlessItsAddressIsReused() {
    try (KubernetesClient client = server.client();
        Follower follower = follow("kc-node-3", KubernetesSettings.Pods.LOCAL).synced()) {
      ClusterObjects shop = new ClusterObjects(client, "kc-reuse").namespace(Map.of(), Map.of());
      for (String pod : new String[] {"old", "kept", "done"}) {
        shop.pod(pod, pod, "kc-node-3", false);
      }
      shop.run("old", "10.78.0.1");
      shop.run("kept", "10.78.0.2");
      shop.run("done", "10.78.0.3");
      follower.awaitOwner("10.78.0.1", "old");
      follower.awaitOwner("10.78.0.2", "kept");
      follower.awaitOwner("10.78.0.3", "done");

      long deletedNs = System.nanoTime();
      shop.delete("old");
      shop.delete("kept");
      shop.status("done", "Succeeded", "10.78.0.3");
      shop.pod("young", "young", "kc-node-3", false);
      shop.run("young", "10.78.0.1");
      follower.awaitOwner("10.78.0.1", "young");
      follower.awaitOwner("10.78.0.3", "");
      follower.awaitOwner("10.78.0.2", "");

      assertThat(System.nanoTime() - deletedNs).isGreaterThan(GRACE.toNanos());
      assertThat(follower.owner("10.78.0.1").name()).isEqualTo("young");
    }
  }

  @Test
  void shouldTellPodsOfOneNameApart() {
    try (KubernetesClient client = server.client();
        Follower follower = follow("kc-node-4", KubernetesSettings.Pods.LOCAL).synced()) {
      ClusterObjects shop = new ClusterObjects(client, "kc-twice").namespace(Map.of(), Map.of());
      shop.pod("db-0", "db", "kc-node-4", false);
      shop.run("db-0", "10.79.0.1");
      follower.awaitOwner("10.79.0.1", "db-0");

      shop.delete("db-0");
      Pod second = shop.pod("db-0", "db", "kc-node-4", false);
      shop.run("db-0", "10.79.0.2");
      follower.awaitOwner("10.79.0.2", "db-0");

      assertThat(follower.owner("10.79.0.2").key()).endsWith(second.getMetadata().getUid());
      assertThat(follower.owner("10.79.0.1").key()).doesNotEndWith(second.getMetadata().getUid());
      follower.awaitOwner("10.79.0.1", "");
    }
  }

  @Test
  void shouldKeepAPodOfTheHostsNetworkAwayFromTheNodesAddress() {
    try (KubernetesClient client = server.client();
        Follower follower = follow("kc-node-5", KubernetesSettings.Pods.LOCAL).synced()) {
      ClusterObjects shop = new ClusterObjects(client, "kc-host").namespace(Map.of(), Map.of());
      shop.node("kc-node-5", "zone-a", "192.0.2.15");
      shop.pod("agent", "agent", "kc-node-5", true);
      shop.run("agent", "192.0.2.15");

      follower.await("the pod", () -> follower.count(Endpoint.Kind.POD) == 1);
      follower.awaitOwner("192.0.2.15", "kc-node-5");
    }
  }

  @Test
  void shouldSelectPodsByAnnotationsAsTheyComeAndGo() {
    try (KubernetesClient client = server.client();
        Follower follower = follow("kc-node-6", KubernetesSettings.Pods.LOCAL).synced()) {
      ClusterObjects shop = new ClusterObjects(client, "kc-select").namespace(Map.of(), Map.of());
      shop.pod("chosen", "chosen", "kc-node-6", false);
      shop.run("chosen", "10.81.0.1", "fd00:81::1");
      follower.awaitOwner("10.81.0.1", "chosen");
      assertThat(follower.selected).isEmpty();

      shop.namespace(Map.of(), Map.of("retina.sh", "observe"));
      follower.await(
          "both addresses",
          () ->
              follower.selected.equals(
                  Set.of(IpAddress.parse("10.81.0.1"), IpAddress.parse("fd00:81::1"))));
      shop.delete("chosen");
      follower.await("none", () -> follower.selected.isEmpty());
    }
  }

  private Follower follow(String node, KubernetesSettings.Pods pods) {
    return new Follower(server.kubeconfig(), node, pods, GRACE);
  }
}
