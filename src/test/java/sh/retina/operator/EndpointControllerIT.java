package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sh.retina.crd.Crds;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.crd.RetinaEndpointSpec;
import sh.retina.kubernetes.ApiServer;

class EndpointControllerIT {
  private static final String NAMESPACE = "endpoints";
  private static KubernetesClient client;
  private static DemoPods pods;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private EndpointController controller;

  @BeforeAll
  static void connect() {
    client = ApiServer.shared().client();
    Crds.install(client);
    pods = new DemoPods(client, NAMESPACE);
  }

  @AfterAll
  static void disconnect() {
    if (client != null) {
      client.close();
    }
  }

  @BeforeEach
  void make() {
    controller =
        new EndpointController(client, new OperatorMeters(registry), 2, Duration.ofMinutes(10));
  }

  @AfterEach
  void stop() {
    controller.stop();
    client.pods().inNamespace(NAMESPACE).withGracePeriod(0).delete();
    client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).delete();
  }

  @Test
  void shouldSayOfAPodWhatOtherNodesNeed() {
    controller.start();

    Pod pod = pods.start("web-1", "10.9.0.1", "fd00:9::1");

    eventually(() -> assertThat(endpoint("web-1")).isNotNull());
    RetinaEndpoint endpoint = Objects.requireNonNull(endpoint("web-1"));
    assertThat(endpoint.getSpec())
        .isEqualTo(
            new RetinaEndpointSpec(
                List.of(new RetinaEndpointSpec.Container("web", "containerd://web-1")),
                List.of(new RetinaEndpointSpec.Owner("apps/v1", "ReplicaSet", "web-5d8")),
                "10.240.0.4",
                "10.9.0.1",
                List.of("10.9.0.1", "fd00:9::1"),
                Map.of("app", "web-1"),
                Map.of("retina.sh", "observe")));
    OwnerReference owner = endpoint.getMetadata().getOwnerReferences().getFirst();
    assertThat(owner.getKind()).isEqualTo("Pod");
    assertThat(owner.getUid()).isEqualTo(DemoPods.uid(pod));
  }

  @Test
  void shouldFollowItsPodToTheEnd() {
    controller.start();
    pods.start("web-2", "10.9.0.2");
    eventually(() -> assertThat(ip("web-2")).isEqualTo("10.9.0.2"));

    pods.run("web-2", "10.9.0.22");
    eventually(() -> assertThat(ip("web-2")).isEqualTo("10.9.0.22"));

    pods.report("web-2", "Succeeded", "10.9.0.22");
    eventually(() -> assertThat(endpoint("web-2")).isNull());
  }

  @Test
  void shouldPutRightWhatHappenedWhileNobodyLooked() {
    pods.start("stays", "10.9.0.3");
    pods.start("goes", "10.9.0.4");
    pods.start("returns", "10.9.0.5");
    controller.start();
    eventually(() ->
        assertThat(client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).list().getItems())
            .hasSize(3));
    controller.stop();

    pods.delete("goes");
    pods.delete("returns");
    Pod returned = pods.start("returns", "10.9.0.55");
    client
        .resources(RetinaEndpoint.class)
        .inNamespace(NAMESPACE)
        .withName("stays")
        .edit(endpoint -> {
          endpoint.setSpec(new RetinaEndpointSpec(null, null, null, "10.9.9.9", null, null, null));
          return endpoint;
        });
    make();
    controller.start();

    eventually(() -> {
      assertThat(endpoint("goes")).isNull();
      assertThat(ip("stays")).isEqualTo("10.9.0.3");
      assertThat(ip("returns")).isEqualTo("10.9.0.55");
      assertThat(
              Objects.requireNonNull(endpoint("returns"))
                  .getMetadata()
                  .getOwnerReferences()
                  .getFirst()
                  .getUid())
          .isEqualTo(DemoPods.uid(returned));
    });
  }

  @Test
  void shouldMakeAnEndpointAgainThatSomebodyDeleted() {
    controller.start();
    pods.start("web-6", "10.9.0.6");
    eventually(() -> assertThat(endpoint("web-6")).isNotNull());
    String before = Objects.requireNonNull(endpoint("web-6")).getMetadata().getUid();

    client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).withName("web-6").delete();

    eventually(() -> {
      RetinaEndpoint again = endpoint("web-6");
      assertThat(again).isNotNull();
      assertThat(Objects.requireNonNull(again).getMetadata().getUid()).isNotEqualTo(before);
    });
  }

  @Test
  void shouldLeaveOutPodsWithoutAnAddressOfTheirOwn() {
    controller.start();
    pods.create("on-host", true);
    pods.run("on-host", "10.240.0.4");
    pods.create("waits", false);
    pods.start("last", "10.9.0.7");

    eventually(() -> assertThat(endpoint("last")).isNotNull());
    assertThat(endpoint("on-host")).isNull();
    assertThat(endpoint("waits")).isNull();
  }

  @Test
  void shouldWriteNothingForWhatIsRight() {
    pods.start("right", "10.9.0.8");
    controller.start();
    eventually(() -> assertThat(endpoint("right")).isNotNull());
    String version = version("right");
    controller.stop();

    make();
    controller.start();
    pods.start("marker", "10.9.0.9");
    eventually(() -> assertThat(endpoint("marker")).isNotNull());

    assertThat(version("right")).isEqualTo(version);
  }

  private static @Nullable RetinaEndpoint endpoint(String name) {
    return client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).withName(name).get();
  }

  private static @Nullable String ip(String name) {
    RetinaEndpoint endpoint = endpoint(name);
    return endpoint == null ? null : endpoint.getSpec().podIP();
  }

  private static String version(String name) {
    return Objects.requireNonNull(endpoint(name)).getMetadata().getResourceVersion();
  }
}
