package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.helm.Helm;
import sh.retina.helm.Rendered;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The root file system of the image, and an agent in it under runc with what the chart says of its
 * container and containerd's seccomp profile. There is no kubelet and no registry. RETINA_IMAGE
 * names the root of an image that is tested instead of what {@code bin/image} makes.
 */
@RequiresKernel
class ImageIT {
  private static final long LARGEST = 200_000_000;

  @TempDir private static Path shared;
  private static Path image;

  @TempDir private Path directory;

  @BeforeAll
  static void assemble() throws Exception {
    Assumptions.assumeTrue(isThere("runc"), "no runc here: apt-get install runc");
    // One that was built otherwise, by a container engine.
    String built = System.getenv("RETINA_IMAGE");
    image = built == null ? shared.resolve("image") : Path.of(built);
    if (built == null) {
      assemble(image);
    }
  }

  private static boolean isThere(String program) {
    return Stream.of("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  private static void assemble(Path to) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("build.basedir", ""), "bin/image")
                    .toAbsolutePath()
                    .toString(),
                to.toString())
            .redirectErrorStream(true);
    builder.environment().put("RETINA_JAR", Program.jar().toString());
    Process process = builder.start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }

  private static List<Path> files() {
    try (Stream<Path> files = Files.walk(image)) {
      return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldBeSmallAndHoldNothingToRunButTheProgram() throws IOException {
    long size = 0;
    List<String> programs = new ArrayList<>();
    for (Path file : files()) {
      size += Files.size(file);
      String name = image.relativize(file).toString();
      if (Files.isExecutable(file) && !name.matches(".*\\.so(\\.\\d+)*")) {
        programs.add(name);
      }
    }
    assertThat(size).isLessThan(LARGEST);
    assertThat(programs).containsExactly("opt/java/bin/java");
    assertThat(Files.readString(image.resolve("opt/retina/sbom.cdx.json")))
        .contains("\"CycloneDX\"", "chronicle-queue", "spring-webflux");
    assertThat(Files.readString(image.resolve("var/lib/dpkg/status.d/libbpf1")))
        .contains("Version: ");
  }

  @Test
  void shouldBeTheSameAgainButForTheCache() throws Exception {
    Assumptions.assumeTrue(System.getenv("RETINA_IMAGE") == null, "made of other packages");
    Path again = shared.resolve("again");
    assemble(again);

    for (Path file : files()) {
      Path other = again.resolve(image.relativize(file));
      assertThat(other).exists();
      assertThat(Files.getLastModifiedTime(other)).isEqualTo(Files.getLastModifiedTime(file));
      if (!file.endsWith("retina.aot")) {
        assertThat(Files.mismatch(file, other)).as("%s", file).isEqualTo(-1);
      }
    }
  }

  @Test
  void shouldCountInTheContainerOfTheChart() throws Exception {
    Helm helm = Helm.find();
    try (TestNetwork network = new TestNetwork("image", "a", "b");
        NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace())) {
      AgentSettings settings = new AgentSettings(directory, network);
      Path config = Files.createDirectory(directory.resolve("config"));
      Files.writeString(config.resolve("context.yaml"), network.contextYaml());
      Rendered rendered =
          Rendered.of(
              helm,
              "--set",
              "conntrackReportInterval=1s,apiServer.port=" + settings.port(),
              "--set",
              "config.context.file=/retina/config/context.yaml");
      rendered.settings(rendered.agents().getSpec().getTemplate().getSpec(), config);
      Container container = new Container(directory, rendered.agent());
      container.write(
          image,
          rendered.agent().getArgs(),
          Map.of(
              "config", config,
              "journal", Files.createDirectory(directory.resolve("journal")),
              "tmp", Files.createDirectory(directory.resolve("tmp")),
              "cgroup", Path.of("/sys/fs/cgroup")),
          network.nodeNamespace().toString());

      try (AgentProcess agent =
          AgentProcess.of(container.command("retina-image-it"), settings.port())
              .listeningIn(space)
              .awaitReady()) {
        new PodTraffic(network).udp("a", network.ip4("b"), 5001, 100, 100);

        agent.await(
            "the packets",
            () -> agent.metric("retina_pod_packets_forwarded_total{direction=\"egress\"") >= 100);
        for (String plugin :
            List.of("packetforward", "packetparser", "dropreason", "linuxutil", "dns")) {
          assertThat(agent.metric("retina_agent_plugin_up{plugin=\"" + plugin + "\""))
              .as(plugin)
              .isEqualTo(1);
        }
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
      assertThat(directory.resolve("journal/journal")).isNotEmptyDirectory();
    }
  }

  /** The libraries that packets are recorded by are in it, with what they need themselves. */
  @Test
  void shouldRecordPackets() throws Exception {
    try (TestNetwork network = new TestNetwork("imgcap", "a", "b")) {
      String inside =
          "mount -t proc proc %1$s/proc && mount -t tmpfs tmpfs %1$s/tmp && exec chroot %1$s "
                  .formatted(image)
              + "/opt/java/bin/java @/opt/retina/java.options capture-worker --name=it"
              + " --directory=/tmp --duration=3s --interfaces=v-a --pcap-filter=udp";
      Process process =
          new ProcessBuilder(
                  "nsenter",
                  "--net=" + network.nodeNamespace(),
                  "unshare",
                  "--mount",
                  "sh",
                  "-c",
                  inside)
              .redirectErrorStream(true)
              .start();
      while (process.isAlive()) {
        new PodTraffic(network).udp("a", network.ip4("b"), 5001, 10, 100);
        process.waitFor(100, TimeUnit.MILLISECONDS);
      }

      String said =
          new String(
              process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      assertThat(process.exitValue()).as(said).isZero();
      JsonNode status = JsonMapper.shared().readTree(said);
      assertThat(status.get("state").asString()).isEqualTo("Completed");
      assertThat(status.get("packets").asLong()).isPositive();
    }
  }
}
