package sh.retina.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.cli.Cli;
import sh.retina.job.Nodes;
import sh.retina.job.TestKubelet;
import sh.retina.kubernetes.ApiServer;

/**
 * {@code capture stream} with real traffic, through the API server's exec, to standard output; a
 * stand-in for the kubelet runs the worker.
 */
@RequiresKernel
@EnabledIf(value = "sh.retina.agent.Tshark#isThere", disabledReason = "tshark is not installed")
class CaptureStreamCommandIT {
  private static final String NAMESPACE = "stream";
  private static final int COUNT = 50;
  private static final int PORT = 5_002;

  @TempDir private Path directory;

  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @Test
  void shouldWritePacketsAsTheyCome() throws Exception {
    PrintStream realOutput = System.out;
    PrintStream realErrors = System.err;
    try (ApiServer server = ApiServer.start(directory.resolve("server"));
        KubernetesClient admin = server.client();
        TestNetwork network = new TestNetwork("capstr", "a", "b")) {
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
        System.setOut(new PrintStream(output, true, UTF_8));
        System.setErr(new PrintStream(errors, true, UTF_8));
        CompletableFuture<Integer> stream =
            CompletableFuture.supplyAsync(() -> Cli.execute(words(server)));
        awaitHeader(kubelet, stream);
        new PodTraffic(network).udp("a", network.ip4("b"), PORT, COUNT, 100);

        assertThat(stream.get(90, TimeUnit.SECONDS)).as(errors.toString(UTF_8)).isZero();
        Path file = Files.write(directory.resolve("stream.pcapng"), output.toByteArray());
        assertThat(Tshark.fields(file, "udp", "ip.src", "udp.dstport"))
            .isEqualTo(Collections.nCopies(COUNT, List.of(network.ip4("a"), "5002")));
        assertThat(admin.pods().inNamespace(NAMESPACE).list().getItems()).isEmpty();
      }
    } finally {
      System.setOut(realOutput);
      System.setErr(realErrors);
    }
  }

  private static String[] words(ApiServer server) {
    return new String[] {
      "capture",
      "stream",
      "--image=registry.test/retina:1",
      "--node-names=k3",
      "--interfaces=v-a",
      "--pcap-filter=udp port " + PORT,
      "--duration=6s",
      "-n",
      NAMESPACE,
      "--kubeconfig",
      server.kubeconfig().toString()
    };
  }

  /** The file's header comes when the worker has begun. */
  private void awaitHeader(TestKubelet kubelet, CompletableFuture<Integer> stream) {
    for (int i = 0; i < 1_200 && output.size() == 0 && !stream.isDone(); i++) {
      kubelet.adopt(NAMESPACE);
      LockSupport.parkNanos(50_000_000);
    }
    assertThat(output.size()).as(errors.toString(UTF_8)).isPositive();
  }
}
