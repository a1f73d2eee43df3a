package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureStatus;
import sh.retina.crd.Crds;
import sh.retina.job.JobRunner;
import sh.retina.job.Nodes;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.Rights;
import sh.retina.operator.RunningOperator;

/**
 * From a Capture in a real API server to packets in a file: the operator's Jobs, run with their own
 * arguments, environment, mounts and rights, record real traffic; what becomes of them is in the
 * Capture's status.
 */
@RequiresKernel
@EnabledIf(value = "sh.retina.agent.Tshark#isThere", disabledReason = "tshark is not installed")
class CaptureJobsIT {
  private static final String NAMESPACE = "packets";
  private static final int COUNT = 200;
  private static final int PORT = 5_001;
  private static final int AGENT_PORT = 10_099;

  @TempDir private static Path directory;

  private static ApiServer server;
  private static KubernetesClient admin;
  private static RunningOperator operator;

  @BeforeAll
  static void start() throws Exception {
    server = ApiServer.start(directory.resolve("server"));
    admin = server.client();
    Crds.install(admin);
    Nodes.namespace(admin, "retina", Map.of());
    Nodes.namespace(admin, NAMESPACE, Map.of("team", "packets"));
    Nodes.create(admin, "n1", "pool", "a");
    Rights.grant(admin, Path.of("helm/retina/rbac/operator.yaml"), "retina", "retina-operator");
    operator =
        new RunningOperator(
            server,
            "retina",
            "retina-operator",
            "--retina.operator.captures.image=registry.test/retina:1",
            "--retina.operator.captures.interval=1s",
            "--retina.operator.captures.agent=https://127.0.0.1:" + AGENT_PORT,
            "--retina.operator.captures.host-path-base=" + captures());
  }

  @AfterAll
  static void stop() {
    operator.close();
    admin.close();
    server.close();
  }

  private static Path captures() {
    return directory.resolve("captures");
  }

  private static void create(String name, String target, String option, String output) {
    create(name, target, option, output, "");
  }

  private static void create(
      String name, String target, String option, String output, String more) {
    admin
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: retina.sh/v1alpha1
                kind: Capture
                metadata: {name: %s, namespace: packets}
                spec:
                  captureConfiguration:
                    captureTarget: %s
                    captureOption: %s
                    includeMetadata: false
                  outputConfiguration: %s
                  %s
                """
                    .formatted(name, target, option, output, more),
                Capture.class))
        .create();
  }

  private static CaptureStatus status(String name) {
    return admin.resources(Capture.class).inNamespace(NAMESPACE).withName(name).get().getStatus();
  }

  private static String reason(String name, String type) {
    CaptureStatus status = status(name);
    List<Condition> conditions = status == null ? null : status.conditions();
    return conditions == null
        ? ""
        : conditions.stream()
            .filter(one -> one.getType().equals(type))
            .map(one -> one.getReason() + ": " + one.getMessage())
            .findFirst()
            .orElse("");
  }

  private static Job job(String capture) {
    var jobs = admin.batch().v1().jobs().inNamespace(NAMESPACE).withLabel("capture-name", capture);
    await("a Job of " + capture, () -> !jobs.list().getItems().isEmpty());
    return jobs.list().getItems().getFirst();
  }

  private static void await(String what, BooleanSupplier condition) {
    for (int i = 0; i < 900; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      LockSupport.parkNanos(50_000_000);
    }
    throw new AssertionError("not in time: " + what);
  }

  private static void awaitRecording(JobRunner.Running job) throws IOException {
    for (int i = 0; i < 900 && job.isAlive(); i++) {
      if (Files.exists(captures()) && !files(".part").isEmpty()) {
        return;
      }
      LockSupport.parkNanos(20_000_000);
    }
    throw new AssertionError("it does not record: " + job.log());
  }

  private static List<Path> files(String suffix) throws IOException {
    try (Stream<Path> all = Files.walk(captures())) {
      return all.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }

  @Test
  void shouldHaveEachPacketOfThePodsInTheFileThatTheStatusNames() throws Exception {
    try (TestNetwork network = new TestNetwork("capjob", "a", "b", "c");
        JobRunner runner =
            new JobRunner(
                admin,
                directory.resolve("jobs-1"),
                Map.of("n1", network.nodeNamespace().toString()))) {
      Nodes.pod(admin, NAMESPACE, "a", Map.of("app", "a"), "n1", network.ip4("a"));
      create(
          "pods",
          "{podSelector: {matchLabels: {app: a}}, namespaceSelector: {matchLabels: {team: packets}}}",
          "{duration: 6s, pcapFilter: udp port 5001, interfaces: [v-b], format: pcapng}",
          "{hostPath: retina/pods}");
      JobRunner.Running job = runner.start(job("pods"));
      awaitRecording(job);
      PodTraffic traffic = new PodTraffic(network);
      traffic.udp("a", network.ip4("b"), PORT, COUNT, 100);
      traffic.udp("c", network.ip4("b"), PORT, COUNT, 100); // of a pod that is not meant

      assertThat(job.end()).as(job.log()).isZero();
      await("the end", () -> reason("pods", "complete").startsWith("JobsCompleted"));
      List<CaptureStatus.File> outputs = Objects.requireNonNull(status("pods").outputs());
      assertThat(outputs).hasSize(1);
      CaptureStatus.File file = outputs.getFirst();
      assertThat(file.type()).isEqualTo("hostPath");
      assertThat(file.node()).isEqualTo("n1");
      Path path = Path.of(String.valueOf(file.location()));
      assertThat(path).startsWith(captures().resolve("retina/pods"));
      byte[] bytes = Files.readAllBytes(path);
      assertThat(file.size()).isEqualTo(bytes.length);
      assertThat(file.sha256())
          .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
      assertThat(Tshark.fields(path, "udp", "ip.src", "udp.dstport"))
          .isEqualTo(Collections.nCopies(COUNT, List.of(network.ip4("a"), "5001")));
    }
  }

  /** The worker asks the agent of its node on the node's loopback, where the operator says. */
  @Test
  void shouldWaitForItsTriggerAndHaveThePacketsBeforeIt() throws Exception {
    TestAuthority authority = new TestAuthority(directory.resolve("tls"));
    try (TestNetwork network = new TestNetwork("captrig", 85, "a", "b");
        RunningAgent agent =
            new RunningAgent(
                Files.createDirectory(directory.resolve("agent")),
                network,
                "--retina.http.tls.certificate=" + authority.certificate(),
                "--retina.http.tls.key=" + authority.key());
        LoopbackDoor _ = new LoopbackDoor(network.nodeNamespace(), AGENT_PORT, agent.port());
        JobRunner runner =
            new JobRunner(
                admin,
                directory.resolve("jobs-5"),
                Map.of("n1", network.nodeNamespace().toString()))) {
      Nodes.pod(admin, NAMESPACE, "t", Map.of("app", "t"), "n1", network.ip4("a"));
      Process sink = network.start("b", PodTraffic.TOOL, "udp-sink", "" + PORT, "120");
      create(
          "trigger",
          "{podNames: [t]}",
          "{duration: 2s, pcapFilter: udp, interfaces: [v-a]}",
          "{hostPath: retina/trigger}",
          "trigger: {reason: NO_SOCKET, rate: 30, window: 1m}");
      JobRunner.Running job = runner.start(job("trigger"));
      assertThat(job("trigger").getSpec().getActiveDeadlineSeconds())
          .as("it may wait for ever")
          .isNull();
      PodTraffic traffic = new PodTraffic(network);
      for (int i = 0; i < 200 && !Files.exists(captures().resolve("retina/trigger")); i++) {
        LockSupport.parkNanos(50_000_000); // it opens its directory when it begins to look
      }
      for (int i = 0; i < 100 && job.isAlive() && files(".part").isEmpty(); i++) {
        traffic.udp("a", network.ip4("b"), PORT, 1, 100); // somebody listens
        traffic.udp("a", network.ip4("b"), PORT + 1, 5, 100); // nobody does
        LockSupport.parkNanos(200_000_000);
      }

      assertThat(job.end()).as(job.log()).isZero();
      sink.destroyForcibly();
      await("the end", () -> reason("trigger", "complete").startsWith("JobsCompleted"));
      assertThat(reason("trigger", "complete"))
          .contains("node n1: triggered by NO_SOCKET, ", " within PT1M: test/a -> test/b");
      CaptureStatus.File file = Objects.requireNonNull(status("trigger").outputs()).getFirst();
      List<String> ports =
          Tshark.fields(Path.of(String.valueOf(file.location())), "udp", "udp.dstport").stream()
              .map(List::getFirst)
              .toList();
      assertThat(ports).contains("5001");
      assertThat(Collections.frequency(ports, "5002"))
          .as("hardly more is sent once there is a file: these are the drops that made it begin")
          .isGreaterThanOrEqualTo(20);
    }
  }

  @Test
  void shouldSayInTheConditionWhatIsWrong() throws Exception {
    try (JobRunner runner = new JobRunner(admin, directory.resolve("jobs-2"), Map.of())) {
      create(
          "filter",
          "{nodeSelector: {}}",
          "{duration: 5s, pcapFilter: no such words, interfaces: [lo]}",
          "{hostPath: retina/filter}");
      create(
          "interface",
          "{nodeSelector: {}}",
          "{duration: 5s, interfaces: [nosuch0]}",
          "{hostPath: retina/interface}");
      JobRunner.Running filter = runner.start(job("filter"));
      JobRunner.Running nosuch = runner.start(job("interface"));

      assertThat(filter.end()).as(filter.log()).isEqualTo(1);
      assertThat(nosuch.end()).as(nosuch.log()).isEqualTo(1);
      await("its end", () -> !reason("filter", "error").isEmpty());
      await("its end", () -> !reason("interface", "error").isEmpty());
      assertThat(reason("filter", "error"))
          .startsWith("RunJobFailed: node n1: ")
          .contains("syntax error");
      assertThat(reason("interface", "error")).contains("RunJobFailed: node n1: ", "nosuch0");
      assertThat(status("filter").outputs()).isNull();
    }
  }

  @Test
  void shouldSayWhichKeyASecretHasNot() throws Exception {
    try (JobRunner runner = new JobRunner(admin, directory.resolve("jobs-4"), Map.of())) {
      admin
          .resource(
              new SecretBuilder()
                  .withNewMetadata()
                  .withNamespace(NAMESPACE)
                  .withName("half")
                  .endMetadata()
                  .addToStringData("s3-access-key-id", "id")
                  .build())
          .create();
      create(
          "secret",
          "{nodeSelector: {}}",
          "{duration: 5s, interfaces: [lo]}",
          "{s3Upload: {bucket: b, endpoint: 'http://127.0.0.1:1', secretName: half}}");
      JobRunner.Running running = runner.start(job("secret"));

      assertThat(running.end()).as(running.log()).isEqualTo(1);
      await("its end", () -> !reason("secret", "error").isEmpty());
      assertThat(reason("secret", "error"))
          .startsWith("RunJobFailed: node n1: ")
          .contains("s3-secret-access-key");
      assertThat(Objects.requireNonNull(status("secret").outputs()))
          .allSatisfy(file -> assertThat(file.error()).isNotNull());
    }
  }

  @Test
  void shouldCompleteItsFileWhenItsCaptureIsDeleted() throws Exception {
    try (JobRunner runner = new JobRunner(admin, directory.resolve("jobs-3"), Map.of())) {
      create(
          "deleted",
          "{nodeSelector: {}}",
          "{duration: 10m, interfaces: [lo], format: pcap}",
          "{hostPath: retina/deleted}");
      Job job = job("deleted");
      JobRunner.Running running = runner.start(job);
      awaitRecording(running);
      admin.resources(Capture.class).inNamespace(NAMESPACE).withName("deleted").delete();
      await("the Job's end", () -> admin.resource(job).get() == null);
      await(
          "the Capture's end",
          () ->
              admin.resources(Capture.class).inNamespace(NAMESPACE).withName("deleted").get()
                  == null);

      running.terminate(); // as a kubelet does when the pod goes with its Job
      await("its end", () -> !running.isAlive());
      assertThat(files(".pcap")).anyMatch(file -> file.toString().contains("deleted-n1-"));
      assertThat(files(".part")).isEmpty();
    }
  }
}
