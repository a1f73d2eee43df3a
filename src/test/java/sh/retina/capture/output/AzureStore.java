package sh.retina.capture.output;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Azurite on loopback: Microsoft's emulator of Azure Storage, which checks shared access signatures
 * and, behind TLS, what tokens say of themselves, though not who signed them.
 */
public final class AzureStore implements AutoCloseable {
  private static final String ACCOUNT = "retina";
  private static final String KEY =
      Base64.getEncoder()
          .encodeToString("a key of nobody, for tests".getBytes(StandardCharsets.UTF_8));
  private static final String VERSION = "2019-12-12";

  private final Process process;
  private final String root;

  private AzureStore(Process process, String root) {
    this.process = process;
    this.root = root;
  }

  public static AzureStore start(Path directory) throws IOException {
    return start(directory, "http");
  }

  /** Behind TLS it takes tokens too. {@code options}: where certificate and key are. */
  public static AzureStore startWithTls(Path directory, String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of("--oauth", "basic"));
    all.addAll(Arrays.asList(options));
    return start(directory, "https", all.toArray(String[]::new));
  }

  private static AzureStore start(Path directory, String scheme, String... options)
      throws IOException {
    int port = ObjectStores.freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                "node",
                ObjectStores.programs().resolve("azurite-blob").toRealPath().toString(),
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                Integer.toString(port),
                "--location",
                directory.resolve("azurite").toString(),
                "--disableTelemetry"));
    command.addAll(Arrays.asList(options));
    Process process =
        ObjectStores.start(
            command,
            Map.of("AZURITE_ACCOUNTS", ACCOUNT + ":" + KEY),
            directory.resolve("azurite.log"),
            port);
    return new AzureStore(process, scheme + "://127.0.0.1:" + port + "/" + ACCOUNT);
  }

  /** A container's address, without a signature. */
  public String container(String name) {
    return root + "/" + name;
  }

  /** With one: {@code permissions} as r, c, w. */
  public String signed(String name, String permissions) {
    return container(name) + "?" + signature(permissions, Instant.now().plus(1, ChronoUnit.HOURS));
  }

  String expired(String name) {
    return container(name) + "?" + signature("rcw", Instant.now().minus(1, ChronoUnit.HOURS));
  }

  /** The signature of an account (Create an account SAS, in Microsoft's words). */
  private static String signature(String permissions, Instant end) {
    String until = end.truncatedTo(ChronoUnit.SECONDS).toString();
    String text =
        String.join(
            "\n", ACCOUNT, permissions, "b", "sco", "", until, "", "http,https", VERSION, "");
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(KEY), "HmacSHA256"));
      String signature =
          Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
      return "sv="
          + VERSION
          + "&ss=b&srt=sco&spr=http,https&sp="
          + permissions
          + "&se="
          + URLEncoder.encode(until, StandardCharsets.UTF_8)
          + "&sig="
          + URLEncoder.encode(signature, StandardCharsets.UTF_8);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java has HmacSHA256", e);
    }
  }

  public AzureStore create(HttpClient http, String container)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(signed(container, "rcw") + "&restype=container"))
            .header("x-ms-version", VERSION)
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 201) {
      throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    }
    return this;
  }

  /** A blob's bytes, as everybody with a signature reads them. */
  public HttpResponse<byte[]> read(HttpClient http, String container, String name)
      throws IOException, InterruptedException {
    String address = signed(container, "r").replace("?", "/" + name + "?");
    return http.send(
        HttpRequest.newBuilder(URI.create(address)).header("x-ms-version", VERSION).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
