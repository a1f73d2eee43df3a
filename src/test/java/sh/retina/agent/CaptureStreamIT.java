package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Packets on the worker's standard output, for a reader that looks on. */
@RequiresKernel
@EnabledIf(value = "sh.retina.agent.Tshark#isThere", disabledReason = "tshark is not installed")
class CaptureStreamIT {
  private static final int PORT = 5_002;
  private static final int PACKET_BLOCK = 6;

  @TempDir private Path directory;

  private CaptureProcess start(TestNetwork network, String... more) throws IOException {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--stdout",
                "--interfaces=v-a",
                "--pcap-filter=udp port " + PORT,
                "--status-file=" + directory.resolve("status"),
                "--network-namespace=" + network.nodeNamespace()));
    options.addAll(List.of(more));
    return CaptureProcess.start(options.toArray(String[]::new));
  }

  /** Reads a block; answers its type. */
  private static int block(InputStream stream) throws IOException {
    ByteBuffer head = ByteBuffer.wrap(stream.readNBytes(8)).order(ByteOrder.LITTLE_ENDIAN);
    int type = head.getInt();
    stream.readNBytes(head.getInt() - 8);
    return type;
  }

  private JsonNode status() throws IOException {
    return JsonMapper.shared().readTree(Files.readString(directory.resolve("status")));
  }

  /** One packet a time, each read before the next is sent: nothing waits in a buffer. */
  @Test
  void shouldHandOverEachPacketAtOnce() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capstr", "a", "b");
        CaptureProcess worker = start(network)) {
      InputStream stream = worker.output();
      assertThat(block(stream)).as("section").isEqualTo(0x0a0d0d0a);
      assertThat(block(stream)).as("interface").isEqualTo(1);
      PodTraffic traffic = new PodTraffic(network);
      for (int i = 0; i < 5; i++) {
        traffic.udp("a", network.ip4("b"), PORT, 1, 100);
        assertThat(block(stream)).isEqualTo(PACKET_BLOCK);
      }

      assertThat(worker.terminate().exitCode()).isZero();
      assertThat(block(stream)).as("statistics").isEqualTo(5);
      assertThat(stream.read()).isEqualTo(-1);
      assertThat(status().get("ended").asString()).isEqualTo("signal");
      assertThat(status().get("packets").asInt()).isEqualTo(5);
      assertThat(status().get("files")).isEmpty();
    }
  }

  @Test
  void shouldEndWhenItsReaderGoes() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capgo", "a", "b");
        CaptureProcess worker = start(network)) {
      block(worker.output());
      worker.output().close();
      PodTraffic traffic = new PodTraffic(network);
      for (int i = 0; i < 200 && worker.process().isAlive(); i++) {
        traffic.udp("a", network.ip4("b"), PORT, 1, 100);
        LockSupport.parkNanos(20_000_000);
      }

      assertThat(worker.exitCode()).isZero();
      assertThat(status().get("ended").asString()).isEqualTo("reader");
    }
  }

  /** As {@code capture stream | tshark -i -}. */
  @Test
  void shouldBeReadByWiresharkWhileItRuns() throws IOException, InterruptedException {
    Path read = directory.resolve("read");
    try (TestNetwork network = new TestNetwork("capws", "a", "b");
        CaptureProcess worker = start(network, "--names=" + network.ip4("a") + "=test/web")) {
      Process tshark =
          new ProcessBuilder(
                  "tshark", "-l", "-i", "-", "-c", "3", "-T", "fields", "-e", "udp.dstport")
              .redirectOutput(read.toFile())
              .redirectError(directory.resolve("tshark.log").toFile())
              .start();
      Thread pump =
          Thread.ofVirtual()
              .start(() -> {
                try (var to = tshark.getOutputStream()) {
                  worker.output().transferTo(to);
                } catch (IOException e) {
                  // tshark has its three packets
                }
              });
      PodTraffic traffic = new PodTraffic(network);
      for (int i = 0; i < 500 && tshark.isAlive(); i++) {
        traffic.udp("a", network.ip4("b"), PORT, 1, 100);
        LockSupport.parkNanos(20_000_000);
      }

      assertThat(tshark.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readAllLines(read)).hasSize(3).containsOnly(Integer.toString(PORT));
      worker.terminate();
      pump.join();
    }
  }
}
