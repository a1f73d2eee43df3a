package sh.retina.helm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sh.retina.crd.Crds;
import sh.retina.kubernetes.ApiServer;
import sh.retina.plugin.PluginFactories;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** The chart by the original Helm: what it takes, what it refuses, what a real API server says. */
class ChartIT {
  private static final Set<String> RIGHTS = Set.of("BPF", "PERFMON", "NET_ADMIN", "NET_RAW");

  private static Helm helm;
  private static KubernetesClient client;

  @BeforeAll
  static void findHelm() {
    helm = Helm.find();
    client = ApiServer.shared().client();
    Crds.install(client);
    OtherKinds.install(client);
    OtherKinds.namespace(client, "retina");
    OtherKinds.namespace(client, "kube-system");
  }

  @AfterAll
  static void close() {
    if (client != null) {
      client.close();
    }
  }

  static Stream<Path> accepted() {
    return Rendered.accepted();
  }

  static Stream<Path> refused() {
    return Rendered.refused();
  }

  @ParameterizedTest
  @MethodSource
  void accepted(Path values) {
    String[] words = {"--values", values.toString()};
    helm.run("lint", "--strict", Helm.CHART.toString(), "--values", values.toString()).orFail();
    Rendered rendered = Rendered.of(helm, words);

    Set<String> names = new HashSet<>();
    for (HasMetadata object : rendered.objects()) {
      assertThat(names.add(object.getKind() + " " + object.getMetadata().getName()))
          .as("%s twice", object.getMetadata().getName())
          .isTrue();
      assertThat(object.getMetadata().getLabels())
          .containsEntry("app.kubernetes.io/instance", "retina");
      // The whole way through the API server but for the writing: schemas, validation, admission.
      client.resource(object).dryRun().create();
    }
    rendered.pods().forEach(ChartIT::assertConfined);
  }

  /** What each pod keeps, whatever the values say that ask for no right. */
  private static void assertConfined(PodSpec pod) {
    assertThat(pod.getEnableServiceLinks()).isFalse();
    for (Container container : pod.getContainers()) {
      SecurityContext context = container.getSecurityContext();
      assertThat(context.getPrivileged()).as(container.getName()).isNotEqualTo(true);
      assertThat(context.getAllowPrivilegeEscalation()).as(container.getName()).isFalse();
      assertThat(context.getCapabilities().getDrop())
          .as(container.getName())
          .containsExactly("ALL");
      assertThat(
              context.getSeccompProfile() != null
                  ? context.getSeccompProfile()
                  : pod.getSecurityContext().getSeccompProfile())
          .as(container.getName())
          .satisfies(profile -> assertThat(profile.getType()).isEqualTo("RuntimeDefault"));
    }
  }

  @ParameterizedTest
  @MethodSource
  void refused(Path values) throws IOException {
    String sentence = Files.readAllLines(values).getFirst().substring(2);

    Helm.Answer answer =
        helm.run("template", "retina", Helm.CHART.toString(), "--values", values.toString());

    assertThat(answer.code()).isNotZero();
    assertThat(answer.errors()).contains(sentence);
  }

  @Test
  void shouldGiveTheAgentTheRightsOfTheSecurityPageAndNoOthers() {
    Rendered rendered = Rendered.of(helm);

    SecurityContext context = rendered.agent().getSecurityContext();
    assertThat(context.getCapabilities().getAdd()).hasSameElementsAs(RIGHTS);
    assertThat(context.getReadOnlyRootFilesystem()).isTrue();
    PodSpec pod = rendered.agents().getSpec().getTemplate().getSpec();
    assertThat(pod.getHostPID()).isFalse();
    assertThat(pod.getHostIPC()).isNull();
    assertThat(pod.getVolumes().stream().filter(volume -> volume.getHostPath() != null))
        .extracting(volume -> volume.getHostPath().getPath())
        .containsExactlyInAnyOrder("/var/lib/retina", "/sys/fs/cgroup");
    assertThat(pod.getInitContainers()).isEmpty();

    assertThat(added("--set", "enabledPlugin_linux={packetparser}")).doesNotContain("NET_RAW");
    assertThat(added("--set", "config.plugins=packetparser")).doesNotContain("NET_RAW");
    assertThat(added("--set", "securityContext.capabilities.add={SYSLOG}"))
        .hasSize(RIGHTS.size() + 1)
        .contains("SYSLOG")
        .containsAll(RIGHTS);
  }

  private static List<String> added(String... words) {
    return Rendered.of(helm, words).agent().getSecurityContext().getCapabilities().getAdd();
  }

  /** Of the agents: on every node, before all others, and never without bounds and probes. */
  @Test
  void shouldPlaceAndBoundWhatItStarts() {
    Rendered rendered = Rendered.of(helm);

    PodSpec agents = rendered.agents().getSpec().getTemplate().getSpec();
    assertThat(agents.getPriorityClassName()).isEqualTo("system-node-critical");
    assertThat(agents.getTolerations())
        .singleElement()
        .satisfies(one -> {
          assertThat(one.getOperator()).isEqualTo("Exists");
          assertThat(one.getKey()).isNull();
        });
    assertThat(rendered.pods()).hasSize(2);
    for (Container container : List.of(rendered.agent(), rendered.operator())) {
      assertThat(container.getResources().getRequests()).containsOnlyKeys("cpu", "memory");
      assertThat(container.getResources().getLimits()).containsOnlyKeys("memory");
      assertThat(container.getLivenessProbe().getHttpGet().getPath())
          .isEqualTo("/actuator/health/liveness");
      assertThat(container.getReadinessProbe().getHttpGet().getPath())
          .isEqualTo("/actuator/health/readiness");
      assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    }
    PodDisruptionBudget budget =
        rendered.find(PodDisruptionBudget.class, "retina-operator").orElseThrow();
    assertThat(budget.getSpec().getMaxUnavailable().getIntVal()).isEqualTo(1);
  }

  /** What selects by labels finds pods of the same values, and the port that it names. */
  @Test
  void shouldSelectPodsThatThereAre() {
    Rendered rendered =
        Rendered.of(
            helm, "--values", Rendered.SAMPLES.resolve("accepted/everything-on.yaml").toString());
    Set<String> selecting = new TreeSet<>();
    for (HasMetadata object : rendered.objects()) {
      JsonNode spec = JsonMapper.shared().readTree(Serialization.asJson(object)).path("spec");
      JsonNode selector =
          switch (object.getKind()) {
            case "Service" -> spec.path("selector");
            case "PodDisruptionBudget", "PodMonitor" -> spec.at("/selector/matchLabels");
            case "NetworkPolicy" -> spec.at("/podSelector/matchLabels");
            default -> MissingNode.getInstance();
          };
      if (selector.isObject()) {
        List<PodTemplateSpec> found =
            rendered.templates().stream()
                .filter(pod ->
                    selector.properties().stream()
                        .allMatch(label ->
                            label
                                .getValue()
                                .asString()
                                .equals(pod.getMetadata().getLabels().get(label.getKey()))))
                .toList();
        assertThat(found).as("%s %s", object.getKind(), selector).hasSize(1);
        Set<String> ports =
            found.getFirst().getSpec().getContainers().stream()
                .flatMap(container -> container.getPorts().stream())
                .flatMap(port -> Stream.of(port.getName(), "" + port.getContainerPort()))
                .collect(Collectors.toSet());
        spec.path("ports").forEach(port -> assertThat(ports).contains(target(port)));
        spec.path("podMetricsEndpoints")
            .forEach(endpoint -> assertThat(ports).contains(endpoint.path("port").asString()));
        selecting.add(object.getKind());
      }
    }
    assertThat(selecting).contains("Service", "PodDisruptionBudget", "PodMonitor", "NetworkPolicy");
  }

  private static String target(JsonNode port) {
    JsonNode target = port.path("targetPort");
    return (target.isMissingNode() ? port.path("port") : target).asString();
  }

  @Test
  void shouldStartTheOperatorAnewWithAnotherConfiguration() {
    Set<String> checksums = new HashSet<>();
    for (String set : List.of("", "capture.ttl=1h", "operator.enableRetinaEndpoint=true")) {
      Rendered rendered = Rendered.of(helm, "--set", set);
      rendered.templates().stream()
          .map(pod -> pod.getMetadata())
          .filter(pod -> "operator".equals(pod.getLabels().get("app.kubernetes.io/component")))
          .forEach(pod -> checksums.add(pod.getAnnotations().get("checksum/config")));
    }
    assertThat(checksums).hasSize(3).doesNotContainNull();
  }

  @Test
  void shouldRunARingOnlyWhereItIsWantedAndGiveItOneRight() {
    assertThat(Rendered.of(helm).find(DaemonSet.class, "retina-capture-ring")).isEmpty();

    PodSpec pod =
        Rendered.of(helm, "--set", "capture.ring.enabled=true")
            .find(DaemonSet.class, "retina-capture-ring")
            .orElseThrow()
            .getSpec()
            .getTemplate()
            .getSpec();

    Container ring = pod.getContainers().getFirst();
    assertThat(ring.getSecurityContext().getCapabilities().getAdd()).containsExactly("NET_RAW");
    assertThat(ring.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(ring.getResources().getLimits()).containsKey("memory");
    assertThat(ring.getArgs())
        .contains("--rearm", "--packet-size=96", "--before=16", "--keep-files=20")
        .contains("--agent=http://127.0.0.1:10093");
    assertThat(pod.getHostNetwork()).isTrue();
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getVolumes().stream().filter(volume -> volume.getHostPath() != null))
        .extracting(volume -> volume.getHostPath().getPath())
        .containsExactly("/var/log/retina/captures");
  }

  @Test
  void shouldNameEachValueOfRetinaThatHasNoEffect() throws IOException {
    Path values = Rendered.SAMPLES.resolve("accepted/retina-standard.yaml");

    String notes =
        helm.run(
                "install",
                "retina",
                Helm.CHART.toString(),
                "--dry-run=server",
                "--kubeconfig",
                ApiServer.shared().kubeconfig().toString(),
                "--values",
                values.toString())
            .orFail();

    assertThat(notes.substring(notes.indexOf("NOTES:")))
        .contains(
            "enabledPlugin_win: there is no agent for Windows",
            "os.windows: there is no agent for Windows",
            "enableTelemetry: nothing is ever sent to anybody",
            "filterMapMaxEntries: maps of the kernel are sized by what is in them",
            "operator.installCRDs: Helm installs what is in crds/",
            "daemonset.container.retina.command: the chart sets what the program needs",
            "image.initRepository: no container has to run first");
  }

  @Test
  void shouldKnowThePluginsThatTheProgramHas() throws IOException {
    JsonNode names =
        JsonMapper.shared()
            .readTree(Files.readString(Helm.CHART.resolve("values.schema.json")))
            .at("/properties/enabledPlugin_linux/items/enum");

    Set<String> known = new TreeSet<>();
    names.forEach(name -> known.add(name.asString()));
    Set<String> plugins = new TreeSet<>(PluginFactories.names());
    plugins.remove("sample"); // of the tests
    assertThat(known).isEqualTo(plugins);
  }

  @Test
  void shouldHaveTheVersionOfTheProgram() throws IOException {
    String version =
        Files.readString(Helm.CHART.resolve("../../pom.xml"))
            .replaceAll("(?s).*?</parent>.*?<version>([^<]+)</version>.*", "$1");

    assertThat(Files.readAllLines(Helm.CHART.resolve("Chart.yaml")))
        .contains("version: " + version, "appVersion: " + version);
  }
}
