package sh.retina.capture.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
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
import org.junit.jupiter.params.provider.CsvSource;

/** Into a container of Azurite, by shared access signatures. */
@EnabledIf(
    value = "sh.retina.capture.output.ObjectStores#areThere",
    disabledReason = "no stores here: run bin/object-stores build")
class BlobOutputIT {
  private static final String CONTAINER = "captures";

  @TempDir private static Path storage;
  private static HttpClient http;
  private static AzureStore store;

  @TempDir private Path directory;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    http = HttpClient.newHttpClient();
    store = AzureStore.start(storage).create(http, CONTAINER);
  }

  @AfterAll
  static void stop() {
    store.close();
    http.close();
  }

  private List<Delivered> deliver(String address, Delivery.Item... items) throws IOException {
    Path file = Files.writeString(directory.resolve("blob-upload-url"), address + "\n");
    OutputSettings settings = new OutputSettings(directory, "", null, null, file);
    return new Delivery(settings, Map.of()).deliver(List.of(items));
  }

  /** A signature that may only write cannot look at what it wrote. */
  @ParameterizedTest
  @CsvSource({"0,rcw", "1,cw", "1000003,rcw", "73400320,rcw", "73400321,cw"})
  void shouldBringFilesThereAndDeleteThemHere(int bytes, String permissions)
      throws IOException, InterruptedException {
    Delivery.Item item = Recorded.file(directory, "f" + bytes + ".pcapng", bytes);

    List<Delivered> delivered = deliver(store.signed(CONTAINER, permissions), item);

    String location = store.container(CONTAINER) + "/" + item.name();
    assertThat(delivered)
        .containsExactly(new Delivered("blobUpload", location, bytes, item.sha256(), null));
    HttpResponse<byte[]> there = store.read(http, CONTAINER, item.name());
    assertThat(Recorded.sha256(there.body())).isEqualTo(item.sha256());
    assertThat(there.headers().firstValue("x-ms-meta-sha256")).contains(item.sha256());
    assertThat(directory.resolve(item.name())).doesNotExist();
  }

  @Test
  void shouldSayWhatIsWrongWithTheSignatureWithoutIt() throws IOException {
    Delivery.Item item = Recorded.file(directory, "kept.pcapng", 100);
    String forged = store.signed(CONTAINER, "rcw").replaceFirst("sig=.{6}", "sig=AAAAAA");

    assertThat(deliver(forged, item).getFirst().error())
        .contains("403 ", "is the signature in the Secret right")
        .doesNotContain("AAAAAA");
    assertThat(deliver(store.expired(CONTAINER), item).getFirst().error())
        .contains("403", "and not expired, ");
    assertThat(deliver(store.signed(CONTAINER, "r"), item).getFirst().error())
        .contains("403 AuthorizationPermissionMismatch", "create and write?");
    assertThat(deliver(store.signed("nope", "rcw"), item).getFirst().error())
        .contains("404 ContainerNotFound", "there is no such container");
    assertThat(deliver("http//nonsense?sig=secret", item).getFirst().error())
        .contains("holds no address of a container")
        .doesNotContain("secret");
    assertThat(deliver("http://127.0.0.1:1/a/captures?sig=x", item).getFirst().error())
        .contains("127.0.0.1:1 does not answer");
    assertThat(directory.resolve(item.name())).exists();
  }

  @Test
  void shouldNotLetAShorterFilePass() throws IOException {
    Delivery.Item item = Recorded.file(directory, "changed.pcapng", 100);
    Files.write(directory.resolve(item.name()), new byte[99]);

    assertThat(deliver(store.signed(CONTAINER, "rcw"), item).getFirst().error())
        .contains("99 bytes there, not 100");
  }
}
