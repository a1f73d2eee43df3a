package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The role capture-worker as a process, on real traffic; its files are read back by tshark. */
@RequiresKernel
@EnabledIf(value = "sh.retina.agent.Tshark#isThere", disabledReason = "tshark is not installed")
class CaptureIT {
  private static final int COUNT = 200;
  private static final int PORT = 5_001;

  @TempDir private Path directory;

  private String[] options(TestNetwork network, String... more) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--directory=" + directory,
                "--host-path=sub/dir",
                "--duration=60s",
                "--network-namespace=" + network.nodeNamespace()));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  private static Path onlyFile(JsonNode status) {
    assertThat(status.get("files").size()).isEqualTo(1);
    return Path.of(status.get("files").get(0).get("path").asString());
  }

  private static void assertSums(JsonNode status) throws IOException {
    for (JsonNode file : status.get("files")) {
      byte[] bytes = Files.readAllBytes(Path.of(file.get("path").asString()));
      assertThat(file.get("size").asLong()).isEqualTo(bytes.length);
      assertThat(file.get("sha256").asString()).isEqualTo(sha256(bytes));
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pcapng", "pcap"})
  void shouldHoldEveryPacketOfAnExchangeInOrderWithItsLength(String format)
      throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capture", "a", "b");
        CaptureProcess worker =
            CaptureProcess.start(
                options(
                    network,
                    "--interfaces=v-a",
                    "--format=" + format,
                    "--pcap-filter=udp port " + PORT))) {
      worker.awaitRecording(directory);
      PodTraffic traffic = new PodTraffic(network);
      List<Integer> sizes = IntStream.rangeClosed(1, COUNT).map(i -> i * 5).boxed().toList();
      for (int size : sizes) {
        traffic.udp("a", network.ip4("b"), PORT, 1, size);
      }
      traffic.udp("a", network.ip4("b"), PORT + 1, 10, 100); // not let through by the filter

      assertThat(worker.terminate().exitCode()).isZero();
      JsonNode status = worker.status();
      assertThat(status.get("state").asString()).isEqualTo("Completed");
      assertThat(status.get("ended").asString()).isEqualTo("signal");
      assertThat(status.get("packets").asLong()).isEqualTo(COUNT);
      // The kernel counts from the socket's making on, before its filter is in force.
      assertThat(status.get("kernel").get("received").asLong())
          .isBetween((long) COUNT, COUNT + 20L);
      assertThat(status.get("kernel").get("dropped").asLong()).isZero();
      assertSums(status);
      Path file = onlyFile(status);
      assertThat(file).startsWith(directory.resolve("sub/dir"));
      assertThat(file.getFileName().toString()).matches("it-n1-[0-9]{14}UTC[.]" + format);
      assertThat(CaptureProcess.names(directory, ".part")).isEmpty();
      // Ethernet, IPv4 and UDP before what was sent.
      assertThat(Tshark.fields(file, "udp", "frame.len", "frame.cap_len", "udp.dstport"))
          .isEqualTo(
              sizes.stream()
                  .map(size -> List.of(text(size + 42), text(size + 42), text(PORT)))
                  .toList());
    }
  }

  private static String text(int number) {
    return Integer.toString(number);
  }

  @Test
  void shouldNameInterfacesAndAddressesAndSayWhatTheKernelDropped()
      throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capall", "a", "b", "c");
        CaptureProcess worker =
            CaptureProcess.start(
                options(
                    network,
                    "--interfaces=v-a,v-b",
                    "--packet-size=100",
                    "--names=" + network.ip4("a") + "=test/web," + network.ip6("a") + "=test/web",
                    "--pcap-filter=udp"))) {
      worker.awaitRecording(directory);
      PodTraffic traffic = new PodTraffic(network);
      traffic.udp("a", network.ip4("b"), PORT, COUNT, 900);
      traffic.udp("a", network.ip6("b"), PORT, COUNT, 900);
      traffic.udp("c", network.ip4("b"), PORT + 1, COUNT, 900); // at v-c and v-b

      assertThat(worker.terminate().exitCode()).isZero();
      Path file = onlyFile(worker.status());
      List<List<String>> packets =
          Tshark.fields(file, "udp.port == 5001", "frame.interface_name", "frame.len");
      for (String name : List.of("v-a", "v-b")) {
        assertThat(packets.stream().filter(p -> p.getFirst().equals(name)))
            .as(name)
            .hasSize(2 * COUNT);
      }
      assertThat(Tshark.fields(file, "", "frame.interface_name"))
          .as("interfaces that were not wanted")
          .allMatch(p -> List.of("v-a", "v-b").contains(p.getFirst()));
      assertThat(Tshark.fields(file, "frame.cap_len > 100", "frame.number")).isEmpty();
      assertThat(Tshark.fields(file, "ip.src_host == \"test/web\"", "ip.src"))
          .hasSize(2 * COUNT)
          .allMatch(p -> p.getFirst().equals(network.ip4("a")));
      assertThat(Tshark.fields(file, "ipv6.src_host == \"test/web\"", "ipv6.src"))
          .hasSize(2 * COUNT);
      // As the reader of the file sees it: the statistics block.
      assertThat(Tshark.info(file))
          .contains("Name = v-a", "Name = v-b", "capture it on node n1", "Filter string = udp");
    }
  }

  @Test
  void shouldKeepTheLastFilesOfARing() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capring", "a", "b");
        CaptureProcess worker =
            CaptureProcess.start(
                options(
                    network,
                    "--interfaces=v-a",
                    "--max-size=1",
                    "--file-count=3",
                    "--pcap-filter=udp"))) {
      worker.awaitRecording(directory);
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, 6_000, 1_000);

      assertThat(worker.terminate().exitCode()).isZero();
      JsonNode status = worker.status();
      assertThat(status.get("files").size()).isEqualTo(3);
      assertThat(status.get("kernel").get("received").asLong()).isEqualTo(6_000);
      assertSums(status);
      long packets = 0;
      for (JsonNode file : status.get("files")) {
        assertThat(file.get("size").asLong()).isLessThanOrEqualTo(1_000_000);
        List<List<String>> lines =
            Tshark.fields(Path.of(file.get("path").asString()), "udp", "frame.number");
        assertThat(lines).hasSize(file.get("packets").asInt());
        packets += lines.size();
      }
      assertThat(status.get("packets").asLong()).isEqualTo(packets).isGreaterThan(1_500);
      assertThat(CaptureProcess.names(directory, "")).as("older ones are deleted").hasSize(3);
      assertThat(CaptureProcess.names(directory, "").getLast()).endsWith("-00007.pcapng");
    }
  }

  /** As a Job starts it. */
  @Test
  void shouldRunAsItIsPackaged() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capjar", "a", "b");
        CaptureProcess worker =
            CaptureProcess.startPackaged(
                options(network, "--interfaces=v-a", "--pcap-filter=udp"))) {
      worker.awaitRecording(directory);
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, COUNT, 100);

      assertThat(worker.terminate().exitCode()).as(worker.error()).isZero();
      JsonNode status = worker.status();
      assertThat(status.get("packets").asLong()).isEqualTo(COUNT);
      assertSums(status);
    }
  }

  /** Link types are those of files, not of devices: 12 of a device is 101 in a file. */
  @Test
  void shouldSayTheLinkTypeOfAnInterfaceWithoutLinkHeaders()
      throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("captun", "a")) {
      network.inside("node", "ip", "tuntap", "add", "tun7", "mode", "tun");
      network.inside("node", "ip", "addr", "add", "198.18.90.1/24", "dev", "tun7");
      network.inside("node", "ip", "link", "set", "tun7", "up");
      try (CaptureProcess worker = CaptureProcess.start(options(network, "--interfaces=tun7"))) {
        worker.awaitRecording(directory);
        assertThat(worker.terminate().exitCode()).as(worker.error()).isZero();
        assertThat(Tshark.info(onlyFile(worker.status()))).contains("Raw IP");
      }
    }
  }

  @Test
  void shouldEndAtItsSizeAndAtItsDuration() throws IOException, InterruptedException {
    Path apart = Files.createDirectory(directory.resolve("sized"));
    try (TestNetwork network = new TestNetwork("capsize", "a", "b");
        CaptureProcess sized =
            CaptureProcess.start(
                options(network, "--interfaces=v-a", "--max-size=1", "--directory=" + apart));
        CaptureProcess timed =
            CaptureProcess.start(
                options(network, "--duration=5s", "--name=timed", "--pcap-filter=udp"))) {
      sized.awaitRecording(apart);
      timed.awaitRecording(Files.createDirectories(directory.resolve("sub")));
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, 1_500, 1_000);

      assertThat(sized.exitCode()).isZero();
      JsonNode status = sized.status();
      assertThat(status.get("ended").asString()).isEqualTo("size");
      assertThat(Files.size(onlyFile(status))).isBetween(990_000L, 1_000_000L);
      assertThat(timed.exitCode()).isZero();
      JsonNode other = timed.status();
      assertThat(other.get("ended").asString()).isEqualTo("duration");
      for (String name : List.of("v-a", "v-b")) {
        assertThat(
                Tshark.fields(
                    onlyFile(other),
                    "frame.interface_name == \"" + name + "\" && udp.dstport == " + PORT,
                    "frame.len"))
            .as("all interfaces, where none is named: %s", name)
            .hasSize(1_500);
      }
    }
  }

  @Test
  void shouldSayWhatIsWrongAndLeaveNothing() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capbad", "a")) {
      for (String[] wrong :
          new String[][] {
            {"--pcap-filter=udp prot 7", "filter 'udp prot 7': ", "syntax error"},
            {"--interfaces=nope", "interface nope: ", "No such device"},
            {"--interfaces=v-a,nope", "interface nope: ", "no such interface"},
            {"--host-path=../out", "'../out' has '..'", "stays below"},
            {"--host-path=/etc", "'/etc' is absolute", "below"},
          }) {
        try (CaptureProcess worker = CaptureProcess.start(options(network, wrong[0]))) {
          assertThat(worker.exitCode()).as(wrong[0]).isEqualTo(1);
          assertThat(worker.error()).contains(wrong[1], wrong[2]).doesNotContain("\tat ");
          JsonNode status = worker.status();
          assertThat(status.get("state").asString()).isEqualTo("Failed");
          assertThat(status.get("reason").asString()).contains(wrong[1]);
        }
        assertThat(CaptureProcess.names(directory, "")).as(wrong[0]).isEmpty();
      }
      Files.createSymbolicLink(directory.resolve("link"), Path.of("/tmp"));
      try (CaptureProcess worker = CaptureProcess.start(options(network, "--host-path=link"))) {
        assertThat(worker.exitCode()).isEqualTo(1);
        assertThat(worker.error()).contains("a host path has no symbolic links");
      }
      try (CaptureProcess worker =
          CaptureProcess.start(options(network, "--duration=soon", "--nope=1"))) {
        assertThat(worker.exitCode()).isEqualTo(2);
        assertThat(worker.error()).contains("--duration: 'soon'", "no such option: '--nope=1'");
      }
    }
  }

  @Test
  void shouldLeaveNothingUnderAFinalNameWhenItIsKilled() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capkill", "a", "b");
        CaptureProcess worker = CaptureProcess.start(options(network, "--interfaces=v-a"))) {
      worker.awaitRecording(directory);
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, 3_000, 1_000);
      worker.process().destroyForcibly().waitFor();

      assertThat(CaptureProcess.names(directory, ""))
          .singleElement()
          .satisfies(name -> assertThat(name).endsWith(".pcapng.part"));
    }
  }

  @Test
  void shouldKeepWhatWasRecordedWhenTheInterfaceGoes() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capgone", "a", "b");
        CaptureProcess worker =
            CaptureProcess.start(options(network, "--interfaces=v-a", "--pcap-filter=udp"))) {
      worker.awaitRecording(directory);
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, COUNT, 100);
      network.inside("node", "ip", "link", "del", "v-a");

      assertThat(worker.exitCode()).isEqualTo(1);
      JsonNode status = worker.status();
      assertThat(status.get("reason").asString()).startsWith("interface v-a: ");
      assertSums(status);
      assertThat(Tshark.fields(onlyFile(status), "udp", "frame.number")).hasSize(COUNT);
      assertThat(CaptureProcess.names(directory, ".part")).isEmpty();
    }
  }

  @Test
  void shouldTellWhichOfSeveralInterfacesWentAndGoOnWithTheOthers()
      throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capgone2", "a", "b", "c");
        CaptureProcess worker =
            CaptureProcess.start(
                options(
                    network,
                    "--interfaces=v-a,v-b,v-c",
                    "--pcap-filter=udp",
                    "--progress=100ms"))) {
      worker.awaitRecording(directory);
      PodTraffic traffic = new PodTraffic(network);
      traffic.udp("a", network.ip4("b"), PORT, COUNT, 100);
      network.inside("node", "ip", "link", "del", "v-a");
      worker.await(status -> status.has("warning"));
      traffic.udp("b", network.ip4("c"), PORT + 1, COUNT, 100);

      assertThat(worker.terminate().exitCode()).isZero();
      JsonNode status = worker.status();
      assertThat(status.get("state").asString()).isEqualTo("Completed");
      assertThat(status.get("warning").asString())
          .isEqualTo("gone while they were recorded: interfaces v-a");
      Path file = onlyFile(status);
      for (String each : List.of("v-a 5001", "v-b 5001", "v-b 5002", "v-c 5002")) {
        String[] parts = each.split(" ", 2);
        assertThat(
                Tshark.fields(file, "udp.dstport == " + parts[1], "frame.interface_name").stream()
                    .filter(packet -> packet.getFirst().equals(parts[0])))
            .as(each)
            .hasSize(COUNT);
      }
    }
  }

  @Test
  void shouldKeepWholePacketsWhenTheDiskIsFull() throws IOException, InterruptedException {
    Path small = Files.createDirectory(directory.resolve("small"));
    mount("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small.toString());
    try (TestNetwork network = new TestNetwork("capfull", "a", "b");
        CaptureProcess worker =
            CaptureProcess.start(
                options(
                    network, "--interfaces=v-a", "--pcap-filter=udp", "--directory=" + small))) {
      worker.awaitRecording(small);
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, 3_000, 1_000);

      assertThat(worker.exitCode()).isEqualTo(1);
      JsonNode status = worker.status();
      assertThat(status.get("reason").asString()).contains("No space left on device");
      assertThat(status.get("unwrittenPackets").asLong()).isPositive();
      assertSums(status);
      Path file = onlyFile(status);
      List<List<String>> packets = Tshark.fields(file, "", "frame.len");
      assertThat(packets)
          .hasSize(status.get("packets").asInt())
          .hasSizeGreaterThan(1_800)
          .allMatch(p -> p.getFirst().equals("1042"));
      assertThat(CaptureProcess.names(small, ".part")).isEmpty();
    } finally {
      mount("umount", small.toString());
    }
  }

  private static void mount(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
