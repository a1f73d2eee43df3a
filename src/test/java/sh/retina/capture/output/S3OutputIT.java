package sh.retina.capture.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Into a bucket of versitygw, which keeps objects as files: what arrived is read from its disk. */
@EnabledIf(
    value = "sh.retina.capture.output.ObjectStores#areThere",
    disabledReason = "no stores here: run bin/object-stores build")
class S3OutputIT {
  private static final String BUCKET = "captures";
  private static final int PARTS = 70 << 20;

  @TempDir private static Path storage;
  private static S3Store store;

  @TempDir private Path directory;

  @BeforeAll
  static void start() throws IOException {
    store = S3Store.start(storage, BUCKET);
  }

  @AfterAll
  static void stop() {
    store.close();
  }

  private OutputSettings.S3 bucket(String name, Path secret) {
    return new OutputSettings.S3(name, store.address(), "", "/team/a/", secret);
  }

  private List<Delivered> deliver(OutputSettings.S3 bucket, Delivery.Item... items) {
    OutputSettings settings = new OutputSettings(directory, "", null, bucket, null);
    return new Delivery(settings, Map.of()).deliver(List.of(items));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1_000_003, PARTS})
  void shouldBringFilesThereAndDeleteThemHere(int bytes) throws IOException {
    Delivery.Item item = Recorded.file(directory, "f" + bytes + ".pcapng", bytes);

    List<Delivered> delivered =
        deliver(bucket(BUCKET, S3Store.secret(directory.resolve("secret"))), item);

    String location = store.address() + "/captures/team/a/" + item.name();
    assertThat(delivered)
        .containsExactly(new Delivered("s3Upload", location, bytes, item.sha256(), null));
    byte[] there = Files.readAllBytes(store.object(BUCKET, "team/a/" + item.name()));
    assertThat(Recorded.sha256(there)).isEqualTo(item.sha256());
    assertThat(directory.resolve(item.name())).doesNotExist();
  }

  @Test
  void shouldSayWhatIsWrongWithTheSecretAndKeepTheFile() throws IOException {
    Delivery.Item item = Recorded.file(directory, "kept.pcapng", 100);
    Path wrong = S3Store.secret(directory.resolve("wrong"), S3Store.KEY_ID, "another");

    assertThat(deliver(bucket(BUCKET, wrong), item).getFirst().error())
        .contains("403 SignatureDoesNotMatch", "s3-secret-access-key of the Secret right?")
        .doesNotContain("another");
    Path unknown = S3Store.secret(directory.resolve("unknown"), "nobody", "another");
    assertThat(deliver(bucket(BUCKET, unknown), item).getFirst().error())
        .contains(
            "No user exists", "s3-access-key-id and s3-secret-access-key of the Secret right?");
    Path empty = S3Store.secret(directory.resolve("empty"), "", "another");
    assertThat(deliver(bucket(BUCKET, empty), item).getFirst().error())
        .contains("s3-access-key-id is empty");
    assertThat(deliver(bucket(BUCKET, directory.resolve("none")), item).getFirst().error())
        .contains("has the Secret the key s3-access-key-id?");
    assertThat(directory.resolve(item.name())).exists();
    assertThat(store.object(BUCKET, "team/a/kept.pcapng")).doesNotExist();
  }

  @Test
  void shouldSayThatThereIsNoBucketOrNoStore() throws IOException {
    Delivery.Item item = Recorded.file(directory, "a.pcapng", 100);
    Path secret = S3Store.secret(directory.resolve("secret"));

    assertThat(deliver(bucket("nope", secret), item).getFirst().error())
        .contains("404 NoSuchBucket", "there is no bucket nope");
    OutputSettings.S3 nowhere =
        new OutputSettings.S3(BUCKET, URI.create("http://127.0.0.1:1"), "", "", secret);
    assertThat(deliver(nowhere, item).getFirst())
        .satisfies(output -> {
          assertThat(output.location()).isEqualTo("http://127.0.0.1:1/captures/a.pcapng");
          assertThat(output.error()).contains("Connection refused");
        });
  }

  /** The store itself refuses bytes that are not those that were recorded. */
  @Test
  void shouldNotLetAChangedFilePass() throws IOException {
    Delivery.Item item = Recorded.file(directory, "changed.pcapng", 100);
    Files.write(directory.resolve(item.name()), new byte[100]);

    Delivered output =
        deliver(bucket(BUCKET, S3Store.secret(directory.resolve("secret"))), item).getFirst();

    assertThat(output.error()).contains("400");
    assertThat(store.object(BUCKET, "team/a/changed.pcapng")).doesNotExist();
  }
}
