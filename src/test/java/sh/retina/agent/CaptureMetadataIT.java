package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How a network was set up, beside its packets. */
@RequiresKernel
class CaptureMetadataIT {
  @TempDir private Path directory;

  private static String text(ZipFile archive, String name) throws IOException {
    ZipEntry entry = archive.getEntry(name);
    assertThat(entry).as(name).isNotNull();
    return new String(archive.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void shouldTellTheNetworkOfThePackets() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capmeta", "a", "b")) {
      network.inside("node", "ip", "addr", "add", "198.18.99.1/24", "dev", "br0");
      network.inside("node", "ip", "rule", "add", "priority", "77", "table", "99");
      network.inside("node", "sysctl", "-q", "-w", "net.ipv4.ip_default_ttl=33");
      try (CaptureProcess worker =
          CaptureProcess.start(
              "--directory=" + directory,
              "--max-size=10",
              "--include-metadata",
              "--interfaces=v-a",
              "--network-namespace=" + network.nodeNamespace())) {
        worker.awaitRecording(directory);
        new PodTraffic(network).udp("a", network.ip4("b"), 5_005, 7, 100);
        assertThat(worker.terminate().exitCode()).as(worker.error()).isZero();
        JsonNode status = worker.status();

        assertThat(status.get("files").size()).isEqualTo(2);
        JsonNode file = status.get("files").get(1);
        assertThat(file.get("path").asString()).endsWith("UTC-metadata.zip");
        assertThat(status.get("outputs").get(1).get("sha256")).isEqualTo(file.get("sha256"));
        try (ZipFile archive = new ZipFile(file.get("path").asString())) {
          assertThat(text(archive, "addresses.json")).contains("\"198.18.99.1/24\"");
          assertThat(text(archive, "rules.json")).contains("\"priority\":77");
          assertThat(text(archive, "routes.json")).contains("\"198.18.99.0/24\"");
          JsonNode interfaces = JsonMapper.shared().readTree(text(archive, "interfaces.json"));
          assertThat(interfaces.valueStream().map(i -> i.get("link").get("name").asString()))
              .contains("br0", "v-a", "v-b");
          assertThat(text(archive, "proc-net/dev")).contains("v-a:", "v-b:");
          assertThat(text(archive, "proc-net/snmp")).contains("Udp: ");
          assertThat(text(archive, "proc-sys-net.txt"))
              .contains("net.ipv4.ip_default_ttl = 33\n", "net.ipv4.conf.br0.forwarding = ")
              .doesNotContain("tcp_fastopen_key", "stable_secret");
          assertThat(text(archive, "missing.txt")).contains("net.ipv4.tcp_fastopen_key: a key");
        }
      }
    }
  }
}
