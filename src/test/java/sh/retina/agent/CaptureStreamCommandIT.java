package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.job.Nodes;
import sh.retina.job.TestKubelet;
import sh.retina.kubernetes.ApiServer;

/**
 * {@code capture stream | tshark -i -} with real traffic: the command as a process, through the API
 * server's exec, its standard output a pipe that tshark captures from, as Wireshark does. A
 * stand-in for the kubelet runs the worker.
 */
@RequiresKernel
@EnabledIf(value = "sh.retina.agent.Tshark#isThere", disabledReason = "tshark is not installed")
class CaptureStreamCommandIT {
  private static final String NAMESPACE = "stream";
  private static final int COUNT = 50;
  private static final int PORT = 5_002;

  /** Of packets that are sent until one is seen. */
  private static final int FIRST_PORT = 5_003;

  @TempDir private Path directory;

  @Test
  void shouldBeReadFromThePipeAsPacketsCome() throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("server"));
        KubernetesClient admin = server.client();
        TestNetwork network = new TestNetwork("capcmd", "a", "b")) {
      Nodes.namespace(admin, NAMESPACE, Map.of());
      server.kubeconfigWithCertificate("k3", "system:nodes", Duration.ofHours(1));
      Path pki = directory.resolve("server/pki");
      try (TestKubelet kubelet =
          new TestKubelet(
              admin,
              "k3",
              pki.resolve("k3.crt"),
              pki.resolve("k3.key"),
              "nsenter",
              "--net=" + network.nodeNamespace())) {
        List<Process> pipe = ProcessBuilder.startPipeline(List.of(stream(server), tshark()));
        Process stream = pipe.getFirst();
        PodTraffic traffic = new PodTraffic(network);
        for (int i = 0; i < 600 && stream.isAlive() && seen().isEmpty(); i++) {
          kubelet.adopt(NAMESPACE);
          traffic.udp("a", network.ip4("b"), FIRST_PORT, 1, 100);
          LockSupport.parkNanos(50_000_000);
        }
        traffic.udp("a", network.ip4("b"), PORT, COUNT, 100);
        List<String> wanted = Collections.nCopies(COUNT, network.ip4("a") + "\t" + PORT);
        for (int i = 0; i < 200 && !ours().equals(wanted); i++) {
          LockSupport.parkNanos(50_000_000);
        }
        assertThat(stream.isAlive()).as("each came while it goes on: %s", said()).isTrue();
        assertThat(ours()).isEqualTo(wanted);

        stream.toHandle().destroy();
        for (Process one : pipe) {
          assertThat(one.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(admin.pods().inNamespace(NAMESPACE).list().getItems()).isEmpty();
      }
    }
  }

  /** What tshark has seen. */
  private List<String> seen() throws IOException {
    Path file = directory.resolve("seen");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  private List<String> ours() throws IOException {
    return seen().stream().filter(line -> line.endsWith("\t" + PORT)).toList();
  }

  private String said() throws IOException {
    return Files.readString(directory.resolve("stream.log"))
        + Files.readString(directory.resolve("tshark.log"));
  }

  private ProcessBuilder stream(ApiServer server) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "sh.retina.RetinaApplication",
                "capture",
                "stream"));
    words.addAll(
        List.of(
            "--image=registry.test/retina:1",
            "--node-names=k3",
            "--interfaces=v-a",
            "--pcap-filter=udp portrange " + PORT + "-" + FIRST_PORT,
            "--duration=5m",
            "-n",
            NAMESPACE,
            "--kubeconfig",
            server.kubeconfig().toString()));
    return new ProcessBuilder(words).redirectError(directory.resolve("stream.log").toFile());
  }

  private ProcessBuilder tshark() {
    return new ProcessBuilder(
            "tshark", "-l", "-n", "-i", "-", "-T", "fields", "-e", "ip.src", "-e", "udp.dstport")
        .redirectOutput(directory.resolve("seen").toFile())
        .redirectError(directory.resolve("tshark.log").toFile());
  }
}
