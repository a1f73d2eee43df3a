package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.capture.output.AzureStore;
import sh.retina.capture.output.ObjectStores;
import sh.retina.capture.output.S3Store;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A worker with its files' places: a volume, versitygw's bucket and Azurite's container. */
@RequiresKernel
@EnabledIf(
    value = "sh.retina.agent.CaptureOutputsIT#storesAreThere",
    disabledReason = "no stores here: run bin/object-stores build")
class CaptureOutputsIT {
  private static final int COUNT = 50;
  private static final int PORT = 5_003;

  @TempDir private Path directory;

  static boolean storesAreThere() {
    return ObjectStores.areThere();
  }

  private String[] options(TestNetwork network, String... more) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--directory=" + directory.resolve("work"),
                "--duration=60s",
                "--interfaces=v-a",
                "--pcap-filter=udp",
                "--network-namespace=" + network.nodeNamespace()));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  /** Records a few packets and ends it. */
  private JsonNode record(TestNetwork network, CaptureProcess worker)
      throws IOException, InterruptedException {
    Files.createDirectories(directory.resolve("work"));
    worker.awaitRecording(directory.resolve("work"));
    new PodTraffic(network).udp("a", network.ip4("b"), PORT, COUNT, 100);
    worker.terminate().exitCode();
    return worker.status();
  }

  private static JsonNode output(JsonNode status, String type) {
    for (JsonNode output : status.get("outputs")) {
      if (output.get("type").asString().equals(type)) {
        return output;
      }
    }
    throw new AssertionError("no " + type + " in " + status);
  }

  @Test
  void shouldBringTheFileToAllPlacesAtOnceAndProveIt() throws IOException, InterruptedException {
    Path volume = Files.createDirectory(directory.resolve("volume"));
    Path url = directory.resolve("blob-upload-url");
    Path lastWords = directory.resolve("termination-log");
    try (HttpClient http = HttpClient.newHttpClient();
        S3Store bucket = S3Store.start(directory, "captures");
        AzureStore blob = AzureStore.start(directory).create(http, "captures");
        TestNetwork network = new TestNetwork("capout", "a", "b")) {
      Files.writeString(url, blob.signed("captures", "rcw"));
      try (CaptureProcess worker =
          CaptureProcess.start(
              options(
                  network,
                  "--host-path=kept",
                  "--claim=team-claim",
                  "--claim-directory=" + volume,
                  "--s3-bucket=captures",
                  "--s3-endpoint=" + bucket.address(),
                  "--s3-path=team",
                  "--s3-secret=" + S3Store.secret(directory.resolve("s3")),
                  "--blob-url-file=" + url,
                  "--progress=200ms",
                  "--status-file=" + lastWords))) {
        JsonNode status = record(network, worker);

        assertThat(worker.process().exitValue()).as(worker.error()).isZero();
        assertThat(status.get("state").asString()).isEqualTo("Completed");
        assertThat(status.get("packets").asInt()).isEqualTo(COUNT);
        assertThat(status.get("outputs")).hasSize(4);
        Path kept = Path.of(output(status, "hostPath").get("location").asString());
        byte[] bytes = Files.readAllBytes(kept);
        String name = kept.getFileName().toString();
        for (JsonNode output : status.get("outputs")) {
          assertThat(output.has("error")).isFalse();
          assertThat(output.get("size").asInt()).isEqualTo(bytes.length);
          assertThat(output.get("location").asString()).endsWith(name);
          assertThat(output.get("sha256")).isEqualTo(status.get("files").get(0).get("sha256"));
        }
        assertThat(Files.readAllBytes(volume.resolve(name))).isEqualTo(bytes);
        assertThat(Files.readAllBytes(bucket.object("captures", "team/" + name))).isEqualTo(bytes);
        assertThat(blob.read(http, "captures", name).body()).isEqualTo(bytes);
        assertThat(JsonMapper.shared().readTree(Files.readString(lastWords))).isEqualTo(status);
      }
    }
  }

  @Test
  void shouldFailByTheNameOfAPlaceAndKeepWhatWasRecorded()
      throws IOException, InterruptedException {
    try (S3Store bucket = S3Store.start(directory, "captures");
        TestNetwork network = new TestNetwork("capwrong", "a", "b");
        CaptureProcess worker =
            CaptureProcess.start(
                options(
                    network,
                    "--progress=100ms",
                    "--s3-bucket=other",
                    "--s3-endpoint=" + bucket.address(),
                    "--s3-secret=" + S3Store.secret(directory.resolve("s3")),
                    "--claim-directory=" + Files.createDirectory(directory.resolve("volume"))))) {
      worker.awaitRecording(Files.createDirectories(directory.resolve("work")));
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, COUNT, 100);
      worker.await(status ->
          status.get("state").asString().equals("Running")
              && status.get("packets").asInt() == COUNT);
      assertThat(worker.terminate().exitCode()).isEqualTo(1);
      JsonNode last = worker.status();
      assertThat(last.get("state").asString()).isEqualTo("Failed");
      assertThat(last.get("reason").asString())
          .startsWith("s3Upload " + bucket.address() + "/other/retina/captures/it-n1-")
          .contains("404 NoSuchBucket");
      assertThat(last.get("ended").asString()).isEqualTo("signal");
      assertThat(output(last, "persistentVolumeClaim").has("error")).isFalse();
      Path kept = Path.of(last.get("files").get(0).get("path").asString());
      assertThat(kept).exists();
    }
  }

  @Test
  void shouldRecordNothingWhereASecretIsMissing() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capnosec", "a");
        CaptureProcess worker =
            CaptureProcess.start(
                options(
                    network,
                    "--s3-bucket=b",
                    "--s3-secret=" + directory,
                    "--blob-url-file=" + directory.resolve("blob-upload-url")))) {
      assertThat(worker.exitCode()).isEqualTo(1);
      JsonNode status = worker.status();
      assertThat(status.get("ended").asString()).isEqualTo("failure");
      assertThat(status.get("reason").asString())
          .contains(
              "s3Upload s3://b/retina/captures/: ", "has the Secret the key s3-access-key-id?")
          .contains("blobUpload ", "has the Secret the key blob-upload-url?");
      assertThat(status.get("outputs")).hasSize(2);
      assertThat(directory.resolve("work")).doesNotExist();
    }
  }

  /**
   * The node's identity endpoint is ours, as there is no Azure here; Azurite checks what the token
   * says of itself.
   */
  @Test
  void shouldBeItselfForAzureWithoutASignature() throws IOException, InterruptedException {
    Path keys = directory.resolve("keys.p12");
    Path trust = directory.resolve("trust.p12");
    keytool(
        "-genkeypair",
        "-alias",
        "store",
        "-keyalg",
        "EC",
        "-dname",
        "CN=127.0.0.1",
        "-ext",
        "san=ip:127.0.0.1",
        "-keystore",
        keys.toString());
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "store",
        "-file",
        directory + "/store.pem",
        "-keystore",
        keys.toString());
    keytool(
        "-importcert",
        "-noprompt",
        "-alias",
        "store",
        "-file",
        directory + "/store.pem",
        "-keystore",
        trust.toString());
    List<String> asked = new ArrayList<>();
    HttpServer node =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    node.createContext(
        "/metadata/identity/oauth2/token",
        exchange -> {
          asked.add(
              exchange.getRequestHeaders().getFirst("Metadata")
                  + " "
                  + exchange.getRequestURI().getQuery());
          byte[] answer =
              ("{\"access_token\":\"" + token() + "\",\"expires_in\":\"3600\"}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    node.start();
    try (AzureStore blob =
            AzureStore.startWithTls(directory, "--cert", keys.toString(), "--pwd", "changeit");
        HttpClient http = HttpClient.newBuilder().sslContext(Trust.of(trust)).build();
        TestNetwork network = new TestNetwork("capid", "a", "b")) {
      blob.create(http, "captures");
      Path url = Files.writeString(directory.resolve("url"), blob.container("captures"));
      try (CaptureProcess worker =
          CaptureProcess.start(
              Map.of(
                  "AZURE_POD_IDENTITY_AUTHORITY_HOST",
                  "http://127.0.0.1:" + node.getAddress().getPort(),
                  "AZURE_CLIENT_ID",
                  "of-this-pod"),
              List.of(
                  "-Djavax.net.ssl.trustStore=" + trust,
                  "-Djavax.net.ssl.trustStorePassword=changeit"),
              options(network, "--blob-url-file=" + url))) {
        JsonNode status = record(network, worker);

        assertThat(worker.process().exitValue()).as(worker.error()).isZero();
        JsonNode output = output(status, "blobUpload");
        String name = Path.of(output.get("location").asString()).getFileName().toString();
        assertThat(blob.read(http, "captures", name).body()).hasSize(output.get("size").asInt());
        assertThat(asked)
            .as("before it records, and when it delivers")
            .containsOnly(
                "true api-version=2018-02-01&resource=https://storage.azure.com/&client_id=of-this-pod");
      }
    } finally {
      node.stop(0);
    }
  }

  private static String token() {
    long now = Instant.now().getEpochSecond();
    String claims =
        "{\"aud\":\"https://storage.azure.com/\",\"iss\":\"https://sts.windows.net/t/\",\"iat\":"
            + (now - 60)
            + ",\"nbf\":"
            + (now - 60)
            + ",\"exp\":"
            + (now + 3_600)
            + "}";
    return base64("{\"alg\":\"none\",\"typ\":\"JWT\"}")
        + "."
        + base64(claims)
        + "."
        + base64("none");
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void keytool(String... options) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin/keytool").toString()));
    command.addAll(List.of(options));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", "changeit"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
