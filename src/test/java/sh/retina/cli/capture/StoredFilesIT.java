package sh.retina.cli.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.capture.output.AzureStore;
import sh.retina.capture.output.S3Store;
import sh.retina.cli.Said;
import sh.retina.job.Nodes;
import sh.retina.job.Reported;
import sh.retina.kubernetes.ApiServer;

/**
 * Downloads of what Jobs brought to stores, by the Secrets of a real API server: versitygw, which
 * checks signatures, and Azurite.
 */
@EnabledIf(
    value = "sh.retina.capture.output.ObjectStores#areThere",
    disabledReason = "no stores here: run bin/object-stores build")
class StoredFilesIT {
  private static final String NAMESPACE = "stored";
  private static final byte[] PACKETS = "packets of this node".repeat(999).getBytes(UTF_8);

  @TempDir private static Path directory;

  private static KubernetesClient admin;
  private static S3Store bucket;

  private volatile Said said = new Said(0, "", "");

  @BeforeAll
  static void start() throws Exception {
    admin = ApiServer.shared().client();
    Nodes.namespace(admin, NAMESPACE, Map.of());
    Nodes.create(admin, "stored-1", "pool", "stored");
    bucket = S3Store.start(directory.resolve("s3"), "packets");
  }

  @AfterAll
  static void stop() {
    bucket.close();
    admin.close();
  }

  private int run(String... words) {
    List<String> all = new ArrayList<>(List.of("capture"));
    all.addAll(List.of(words));
    all.addAll(
        List.of("--kubeconfig", ApiServer.shared().kubeconfig().toString(), "-n", NAMESPACE));
    said = Said.of(all.toArray(String[]::new));
    return said.exitCode();
  }

  private String err() {
    return said.errors();
  }

  /** A capture whose Job says that its file is there. */
  private void captured(String name, String type, String location, String... options)
      throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                "create",
                "--image=registry.test/retina:1",
                "--name=" + name,
                "--node-names=stored-1",
                "--host-path="));
    words.addAll(List.of(options));
    assertThat(run(words.toArray(String[]::new))).as(err()).isZero();
    String sha = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(PACKETS));
    Reported.end(
        admin,
        Reported.jobs(admin, NAMESPACE, name).getFirst(),
        0,
        "{\"outputs\":[{\"type\":\"%s\",\"location\":\"%s\",\"size\":%d,\"sha256\":\"%s\"}]}"
            .formatted(type, location, PACKETS.length, sha));
  }

  private static Path object(String key, byte[] bytes) throws Exception {
    Path object = bucket.object("packets", key);
    Files.createDirectories(object.getParent());
    return Files.write(object, bytes);
  }

  private static String[] bucket(String key, String... more) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--s3-bucket=packets",
                "--s3-endpoint=" + bucket.address(),
                "--s3-access-key-id=" + S3Store.KEY_ID,
                "--s3-secret-access-key=" + key));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  @Test
  void shouldFetchFromTheBucketByTheKeyOfTheJobAndCompareIt() throws Exception {
    String key = "retina/captures/web-stored-1-2026.pcapng";
    Path object = object(key, PACKETS);
    captured("web", "s3Upload", bucket.address() + "/packets/" + key, bucket(S3Store.KEY));
    Path here = directory.resolve("here");

    assertThat(run("download", "--name=web", "--output=" + here)).as(err()).isZero();
    Path file = here.resolve("web/web-stored-1-2026.pcapng");
    assertThat(said.output().strip()).isEqualTo(file.toString());
    assertThat(file).hasBinaryContent(PACKETS);

    // What is not what was recorded gets no name.
    Files.delete(file);
    Files.write(object, "other".getBytes(UTF_8));
    assertThat(run("download", "--name=web", "--output=" + here)).isEqualTo(1);
    assertThat(err()).contains("5 bytes came, and " + PACKETS.length + " were recorded");
    assertThat(here.resolve("web")).isEmptyDirectory();
    Files.delete(object);
    assertThat(run("download", "--name=web", "--output=" + here)).isEqualTo(1);
    assertThat(err()).contains("node stored-1: ", "404 NoSuchKey", "it is not there any more");
  }

  @Test
  void shouldSayWhatIsWrongWithTheKeyWithoutIt() throws Exception {
    String key = "retina/captures/bad-stored-1-2026.pcapng";
    object(key, PACKETS);
    captured("bad", "s3Upload", bucket.address() + "/packets/" + key, bucket("a-wrong-key"));

    assertThat(run("download", "--name=bad", "--output=" + directory.resolve("bad"))).isEqualTo(1);
    assertThat(err())
        .contains("403 SignatureDoesNotMatch", "s3-secret-access-key right?")
        .doesNotContain("a-wrong-key");
    assertThat(
            run(
                "download",
                "--name=bad",
                "--s3-endpoint=http://127.0.0.1:1",
                "--output=" + directory.resolve("bad")))
        .isEqualTo(1);
    assertThat(err()).contains("http://127.0.0.1:1", "is it reachable from here?");
  }

  /** Of captures whose Jobs are gone. */
  @Test
  void shouldFetchByAKeyThatIsGiven() throws Exception {
    object("team/old-n1-2026.pcapng", PACKETS);
    object("team/old-n2-2026.pcapng", PACKETS);
    object("team/other-n2-2026.pcapng", PACKETS);
    Path here = directory.resolve("given");
    List<String> words =
        new ArrayList<>(List.of("download", "--name=old", "--s3-path=team", "--output=" + here));
    words.addAll(List.of(bucket(S3Store.KEY)));

    assertThat(run(words.toArray(String[]::new))).as(err()).isZero();

    assertThat(here.resolve("old/old-n1-2026.pcapng")).hasBinaryContent(PACKETS);
    assertThat(here.resolve("old/old-n2-2026.pcapng")).hasBinaryContent(PACKETS);
    assertThat(here.resolve("old/other-n2-2026.pcapng")).doesNotExist();
    words.set(1, "--name=nosuch");
    assertThat(run(words.toArray(String[]::new))).isEqualTo(1);
    assertThat(err()).contains("no file that begins with 'nosuch' is there");
    assertThat(run("download", "--s3-bucket=packets")).isEqualTo(2);
  }

  @Test
  void shouldFetchFromAContainerByTheSecretsUrl() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient();
        AzureStore store =
            AzureStore.start(Files.createDirectories(directory.resolve("azure")))
                .create(http, "captures")) {
      String url = store.signed("captures", "rcw");
      put(http, url, "blob-stored-1-2026.pcapng");
      captured(
          "blob",
          "blobUpload",
          store.container("captures") + "/blob-stored-1-2026.pcapng",
          "--blob-upload=" + url);
      Path here = directory.resolve("blob");

      assertThat(run("download", "--name=blob", "--output=" + here)).as(err()).isZero();

      assertThat(here.resolve("blob/blob-stored-1-2026.pcapng")).hasBinaryContent(PACKETS);
      captured(
          "writes",
          "blobUpload",
          store.container("captures") + "/blob-stored-1-2026.pcapng",
          "--blob-upload=" + store.signed("captures", "cw"));
      assertThat(run("download", "--name=writes", "--output=" + here)).isEqualTo(1);
      assertThat(err()).contains("answer 403", "may not list or read").doesNotContain("sig=");
    }
  }

  private static void put(HttpClient http, String container, String name) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(container.replaceFirst("[?]", "/" + name + "?")))
            .header("x-ms-version", "2021-12-02")
            .header("x-ms-blob-type", "BlockBlob")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(PACKETS))
            .build();
    assertThat(http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(201);
  }
}
