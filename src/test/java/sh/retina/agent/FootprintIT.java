package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bounds of the agent's size that noise does not reach; docs/performance/start-and-size.md has what
 * was measured.
 */
@RequiresKernel
class FootprintIT {
  /** 73.4 MiB when it was set: the Kubernetes client 17, gRPC and the Hubble API 9, S3 8.4. */
  private static final long MAX_JAR_BYTES = 78L << 20;

  /** Some are made by the number of CPUs: the bound holds up to this many. */
  private static final int MAX_CPUS = 4;

  /** 29 to 31 on two CPUs when it was set. */
  private static final int MAX_THREADS = 34;

  /** 198 MiB without the AOT cache when it was set, before the C heap is trimmed. */
  private static final long MAX_RSS_KIB = 220L << 10;

  @TempDir private Path directory;

  @Test
  void shouldKeepTheJarSmall() throws IOException {
    assertThat(Files.size(Program.jar())).isLessThan(MAX_JAR_BYTES);
  }

  @Test
  void shouldKeepThreadsAndMemoryWithinBoundsAfterStart() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (TestNetwork network = new TestNetwork("foot", "a");
        AgentProcess agent =
            new AgentProcess(
                    List.of(),
                    port,
                    "--retina.network-namespace=" + network.nodeNamespace(),
                    "--retina.journal.directory=" + directory.resolve("journal"))
                .awaitReady()) {
      if (Runtime.getRuntime().availableProcessors() <= MAX_CPUS) {
        assertThat(agent.processStatus("Threads")).isLessThanOrEqualTo(MAX_THREADS);
      }
      assertThat(agent.processStatus("VmRSS")).isLessThan(MAX_RSS_KIB);
    }
  }
}
