package sh.retina.agent;

import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a container runtime of Kubernetes makes of a container of the chart and the image, for runc:
 * read-only root, capabilities, no new privileges, containerd's own seccomp profile, its masked
 * paths, the mounts. Its process is started by {@link #command}.
 */
final class Container {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Path PROJECT =
      Path.of(System.getProperty("build.basedir", "")).toAbsolutePath();
  private static final List<String> MASKED =
      List.of(
          "/proc/acpi",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware");
  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private final Path bundle;
  private final io.fabric8.kubernetes.api.model.Container container;

  /**
   * @param bundle where {@code config.json} comes
   */
  Container(Path bundle, io.fabric8.kubernetes.api.model.Container container) {
    this.bundle = bundle;
    this.container = container;
  }

  /** {@code ENTRYPOINT} of the Dockerfile. */
  static List<String> entrypoint() throws IOException {
    Matcher line =
        Pattern.compile("(?m)^ENTRYPOINT (\\[.*])$")
            .matcher(Files.readString(PROJECT.resolve("Dockerfile")));
    if (!line.find()) {
      throw new AssertionError("the Dockerfile has no ENTRYPOINT");
    }
    List<String> words = new ArrayList<>();
    JSON.readTree(line.group(1)).forEach(word -> words.add(word.asString()));
    return words;
  }

  /**
   * Writes the bundle.
   *
   * @param arguments of the program
   * @param sources of the volumes, by name
   * @param network path of the network namespace
   */
  void write(Path root, List<String> arguments, Map<String, Path> sources, String network)
      throws IOException {
    List<String> words = new ArrayList<>(entrypoint());
    words.addAll(arguments);
    List<String> environment = new ArrayList<>(List.of("MALLOC_ARENA_MAX=2"));
    container.getEnv().stream()
        .map(one -> one.getName() + "=" + (one.getValue() == null ? "test-node" : one.getValue()))
        .forEach(environment::add);
    var security = container.getSecurityContext();
    List<String> capabilities =
        security.getCapabilities().getAdd().stream().map(name -> "CAP_" + name).toList();
    Map<String, Object> process =
        Map.of(
            "cwd",
            "/",
            "args",
            words,
            "env",
            environment,
            "user",
            Map.of("uid", security.getRunAsUser(), "gid", security.getRunAsGroup()),
            "noNewPrivileges",
            !security.getAllowPrivilegeEscalation(),
            "capabilities",
            Map.of(
                "bounding", capabilities,
                "effective", capabilities,
                "permitted", capabilities));
    Map<String, Object> linux =
        Map.of(
            "namespaces",
            List.of(
                Map.of("type", "pid"),
                Map.of("type", "ipc"),
                Map.of("type", "uts"),
                Map.of("type", "mount"),
                Map.of("type", "network", "path", network)),
            "maskedPaths",
            MASKED,
            "readonlyPaths",
            READ_ONLY);
    Map<String, Object> spec =
        Map.of(
            "ociVersion",
            "1.0.2",
            "root",
            Map.of("path", root.toString(), "readonly", security.getReadOnlyRootFilesystem()),
            "process",
            process,
            "mounts",
            mounts(sources),
            "linux",
            linux);
    Files.writeString(bundle.resolve("config.json"), withSeccomp(JSON.writeValueAsString(spec)));
  }

  private List<Map<String, Object>> mounts(Map<String, Path> sources) {
    List<Map<String, Object>> mounts =
        new ArrayList<>(
            List.of(
                mount("/proc", "proc", "proc", List.of()),
                mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "mode=755", "size=65536k")),
                mount("/dev/shm", "tmpfs", "shm", List.of("nosuid", "noexec", "size=65536k")),
                mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro"))));
    for (VolumeMount volume : container.getVolumeMounts()) {
      Path source = sources.get(volume.getName());
      if (source == null) {
        throw new AssertionError("no source for the volume " + volume.getName());
      }
      List<String> options = new ArrayList<>(List.of("rbind", "rprivate"));
      options.add(Boolean.TRUE.equals(volume.getReadOnly()) ? "ro" : "rw");
      mounts.add(mount(volume.getMountPath(), "bind", source.toString(), options));
    }
    return mounts;
  }

  private static Map<String, Object> mount(
      String place, String type, String source, List<String> options) {
    Map<String, Object> mount = new LinkedHashMap<>();
    mount.put("destination", place);
    mount.put("type", type);
    mount.put("source", source);
    mount.put("options", options);
    return mount;
  }

  /** The profile by containerd itself: {@code src/test/go/seccomp}. */
  private static String withSeccomp(String spec) throws IOException {
    Path program = PROJECT.resolve("target/seccomp");
    run(
        PROJECT.resolve("src/test/go/seccomp"),
        "",
        "sh",
        "-c",
        ". ../../../../bin/setup.sh && find_go && CGO_ENABLED=0 \"$GO\" build -o "
            + program
            + " .");
    String written = run(PROJECT, spec, program.toString());
    JsonNode profile = JSON.readTree(written).at("/linux/seccomp/syscalls");
    if (profile.isEmpty()) {
      throw new AssertionError("no profile: " + written);
    }
    return written;
  }

  private static String run(Path directory, String input, String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var writer = process.outputWriter(StandardCharsets.UTF_8)) {
      writer.write(input);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError(List.of(command) + " failed: " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
    return output;
  }

  /** Runs it in the foreground; the process's signals are the program's. */
  List<String> command(String name) {
    return List.of(
        "runc",
        "--root",
        bundle.resolve("state").toString(),
        "run",
        "--bundle",
        bundle.toString(),
        name);
  }
}
