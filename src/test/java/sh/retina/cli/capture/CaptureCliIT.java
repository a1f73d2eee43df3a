package sh.retina.cli.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.cli.Said;
import sh.retina.crd.Capture;
import sh.retina.crd.Crds;
import sh.retina.job.Nodes;
import sh.retina.job.Reported;
import sh.retina.job.TestKubelet;
import sh.retina.kubernetes.ApiServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands of captures on a real API server, without the operator. */
class CaptureCliIT {
  private static final String NAMESPACE = "capture-cli";
  private static final String IMAGE = "--image=registry.test/retina:1";

  @TempDir private static Path directory;

  private static ApiServer server;
  private static KubernetesClient admin;

  private volatile Said said = new Said(0, "", "");

  @BeforeAll
  static void start() {
    server = ApiServer.start(directory.resolve("server"));
    admin = server.client();
    Nodes.namespace(admin, NAMESPACE, Map.of("team", "cli"));
    Nodes.create(admin, "c1", "pool", "cli");
    Nodes.create(admin, "c2", "pool", "cli");
    Nodes.pod(admin, NAMESPACE, "web-1", Map.of("app", "web"), "c1", "10.7.0.1");
  }

  @AfterAll
  static void stop() {
    admin.close();
    server.close();
  }

  private int run(String... words) {
    List<String> all = new ArrayList<>(List.of("capture"));
    all.addAll(List.of(words));
    all.addAll(List.of("--kubeconfig", server.kubeconfig().toString()));
    if (!all.contains("-A")) {
      all.addAll(List.of("-n", NAMESPACE));
    }
    said = Said.of(all.toArray(String[]::new));
    return said.exitCode();
  }

  private CompletableFuture<Integer> later(String... words) {
    return CompletableFuture.supplyAsync(() -> run(words));
  }

  private String out() {
    return said.output();
  }

  private String err() {
    return said.errors();
  }

  private static List<Job> jobs(String capture) {
    return Reported.jobs(admin, NAMESPACE, capture);
  }

  private static Map<String, String> environment(Job job) {
    return job.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
        .filter(one -> one.getValue() != null)
        .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
  }

  private static List<Job> awaitJobs(String capture, int count) {
    for (int i = 0; i < 600; i++) {
      List<Job> jobs = jobs(capture);
      if (jobs.size() == count) {
        return jobs;
      }
      LockSupport.parkNanos(50_000_000);
    }
    throw new AssertionError(count + " Jobs of " + capture + ", not " + jobs(capture));
  }

  @Test
  void shouldMakeAJobForEachNodeAndShowAndDeleteThem() {
    assertThat(
            run("create", IMAGE, "--name", "web", "--node-selectors", "pool=cli", "--duration=30s"))
        .as(err())
        .isZero();
    assertThat(out())
        .startsWith("NAMESPACE")
        .contains("CAPTURE NAME", "COMPLETIONS", "0/1", "c1", "c2");
    assertThat(jobs("web")).hasSize(2);
    assertThat(environment(jobs("web").getFirst()))
        .containsEntry("CAPTURE_DURATION", "30s")
        .containsEntry("CAPTURE_MAX_SIZE", "100")
        .containsEntry("CAPTURE_FORMAT", "pcapng")
        .containsEntry("HOSTPATH", "retina")
        .containsEntry("INCLUDE_METADATA", "true");

    assertThat(run("list")).isZero();
    assertThat(out().lines().filter(line -> line.contains(" web "))).hasSize(2);
    assertThat(run("list", "-A", "--name=web", "-o", "json")).isZero();
    JsonNode listed = JsonMapper.shared().readTree(out());
    assertThat(listed.get(0).get("state").asString()).isEqualTo("waiting");
    assertThat(run("list", "-o", "yaml")).isZero();
    assertThat(out()).contains("capture: \"web\"");

    assertThat(run("delete", "--name", "web")).isZero();
    assertThat(out().lines().filter(line -> line.matches("job.batch/web-.* deleted"))).hasSize(2);
    assertThat(jobs("web")).isEmpty();
    assertThat(run("delete", "--name", "web")).isEqualTo(1);
    assertThat(err()).contains("there is no capture 'web' in namespace " + NAMESPACE);
    assertThat(run("list", "--name", "web")).isZero();
    assertThat(err()).contains("No captures");
  }

  @Test
  void shouldKeepSecretsOutOfJobsAndLetThemGoTogether() {
    assertThat(
            run(
                "create",
                IMAGE,
                "--name=s3",
                "--pod-names=web-1",
                "--host-path=",
                "--s3-bucket=b",
                "--s3-access-key-id=the-id",
                "--s3-secret-access-key=the-key",
                "--blob-upload=https://a.test/c?sig=the-signature",
                "--tcpdump-filter=udp",
                "--include-metadata=false"))
        .as(err())
        .isZero();

    Job job = jobs("s3").getFirst();
    assertThat(environment(job))
        .containsEntry("PCAP_FILTER", "(host 10.7.0.1) and (udp)")
        .containsEntry("CAPTURE_NAMES", "10.7.0.1=" + NAMESPACE + "/web-1")
        .containsEntry("S3_PATH", "retina/captures")
        .containsEntry("INCLUDE_METADATA", "false")
        .doesNotContainKey("HOSTPATH");
    assertThat(job.toString()).doesNotContain("the-id", "the-key", "the-signature");
    List<Secret> secrets =
        admin.secrets().inNamespace(NAMESPACE).withLabel("capture-name", "s3").list().getItems();
    assertThat(secrets)
        .hasSize(2)
        .allSatisfy(secret ->
            assertThat(secret.getMetadata().getOwnerReferences().getFirst().getName())
                .isEqualTo(job.getMetadata().getName()));
    assertThat(secrets)
        .extracting(secret -> secret.getMetadata().getName())
        .anyMatch(name -> name.startsWith("capture-blob-upload-secret"))
        .anyMatch(name -> name.startsWith("capture-s3-upload-secret"));

    assertThat(run("delete", "--name=s3")).isZero();
    assertThat(
            admin
                .secrets()
                .inNamespace(NAMESPACE)
                .withLabel("capture-name", "s3")
                .list()
                .getItems())
        .isEmpty();
  }

  @Test
  void shouldWaitAndPrintTheFilesAndFailWithTheReason() throws Exception {
    CompletableFuture<Integer> waiting =
        later("create", IMAGE, "--name=waits", "--node-names=c1,c2", "--wait", "--duration=1s");
    List<Job> jobs = awaitJobs("waits", 2);
    Reported.end(
        admin,
        jobs.get(0),
        0,
        "{\"outputs\":[{\"type\":\"hostPath\",\"location\":\"/var/log/a\\u001b[31m\",\"size\":5}]}");
    Reported.end(admin, jobs.get(1), 1, "{\"reason\":\"filter: syntax error\"}");

    assertThat(waiting.get(60, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(out()).contains("SHA256", "/var/log/a\\027[31m").doesNotContain("\u001b");
    assertThat(err()).contains("2 of 2 nodes are done", ": filter: syntax error");
    assertThat(jobs("waits")).hasSize(2); // for a download of what is on the nodes
  }

  @Test
  void shouldTellWrongWordsFromWhatCannotBe() {
    assertThat(run("create", IMAGE, "--node-names=c1", "--pod-names=web-1")).isEqualTo(2);
    assertThat(err()).contains("whose packets?");
    assertThat(run("create", IMAGE, "--host-path=/tmp")).isEqualTo(2);
    assertThat(run("create", IMAGE, "--host-path=a/../../b")).isEqualTo(2);
    assertThat(run("create", IMAGE, "--host-path=")).isEqualTo(2);
    assertThat(run("create", IMAGE, "--duration=soon")).isEqualTo(2);
    assertThat(run("create", IMAGE, "--duration=", "--max-size=0")).isEqualTo(2);
    assertThat(run("create", IMAGE, "--s3-bucket=b")).isEqualTo(2);
    assertThat(run("create", "--name=noimage")).isEqualTo(2);
    assertThat(err()).contains("RETINA_AGENT_IMAGE");
    assertThat(run("create", IMAGE, "--node-names=nosuch")).isEqualTo(1);
    assertThat(err()).contains("no node 'nosuch'");
    assertThat(run("create", IMAGE, "--node-selectors=pool=nosuch")).isEqualTo(1);
    assertThat(err()).contains("no targets");
    assertThat(run("create", IMAGE, "--include-filter=web:80")).isEqualTo(1);
    assertThat(run("create", IMAGE, "--job-num-limit=1", "--node-selectors=pool=cli")).isEqualTo(1);
    assertThat(err()).contains("2 nodes");
    assertThat(run("list", "-o", "xml")).isEqualTo(2);
    assertThat(run("download")).isEqualTo(2);
    assertThat(run("download", "--name=nosuch", IMAGE)).isEqualTo(1);
    assertThat(run("stream", IMAGE, "--node-selectors=pool=cli")).isEqualTo(2);
    assertThat(err()).contains("a stream is of one node", "c1, c2");
    assertThat(run()).isEqualTo(2);
    assertThat(jobs("retina-capture")).isEmpty();
    assertThat(admin.secrets().inNamespace(NAMESPACE).list().getItems())
        .noneMatch(one -> one.getMetadata().getName().contains("upload"));
  }

  @Test
  void shouldMakeACaptureForASchedule() {
    Crds.install(admin);

    assertThat(run("create", "--name=clock", "--schedule=0 3 * * *", "--node-selectors=pool=cli"))
        .as(err())
        .isZero();

    Capture made = admin.resources(Capture.class).inNamespace(NAMESPACE).withName("clock").get();
    assertThat(made.getSpec().schedule()).isEqualTo("0 3 * * *");
    assertThat(made.getMetadata().getAnnotations().get("retina.sh/creator-groups"))
        .contains("system:masters");
    assertThat(run("create", "--name=wrong", "--schedule=soon")).isEqualTo(1);
    assertThat(err()).contains("schedule has five fields");
    assertThat(run("delete", "--name=clock")).isZero();
    assertThat(out()).contains("capture.retina.sh/clock deleted");
  }

  @Test
  void shouldDownloadWhatANodeHasAndCompareIt() throws Exception {
    Path files = Files.createDirectories(directory.resolve("node/retina"));
    byte[] packets = new byte[300_000];
    new java.util.Random(7).nextBytes(packets);
    Path file = Files.write(files.resolve("got-k1-2026.pcapng"), packets);
    String sha = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(packets));
    try (TestKubelet kubelet = kubelet("k1")) {
      assertThat(run("create", IMAGE, "--name=got", "--node-names=k1")).as(err()).isZero();
      String answer =
          "{\"outputs\":[{\"type\":\"hostPath\",\"location\":\"%s\",\"size\":%d,\"sha256\":\"%s\"}]}";
      Reported.end(admin, jobs("got").getFirst(), 0, answer.formatted(file, packets.length, sha));
      Path here = directory.resolve("here");
      String[] words = {
        "download", IMAGE, "--name=got", "--host-path-base-dir=" + files, "--output=" + here
      };

      assertThat(adopting(kubelet, later(words))).as(err()).isZero();
      assertThat(out().strip()).isEqualTo(here + "/got/got-k1-2026.pcapng");
      assertThat(here.resolve("got/got-k1-2026.pcapng")).hasBinaryContent(packets);
      assertThat(helpers()).isEmpty();

      // A second time it is there; and what is not what was recorded gets no name.
      assertThat(adopting(kubelet, later(words))).isEqualTo(1);
      assertThat(err()).contains("is there already");
      Files.write(file, "changed".getBytes(UTF_8));
      Files.delete(here.resolve("got/got-k1-2026.pcapng"));
      assertThat(adopting(kubelet, later(words))).isEqualTo(1);
      assertThat(err()).contains("7 bytes came, and 300000 were recorded");
      assertThat(here.resolve("got")).isEmptyDirectory();
      assertThat(helpers()).isEmpty();
    }
  }

  @Test
  void shouldHandOnWhatAStreamSaysOfItself() throws Exception {
    try (TestKubelet kubelet = kubelet("k2")) {
      CompletableFuture<Integer> streaming =
          later(
              "stream", IMAGE, "--node-names=k2", "--pcap-filter=no such filter", "--duration=2s");

      assertThat(adopting(kubelet, streaming)).isNotZero();
      assertThat(kubelet.commands().getFirst())
          .contains(
              "capture-worker",
              "--stdout",
              "--node=k2",
              "--pcap-filter=(no such filter)",
              "--duration=2s",
              "--format=pcapng")
          .noneMatch(word -> word.startsWith("--max-size"));
      assertThat(out()).isEmpty();
      assertThat(err()).isNotBlank();
      assertThat(helpers()).isEmpty();
    }
  }

  @Test
  void shouldLeaveNoPodWhenItIsInterrupted() throws Exception {
    try (TestKubelet kubelet = kubelet("k4")) {
      Process stream =
          new ProcessBuilder(
                  "env", // a job in the background inherits that the signal is ignored
                  "--default-signal=INT",
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  "sh.retina.RetinaApplication",
                  "capture",
                  "stream",
                  IMAGE,
                  "--node-names=k4",
                  "--interfaces=lo",
                  "--duration=10m",
                  "-n",
                  NAMESPACE,
                  "--kubeconfig",
                  server.kubeconfig().toString())
              .redirectOutput(directory.resolve("interrupted.pcapng").toFile())
              .redirectError(directory.resolve("interrupted.log").toFile())
              .start();
      for (int i = 0; i < 1_200 && stream.isAlive() && kubelet.commands().isEmpty(); i++) {
        kubelet.adopt(NAMESPACE);
        LockSupport.parkNanos(50_000_000);
      }
      assertThat(helpers()).as(Files.readString(directory.resolve("interrupted.log"))).hasSize(1);

      new ProcessBuilder("kill", "-INT", "" + stream.pid()).start().waitFor(10, TimeUnit.SECONDS);

      assertThat(stream.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(stream.exitValue()).isEqualTo(130);
      assertThat(helpers()).isEmpty();
    }
  }

  private static TestKubelet kubelet(String node) throws Exception {
    server.kubeconfigWithCertificate(node, "system:nodes", java.time.Duration.ofHours(1));
    Path pki = directory.resolve("server/pki");
    return new TestKubelet(admin, node, pki.resolve(node + ".crt"), pki.resolve(node + ".key"));
  }

  private static int adopting(TestKubelet kubelet, CompletableFuture<Integer> command)
      throws Exception {
    for (int i = 0; i < 1_200 && !command.isDone(); i++) {
      kubelet.adopt(NAMESPACE);
      LockSupport.parkNanos(50_000_000);
    }
    return command.get(1, TimeUnit.SECONDS);
  }

  private static List<Pod> helpers() {
    return admin
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("retina.sh/app", "capture-helper")
        .list()
        .getItems();
  }
}
