package sh.retina.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs Jobs where there is no kubelet and no controller of Jobs: the container's own arguments,
 * environment, mounts, capabilities and read-only root, by the kernel's namespaces; then the status
 * of pod and Job as these two would write it. The program is that of this build, as there is no
 * image.
 */
public final class JobRunner implements AutoCloseable {
  /** Mounts, then the program: root directory, mount table, capabilities, command. */
  private static final String SCRIPT =
      """
      set -e
      work=$1 mounts=$2 caps=$3; shift 3
      mount --make-rprivate /
      mount -t tmpfs tmpfs "$work"
      mkdir "$work/up" "$work/work" "$work/root"
      root=$work/root
      mount -t overlay -o "lowerdir=/,upperdir=$work/up,workdir=$work/work" overlay "$root"
      mount --rbind /proc "$root/proc"
      mount --rbind /sys "$root/sys"
      for device in null zero random urandom; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
      done
      while IFS='\t' read -r from to mode; do
        if [ -d "$from" ]; then mkdir -p "$root$to"; else touch "$root$to"; fi
        mount --bind "$from" "$root$to"
        [ "$mode" = rw ] || mount -o remount,bind,ro "$root$to"
      done < "$mounts"
      mount -o remount,ro "$root"
      exec chroot "$root" setpriv --bounding-set="-all$caps" --inh-caps="-all$caps" \
        --no-new-privs "$@"
      """;

  private static final int MESSAGE_BYTES = 4_096;
  private static final int PATIENCE_SECONDS = 90;

  private final KubernetesClient admin;
  private final Path directory;
  private final Map<String, String> networks;
  private final List<Running> all = new ArrayList<>();

  /**
   * A machine for all nodes.
   *
   * @param directory for what is mounted
   * @param networks the file of each node's network namespace; a node without one has this one
   */
  public JobRunner(KubernetesClient admin, Path directory, Map<String, String> networks) {
    this.admin = admin;
    this.directory = directory;
    this.networks = Map.copyOf(networks);
  }

  /** Creates the pod of a Job, and starts it as running. */
  public Running start(Job job) throws IOException {
    Pod pod = admin.resource(pod(job)).create();
    Running running = new Running(job, pod, directory.resolve(pod.getMetadata().getName()));
    all.add(running);
    running.begin();
    return running;
  }

  private static Pod pod(Job job) {
    var labels = job.getSpec().getTemplate().getMetadata().getLabels();
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(job.getMetadata().getNamespace())
        .withName(job.getMetadata().getName() + "-abcde")
        .withLabels(labels)
        .addToLabels("batch.kubernetes.io/job-name", job.getMetadata().getName())
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion("batch/v1")
                .withKind("Job")
                .withName(job.getMetadata().getName())
                .withUid(job.getMetadata().getUid())
                .withController(true)
                .build())
        .endMetadata()
        .withSpec(
            new io.fabric8.kubernetes.api.model.PodSpecBuilder(
                    job.getSpec().getTemplate().getSpec())
                .withNodeName(NodeProgress.nodeOf(job))
                .build())
        .build();
  }

  @Override
  public void close() {
    for (Running running : all) {
      Process process = running.process;
      if (process != null) {
        process.destroyForcibly();
      }
    }
  }

  /** A Job's container. */
  public final class Running {
    private final Job job;
    private final Pod pod;
    private final Path home;
    private final List<String> mounts = new ArrayList<>();
    private @Nullable Process process;

    private Running(Job job, Pod pod, Path home) {
      this.job = job;
      this.pod = pod;
      this.home = home;
    }

    private void begin() throws IOException {
      var container = pod.getSpec().getContainers().getFirst();
      Files.createDirectories(home.resolve("root"));
      Path message = Files.createFile(home.resolve("termination-log"));
      mounts.add(message + "\t" + container.getTerminationMessagePath() + "\trw");
      for (VolumeMount mount : container.getVolumeMounts()) {
        String mode = Boolean.TRUE.equals(mount.getReadOnly()) ? "ro" : "rw";
        mounts.add(volume(mount.getName()) + "\t" + mount.getMountPath() + "\t" + mode);
      }
      Path table = Files.write(home.resolve("mounts"), mounts);
      StringBuilder capabilities = new StringBuilder();
      container
          .getSecurityContext()
          .getCapabilities()
          .getAdd()
          .forEach(one -> capabilities.append(",+").append(one.toLowerCase(java.util.Locale.ROOT)));
      List<String> command = new ArrayList<>();
      String network = networks.get(pod.getSpec().getNodeName());
      if (network != null) {
        command.addAll(List.of("nsenter", "--net=" + network));
      }
      command.addAll(List.of("unshare", "--mount", "sh", "-c", SCRIPT, "sh"));
      command.addAll(List.of(home.resolve("root").toString(), table.toString()));
      command.add(capabilities.toString());
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
      command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp"));
      command.add(absolute(System.getProperty("java.class.path")));
      command.add("sh.retina.RetinaApplication");
      command.addAll(container.getArgs());
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().keySet().retainAll(List.of("PATH"));
      container.getEnv().forEach(one -> builder.environment().put(one.getName(), value(one)));
      process =
          builder.redirectErrorStream(true).redirectOutput(home.resolve("log").toFile()).start();
      report("Running", new ContainerStateBuilder().withNewRunning().endRunning());
    }

    private static String absolute(String path) {
      List<String> parts = new ArrayList<>();
      for (String part : path.split(":", -1)) {
        parts.add(Path.of(part).toAbsolutePath().toString());
      }
      return String.join(":", parts);
    }

    private String value(EnvVar variable) {
      return variable.getValueFrom() == null
          ? variable.getValue()
          : pod.getMetadata().getName(); // the only field that ours refer to
    }

    private Path volume(String name) throws IOException {
      Volume volume =
          pod.getSpec().getVolumes().stream()
              .filter(one -> one.getName().equals(name))
              .findFirst()
              .orElseThrow();
      if (volume.getHostPath() != null) {
        return Files.createDirectories(Path.of(volume.getHostPath().getPath()));
      }
      if (volume.getPersistentVolumeClaim() != null) {
        return Files.createDirectories(
            directory.resolve("claims/" + volume.getPersistentVolumeClaim().getClaimName()));
      }
      Path made = Files.createDirectories(home.resolve("volumes/" + name));
      if (volume.getSecret() != null) {
        Secret secret =
            admin
                .secrets()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(volume.getSecret().getSecretName())
                .get();
        assertThat(secret != null || Boolean.TRUE.equals(volume.getSecret().getOptional()))
            .isTrue();
        if (secret != null) {
          for (var one : secret.getData().entrySet()) {
            Files.write(made.resolve(one.getKey()), Base64.getDecoder().decode(one.getValue()));
          }
        }
      }
      return made;
    }

    /** What it printed so far. */
    public String log() throws IOException {
      return Files.readString(home.resolve("log"));
    }

    private Process process() {
      return Objects.requireNonNull(process);
    }

    /** Whether it still is there. */
    public boolean isAlive() {
      return process().isAlive();
    }

    /** SIGTERM, as when a Job is deleted. */
    public Running terminate() {
      process().destroy();
      return this;
    }

    /** Waits for its end, and reports it; the exit code. */
    public int end() throws IOException, InterruptedException {
      assertThat(process().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("it ended").isTrue();
      int code = process().exitValue();
      byte[] message = Files.readAllBytes(home.resolve("termination-log"));
      assertThat(message.length).as(log()).isLessThanOrEqualTo(MESSAGE_BYTES);
      report(
          code == 0 ? "Succeeded" : "Failed",
          new ContainerStateBuilder()
              .withNewTerminated()
              .withExitCode(code)
              .withReason(code == 0 ? "Completed" : "Error")
              .withMessage(new String(message, StandardCharsets.UTF_8))
              .endTerminated());
      JobRunner.end(admin, job, code == 0);
      return code;
    }

    private void report(String phase, ContainerStateBuilder state) {
      admin
          .pods()
          .inNamespace(pod.getMetadata().getNamespace())
          .withName(pod.getMetadata().getName())
          .editStatus(before ->
              new PodBuilder(before)
                  .withNewStatus()
                  .withPhase(phase)
                  .addNewContainerStatus()
                  .withName(pod.getSpec().getContainers().getFirst().getName())
                  .withImage("none")
                  .withImageID("")
                  .withReady(false)
                  .withRestartCount(0)
                  .withState(state.build())
                  .endContainerStatus()
                  .endStatus()
                  .build());
    }
  }

  /** The status of a Job that is over, as its controller writes it. */
  public static void end(KubernetesClient admin, Job job, boolean succeeded) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    JobStatusBuilder status = new JobStatusBuilder().withStartTime(now);
    if (succeeded) {
      status.withSucceeded(1).withCompletionTime(now);
    } else {
      status.withFailed(1);
    }
    for (String type :
        succeeded
            ? List.of("SuccessCriteriaMet", "Complete")
            : List.of("FailureTarget", "Failed")) {
      status
          .addNewCondition()
          .withType(type)
          .withStatus("True")
          .withReason(succeeded ? "CompletionsReached" : "BackoffLimitExceeded")
          .withMessage(succeeded ? "" : "Job has reached the specified backoff limit")
          .withLastTransitionTime(now)
          .withLastProbeTime(now)
          .endCondition();
    }
    admin
        .batch()
        .v1()
        .jobs()
        .inNamespace(job.getMetadata().getNamespace())
        .withName(job.getMetadata().getName())
        .editStatus(before -> new JobBuilder(before).withStatus(status.build()).build());
  }
}
