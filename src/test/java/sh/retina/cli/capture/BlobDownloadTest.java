package sh.retina.cli.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against answers in the form of Azure's. */
class BlobDownloadTest {
  @TempDir private Path directory;
  private HttpServer store;
  private final List<String> queries = new ArrayList<>();

  @BeforeEach
  void serve() throws IOException {
    store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    store.createContext("/box", this::answer);
    store.start();
  }

  @AfterEach
  void stop() {
    store.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getRawQuery();
    queries.add(exchange.getRequestURI().toString());
    if (!query.contains("sig=good")) {
      send(exchange, 403, "no");
    } else if (query.contains("comp=list") && query.contains("marker=2")) {
      send(exchange, 200, list("<Blob><Name>web-n2.pcapng</Name></Blob>", ""));
    } else if (query.contains("comp=list") && query.contains("prefix=web")) {
      send(exchange, 200, list("<Blob><Name>a/../../web n1.pcapng</Name></Blob>", "2"));
    } else if (query.contains("comp=list")) {
      send(exchange, 200, list("", ""));
    } else {
      send(exchange, 200, "packets of " + exchange.getRequestURI().getRawPath());
    }
  }

  private static String list(String blobs, String marker) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>"
        + blobs
        + "</Blobs><NextMarker>"
        + marker
        + "</NextMarker></EnumerationResults>";
  }

  private static void send(HttpExchange exchange, int code, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String url(String signature) {
    return "http://127.0.0.1:" + store.getAddress().getPort() + "/box?sv=1&sig=" + signature;
  }

  @Test
  void shouldFetchEachFileOfTheCaptureAndStayInTheDirectory() throws Exception {
    assertThat(BlobDownload.run(url("good"), "web", directory)).isZero();

    assertThat(directory.resolve("web/web n1.pcapng"))
        .hasContent("packets of /box/a/../../web%20n1.pcapng");
    assertThat(directory.resolve("web/web-n2.pcapng")).hasContent("packets of /box/web-n2.pcapng");
    try (var files = Files.walk(directory)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(2);
    }
    assertThat(queries.getFirst())
        .isEqualTo("/box?restype=container&comp=list&prefix=web&sv=1&sig=good");
  }

  @Test
  void shouldFetchOneObjectByItsSignedUrl() throws Exception {
    String signed = url("good").replace("/box?", "/box/web-n1.pcapng?");

    assertThat(BlobDownload.one(signed, directory)).isZero();

    assertThat(directory.resolve("web-n1.pcapng")).hasContent("packets of /box/web-n1.pcapng");
  }

  @Test
  void shouldFailWithoutTheSignatureInTheMessage() {
    assertThatThrownBy(() -> BlobDownload.run(url("bad-signature"), "web", directory))
        .hasMessageContaining("answer 403")
        .message()
        .doesNotContain("bad-signature");
    assertThatThrownBy(() -> BlobDownload.run(url("good"), "none", directory))
        .hasMessageContaining("no file that begins with 'none'");
    assertThatThrownBy(() -> BlobDownload.run("nowhere", "", directory))
        .hasMessageContaining("--blob-url");
    assertThat(directory).isEmptyDirectory();
  }
}
