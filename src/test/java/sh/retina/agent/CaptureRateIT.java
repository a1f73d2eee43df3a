package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import tools.jackson.databind.JsonNode;

/**
 * Packets as fast as a sender makes them: each is in the file, or counted as dropped by the kernel,
 * in the status and in the file itself.
 */
@RequiresKernel
@WholeMachine
class CaptureRateIT {
  private static final int COUNT = 400_000;
  private static final int PORT = 5_004;
  private static final int PACKET_BLOCK = 6;
  private static final int STATISTICS_BLOCK = 5;
  private static final int RECEIVED = 4;
  private static final int DROPPED = 7;

  @TempDir private Path directory;

  /** What is in a file of packets. */
  private record Content(long packets, long received, long dropped) {
    static Content of(Path file) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      long packets = 0;
      long received = -1;
      long dropped = -1;
      int last = 0;
      while (bytes.hasRemaining()) {
        int start = bytes.position();
        int type = bytes.getInt();
        int end = start + bytes.getInt();
        if (type == PACKET_BLOCK) {
          packets++;
        } else if (type == STATISTICS_BLOCK) {
          received = option(bytes, start + 20, end - 4, RECEIVED);
          dropped = option(bytes, start + 20, end - 4, DROPPED);
        }
        assertThat(bytes.getInt(end - 4)).as("length at the end").isEqualTo(end - start);
        bytes.position(end);
        last = type;
      }
      assertThat(last).as("last block").isEqualTo(STATISTICS_BLOCK);
      return new Content(packets, received, dropped);
    }

    private static long option(ByteBuffer bytes, int from, int to, int code) {
      for (int at = from; at < to; at += 4 + (bytes.getShort(at + 2) + 3 & ~3)) {
        if (bytes.getShort(at) == code) {
          return bytes.getLong(at + 4);
        }
      }
      return -1;
    }
  }

  private CaptureProcess start(TestNetwork network, int bufferMegabytes) throws IOException {
    return CaptureProcess.start(
        "--directory=" + directory,
        "--duration=120s",
        "--interfaces=v-a",
        "--packet-size=96",
        "--buffer-size=" + bufferMegabytes,
        "--pcap-filter=udp port " + PORT,
        "--network-namespace=" + network.nodeNamespace());
  }

  private JsonNode end(CaptureProcess worker) throws IOException, InterruptedException {
    assertThat(worker.terminate().exitCode()).isZero();
    JsonNode status = worker.status();
    JsonNode kernel = status.get("kernel");
    Content content = Content.of(Path.of(status.get("files").get(0).get("path").asString()));
    assertThat(content)
        .isEqualTo(
            new Content(
                status.get("packets").asLong(),
                kernel.get("received").asLong(),
                kernel.get("dropped").asLong()));
    assertThat(kernel.get("received").asLong()).isEqualTo(COUNT);
    assertThat(content.packets() + content.dropped()).as("in the file or counted").isEqualTo(COUNT);
    return status;
  }

  @Test
  void shouldHoldOrCountEachPacketOfAFlood() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("caprate", "a", "b");
        CaptureProcess worker = start(network, 64)) {
      worker.awaitRecording(directory);
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, COUNT, 100);

      assertThat(end(worker).get("packets").asLong()).isPositive();
    }
  }

  /** Stopped by a signal, it reads nothing, whatever the machine is like. */
  @Test
  void shouldCountWhatTheKernelDropsWhileItCannotRead() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capdrop", "a", "b");
        CaptureProcess worker = start(network, 1)) {
      worker.awaitRecording(directory);
      signal(worker, "STOP");
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, COUNT, 100);
      signal(worker, "CONT");

      JsonNode status = end(worker);
      assertThat(status.get("kernel").get("dropped").asLong()).isGreaterThan(COUNT / 2);
      assertThat(status.get("packets").asLong()).isPositive();
    }
  }

  private static void signal(CaptureProcess worker, String name)
      throws IOException, InterruptedException {
    String pid = Long.toString(worker.process().pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor()).isZero();
  }
}
