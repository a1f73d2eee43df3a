package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureStatus;
import sh.retina.crd.Crds;
import sh.retina.job.NodeProgress;
import sh.retina.job.Nodes;
import sh.retina.job.Reported;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.Rights;

/** Captures of a real API server; what their Jobs would do is reported by the test. */
class CaptureControllerIT {
  private static final String NAMESPACE = "captures";
  private static final String ACCOUNT = "retina-operator";
  private static final String SHA = "ab".repeat(32);

  @TempDir private static Path directory;

  private static ApiServer server;
  private static KubernetesClient admin;
  private static RunningOperator operator;

  @BeforeAll
  static void start() throws Exception {
    server = ApiServer.start(directory.resolve("server"));
    admin = server.client();
    Crds.install(admin);
    for (String node : List.of("n1", "n2", "n3")) {
      Nodes.create(admin, node, "pool", node.equals("n3") ? "b" : "a");
    }
    Nodes.namespace(admin, "retina", Map.of());
    Nodes.namespace(admin, NAMESPACE, Map.of());
    Nodes.namespace(admin, "shop", Map.of("team", "shop"));
    Nodes.namespace(admin, "bank", Map.of("team", "bank"));
    Nodes.pod(admin, "shop", "web-1", Map.of("app", "web"), "n1", "10.0.0.1", "fd00::1");
    Nodes.pod(admin, "shop", "web-2", Map.of("app", "web"), "n2", "10.0.0.2");
    Nodes.pod(admin, "shop", "db-1", Map.of("app", "db"), "n2", "10.0.0.3");
    Nodes.pod(admin, "bank", "web-3", Map.of("app", "web"), "n3", "10.0.0.4");
    Rights.grant(admin, Path.of("helm/retina/rbac/operator.yaml"), "retina", ACCOUNT);
    operator =
        new RunningOperator(
            server,
            "retina",
            ACCOUNT,
            "--retina.operator.captures.image=registry.test/retina:1",
            "--retina.operator.captures.interval=1s",
            "--retina.operator.captures.require-creator=true",
            "--retina.operator.captures.job-limit=2");
  }

  @AfterAll
  static void stop() {
    operator.close();
    admin.close();
    server.close();
  }

  private static void create(String name, String target, String more, String output) {
    create(name, target, more, output, "");
  }

  private static void create(
      String name, String target, String more, String output, String metadata) {
    String yaml =
        """
        apiVersion: retina.sh/v1alpha1
        kind: Capture
        metadata: {name: %s, namespace: %s%s}
        spec:
          captureConfiguration:
            captureTarget: %s
            captureOption: {duration: 30s%s}
          outputConfiguration: %s
        """
            .formatted(name, NAMESPACE, metadata, target, more, output);
    admin.resource(Serialization.unmarshal(yaml, Capture.class)).create();
  }

  private static Capture get(String name) {
    return admin.resources(Capture.class).inNamespace(NAMESPACE).withName(name).get();
  }

  private static Condition condition(String capture, String type) {
    CaptureStatus status = get(capture).getStatus();
    List<Condition> conditions = status == null ? null : status.conditions();
    return (conditions == null ? List.<Condition>of() : conditions)
        .stream()
            .filter(one -> one.getType().equals(type))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no condition " + type + ": " + status));
  }

  private static void assertRefused(String name, String reason, String... words) {
    eventually(() -> {
      Condition error = condition(name, "error");
      assertThat(error.getStatus()).isEqualTo("True");
      assertThat(error.getReason()).isEqualTo(reason);
      assertThat(error.getMessage()).contains(words);
    });
    assertThat(jobs(name)).isEmpty();
  }

  private static List<Job> jobs(String capture) {
    return Reported.jobs(admin, NAMESPACE, capture).stream()
        .sorted(Comparator.comparing(NodeProgress::nodeOf))
        .toList();
  }

  private static Map<String, String> environment(Job job) {
    Map<String, String> environment = new TreeMap<>();
    for (EnvVar one : job.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv()) {
      environment.put(one.getName(), String.valueOf(one.getValue()));
    }
    return environment;
  }

  private static String answer(String location) {
    return "{\"state\":\"Completed\",\"outputs\":[{\"type\":\"hostPath\",\"location\":\"%s\",\"size\":9,\"sha256\":\"%s\"}]}"
        .formatted(location, SHA);
  }

  @Test
  void shouldMakeAJobForEachNodeAndSayWhatBecameOfThem() {
    create("nodes", "{nodeSelector: {matchLabels: {pool: a}}}", "", "{hostPath: retina/a}");
    eventually(() -> assertThat(jobs("nodes")).hasSize(2));
    eventually(() -> assertThat(get("nodes").getStatus().active()).isEqualTo(2));
    assertThat(condition("nodes", "complete").getReason()).isEqualTo("JobsInProgress");
    assertThat(get("nodes").getMetadata().getFinalizers()).containsExactly("retina.sh/capture");

    Reported.end(admin, jobs("nodes").get(0), 0, answer("/captures/one"));
    eventually(() -> assertThat(get("nodes").getStatus().succeeded()).isEqualTo(1));
    String notes = "{\"kernel\":{\"dropped\":7},\"warning\":\"no flows\",\"more\":2,";
    Reported.end(admin, jobs("nodes").get(1), 0, notes + answer("/captures/two").substring(1));

    eventually(
        () -> assertThat(condition("nodes", "complete").getReason()).isEqualTo("JobsCompleted"));
    assertThat(condition("nodes", "complete").getMessage())
        .contains("; node n2: 7 packets were dropped by the kernel", "; no flows; 2 more files");
    CaptureStatus status = get("nodes").getStatus();
    assertThat(status.active()).isZero();
    assertThat(status.succeeded()).isEqualTo(2);
    assertThat(status.failed()).isZero();
    assertThat(Instant.parse(status.completionTime()))
        .isAfterOrEqualTo(Instant.parse(status.startTime()));
    assertThat(status.outputs())
        .containsExactlyInAnyOrder(
            new CaptureStatus.File("n1", "hostPath", "/captures/one", 9L, SHA, null),
            new CaptureStatus.File("n2", "hostPath", "/captures/two", 9L, SHA, null));
    assertThat(server.kubectl("get", "captures", "-n", NAMESPACE, "nodes"))
        .contains("JobsCompleted");

    admin.resource(get("nodes")).delete();
    eventually(() -> assertThat(get("nodes")).isNull());
    assertThat(jobs("nodes")).isEmpty();
  }

  @Test
  void shouldRunTheWorkerWithWhatItNeedsAndNoMore() {
    create(
        "spec",
        "{podSelector: {matchLabels: {app: web}}, namespaceSelector: {matchLabels: {team: shop}}}",
        ", maxCaptureSize: 7, packetSize: 96, interfaces: [eth0, eth1], format: pcapng,"
            + " pcapFilter: tcp port 80",
        "{hostPath: retina/b}");
    eventually(() -> assertThat(jobs("spec")).hasSize(2));

    Job job = jobs("spec").getFirst();
    assertThat(environment(job))
        .containsEntry("CAPTURE_NAME", "spec")
        .containsEntry("NODE_HOST_NAME", "n1")
        .containsEntry("CAPTURE_DURATION", "30s")
        .containsEntry("CAPTURE_MAX_SIZE", "7")
        .containsEntry("CAPTURE_PACKET_SIZE", "96")
        .containsEntry("CAPTURE_INTERFACES", "eth0,eth1")
        .containsEntry("CAPTURE_FORMAT", "pcapng")
        .containsEntry("CAPTURE_NAMES", "10.0.0.1=shop/web-1,fd00::1=shop/web-1")
        .containsEntry("PCAP_FILTER", "(host 10.0.0.1 or host fd00::1) and (tcp port 80)")
        .containsEntry("HOSTPATH", "retina/b")
        .containsEntry("CAPTURE_DIRECTORY", "/var/log/retina/captures")
        .containsEntry("INCLUDE_METADATA", "true");
    assertThat(environment(jobs("spec").get(1)))
        .containsEntry("PCAP_FILTER", "(host 10.0.0.2) and (tcp port 80)");
    assertThat(job.getSpec().getBackoffLimit()).isZero();
    assertThat(job.getSpec().getActiveDeadlineSeconds()).isEqualTo(1_830);
    PodSpec pod = job.getSpec().getTemplate().getSpec();
    assertThat(pod.getHostNetwork()).isTrue();
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getTerminationGracePeriodSeconds()).isEqualTo(1_800);
    var container = pod.getContainers().getFirst();
    assertThat(container.getImage()).isEqualTo("registry.test/retina:1");
    assertThat(container.getArgs()).containsExactly("capture-worker");
    var rights = container.getSecurityContext();
    assertThat(rights.getReadOnlyRootFilesystem()).isTrue();
    assertThat(rights.getAllowPrivilegeEscalation()).isFalse();
    assertThat(rights.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(rights.getCapabilities().getAdd()).containsExactly("NET_ADMIN", "NET_RAW");
    assertThat(container.getResources().getLimits()).containsKey("memory");
  }

  @Test
  void shouldFailByNameWhenAJobFails() {
    create("fails", "{nodeSelector: {matchLabels: {pool: a}}}", "", "{hostPath: retina/c}");
    eventually(() -> assertThat(jobs("fails")).hasSize(2));
    Reported.end(admin, jobs("fails").get(0), 0, answer("/captures/one"));
    Reported.end(
        admin,
        jobs("fails").get(1),
        1,
        "{\"state\":\"Failed\",\"reason\":\"filter: syntax error\"}");

    eventually(() -> {
      Condition error = condition("fails", "error");
      assertThat(error.getReason()).isEqualTo("RunJobFailed");
      assertThat(error.getMessage()).isEqualTo("node n2: filter: syntax error");
      assertThat(condition("fails", "complete").getStatus()).isEqualTo("False");
      assertThat(get("fails").getStatus().active()).isZero();
    });
    assertThat(get("fails").getStatus().outputs()).hasSize(1);
    assertThat(get("fails").getStatus().completionTime()).isNull();
    assertThat(operator.metrics())
        .contains("retina_operator_capture_jobs{namespace=\"captures\",state=\"failed\"}");
  }

  @Test
  void shouldFailWhenTheNodeIsGoneOrTheJobIs() {
    Nodes.create(admin, "gone", "pool", "gone");
    create("gone", "{nodeSelector: {matchLabels: {pool: gone}}}", "", "{hostPath: retina/d}");
    eventually(() -> assertThat(jobs("gone")).hasSize(1));
    eventually(() -> assertThat(get("gone").getStatus().active()).isEqualTo(1));
    admin.nodes().withName("gone").delete();
    eventually(() ->
        assertThat(condition("gone", "error").getMessage())
            .isEqualTo("node gone: the node is gone from the cluster"));
    eventually(() -> assertThat(jobs("gone")).isEmpty());
    assertThat(get("gone").getStatus().failed()).isEqualTo(1);

    create("lost", "{nodeSelector: {matchLabels: {pool: b}}}", "", "{hostPath: retina/d}");
    eventually(() -> assertThat(get("lost").getStatus().active()).isEqualTo(1));
    admin.resource(jobs("lost").getFirst()).delete();
    eventually(
        () -> assertThat(condition("lost", "error").getMessage()).contains("deleted by somebody"));
  }

  @Test
  void shouldRefuseWhatCannotBegin() {
    create("none", "{nodeSelector: {matchLabels: {pool: z}}}", "", "{hostPath: r}");
    create("many", "{nodeSelector: {}}", "", "{hostPath: r}");
    create("pods", "{podNames: [nosuch]}", "", "{hostPath: r}");
    create("claim", "{nodeSelector: {matchLabels: {pool: b}}}", "", "{persistentVolumeClaim: no}");
    createBy("nobody", "system:masters", "secret", "{blobUpload: nosuch}");

    assertRefused("none", "OtherError", "no targets", "pool=z");
    assertRefused("many", "ExceedJobNumLimit", "3 nodes", "job-limit is 2");
    assertRefused("pods", "OtherError", "no pod 'nosuch'");
    assertRefused("claim", "OtherError", "no PersistentVolumeClaim 'no'");
    assertRefused("secret", "FindSecretFailed", "no Secret 'nosuch' in namespace captures");
  }

  @Test
  void shouldMountASecretOnlyForACreatorWhoMayReadIt() {
    admin
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName("keys")
                .endMetadata()
                .addToStringData("s3-access-key-id", "id")
                .build())
        .create();
    String output = "{s3Upload: {bucket: b, secretName: keys}}";
    create("by-unknown", "{nodeSelector: {matchLabels: {pool: b}}}", "", output);
    createBy("nobody", "", "by-nobody", output);
    createBy("nobody", "system:masters", "by-group", output);

    assertRefused("by-unknown", "FindSecretFailed", "'keys' and does not say who made it");
    assertRefused("by-nobody", "FindSecretFailed", "'nobody'", "may not read Secret 'keys'");
    eventually(() -> assertThat(jobs("by-group")).hasSize(1));
    assertThat(environment(jobs("by-group").getFirst()))
        .containsEntry("S3_BUCKET", "b")
        .containsEntry("CAPTURE_DIRECTORY", "/capture")
        .doesNotContainKey("HOSTPATH");
    var volume =
        jobs("by-group").getFirst().getSpec().getTemplate().getSpec().getVolumes().stream()
            .filter(one -> one.getSecret() != null)
            .findFirst()
            .orElseThrow();
    assertThat(volume.getSecret().getSecretName()).isEqualTo("keys");
  }

  private static void createBy(String user, String groups, String name, String output) {
    String annotations =
        ", annotations: {retina.sh/creator: '%s', retina.sh/creator-groups: '%s'}"
            .formatted(user, groups);
    create(name, "{nodeSelector: {matchLabels: {pool: b}}}", "", output, annotations);
  }

  @Test
  void shouldDeleteItselfWhenItsFilesAreElsewhere() {
    admin
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: claim, namespace: captures}
                spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}
                """,
                io.fabric8.kubernetes.api.model.PersistentVolumeClaim.class))
        .create();
    Capture capture =
        Serialization.unmarshal(
            """
            apiVersion: retina.sh/v1alpha1
            kind: Capture
            metadata: {name: cleans, namespace: captures}
            spec:
              cleanUpAfterUpload: true
              captureConfiguration:
                captureTarget: {nodeSelector: {matchLabels: {pool: b}}}
                captureOption: {duration: 30s}
              outputConfiguration: {persistentVolumeClaim: claim}
            """,
            Capture.class);
    admin.resource(capture).create();
    eventually(() -> assertThat(jobs("cleans")).hasSize(1));
    Reported.end(admin, jobs("cleans").getFirst(), 0, "{\"state\":\"Completed\"}");

    eventually(() -> assertThat(get("cleans")).isNull());
    assertThat(jobs("cleans")).isEmpty();
  }

  @Test
  void shouldMakeACaptureForEachRunOfASchedule() {
    Capture capture =
        Serialization.unmarshal(
            """
            apiVersion: retina.sh/v1alpha1
            kind: Capture
            metadata: {name: clock, namespace: captures}
            spec:
              schedule: '*/5 * * * *'
              successfulHistoryLimit: 1
              captureConfiguration:
                captureTarget: {nodeSelector: {matchLabels: {pool: b}}}
                captureOption: {duration: 30s}
              outputConfiguration: {hostPath: clock}
            """,
            Capture.class);
    admin.resource(capture).create();
    eventually(() ->
        assertThat(condition("clock", "complete").getMessage()).startsWith("the next run is at"));
    CaptureSchedule schedule = new CaptureSchedule(admin);

    // A time that the operator's own clock is not at yet: the run is ours.
    Instant later = Instant.now().plusSeconds(3_600);
    schedule.apply(get("clock"), List.of(), later);
    List<Capture> runs =
        admin.resources(Capture.class).inNamespace(NAMESPACE).list().getItems().stream()
            .filter(one -> one.getMetadata().getName().startsWith("clock-"))
            .toList();
    assertThat(runs).hasSize(1);
    String run = runs.getFirst().getMetadata().getName();
    assertThat(run).isEqualTo("clock-" + later.getEpochSecond() / 300 * 5);
    eventually(() -> assertThat(jobs(run)).hasSize(1));
    assertThat(schedule.apply(get("clock"), List.of(get(run)), later.plusSeconds(600)).active())
        .isEqualTo(1); // goes on: no other one is begun
    Reported.end(admin, jobs(run).getFirst(), 0, "{\"state\":\"Completed\"}");
    eventually(() -> assertThat(get("clock").getStatus().succeeded()).isEqualTo(1));

    admin.resource(get("clock")).delete();
    eventually(() -> assertThat(get("clock")).isNull());
    assertThat(get(run)).isNull();
  }
}
