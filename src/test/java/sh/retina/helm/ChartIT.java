package sh.retina.helm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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
