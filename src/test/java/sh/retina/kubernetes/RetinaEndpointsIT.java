package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.event.Endpoint;
import sh.retina.operator.OperatorCluster;

/**
 * What an agent knows of pods of other nodes by the RetinaEndpoints that the operator writes, on a
 * real API server.
 */
class RetinaEndpointsIT {
  private static final String HERE = "re-node-1";
  private static final String THERE = "re-node-2";
  private static final Duration GRACE = Duration.ofMillis(200);

  @Test
  void shouldKnowPodsOfOtherNodesAsTheOperatorTellsThem(@TempDir Path directory) throws Exception {
    try (OperatorCluster cluster = OperatorCluster.start(directory)) {
      KubernetesClient client = cluster.client();
      ClusterObjects shop =
          new ClusterObjects(client, "re-shop").namespace(Map.of("team", "red"), Map.of());
      shop.node(HERE, "zone-a", "192.0.2.41");
      shop.node(THERE, "zone-b", "192.0.2.42");
      shop.pod("near", "near", HERE, false);
      shop.runOn("near", "192.0.2.41", "10.85.0.1");
      Pod far = shop.pod("far", "web", THERE, false);
      shop.runOn("far", "192.0.2.42", "10.85.0.2", "fd00:85::2");
      shop.service("front", THERE, "far");

      try (var _ = cluster.operator();
          Follower follower =
              new Follower(
                  cluster.server().kubeconfig(),
                  HERE,
                  KubernetesSettings.Pods.RETINA_ENDPOINTS,
                  GRACE)) {
        follower.synced();
        for (String address : new String[] {"10.85.0.2", "fd00:85::2"}) {
          follower.awaitOwner(address, "far");
          Endpoint owner = follower.owner(address);
          assertThat(owner.key()).isEqualTo("pod/re-shop/far@" + far.getMetadata().getUid());
          assertThat(owner.workloadKind() + "/" + owner.workloadName()).isEqualTo("Deployment/web");
          assertThat(owner.node() + " " + owner.zone()).isEqualTo(THERE + " zone-b");
          assertThat(owner.labels()).contains("app=web");
          assertThat(owner.namespaceLabels()).containsExactly("team=red");
          assertThat(owner.services()).containsExactly("front");
        }
        assertThat(follower.owner("10.85.0.1").node()).isEqualTo(HERE);
        assertThat(follower.watch("retinaendpoints").isUp()).isTrue();

        // The address changes hands between nodes, while the API server dies once.
        shop.delete("far");
        cluster.server().kill();
        cluster.server().start();
        shop.pod("heir", "web", THERE, false);
        shop.runOn("heir", "192.0.2.42", "10.85.0.2");
        follower.awaitOwner("10.85.0.2", "heir");
        follower.awaitOwner("fd00:85::2", "");
        assertThat(follower.owner("10.85.0.1").name()).isEqualTo("near");
      }
    }
  }
}
