package sh.retina.cli.capture;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;
import sh.retina.cli.CliException;
import sh.retina.cli.Console;

/**
 * Files of a blob container, by its URL with a SAS that may list and read (Azure's List Blobs and
 * Get Blob), or one of a bucket by its signed URL. Signatures are in no message.
 */
final class BlobDownload {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private final URI container;

  private BlobDownload(URI container) {
    this.container = container;
  }

  /** {@code start}: of the files' names; empty: all. */
  static int run(String url, String start, Path output) throws InterruptedException {
    URI container;
    try {
      container = URI.create(url.strip());
    } catch (IllegalArgumentException _) {
      throw CliException.usage("--blob-url: is the URL of a blob container, with its SAS");
    }
    if (container.getHost() == null || container.getRawQuery() == null) {
      throw CliException.usage("--blob-url: is the URL of a blob container, with its SAS");
    }
    BlobDownload download = new BlobDownload(container);
    try (HttpClient _ = download.http) {
      List<String> names = download.names(start);
      if (names.isEmpty()) {
        throw CliException.failed(
            "no file "
                + (start.isEmpty() ? "" : "that begins with '" + start + "' ")
                + "is in "
                + download.shown());
      }
      for (String name : names) {
        Path last = Path.of(name).getFileName();
        if (last != null) { // else a name of slashes
          Path place =
              output.resolve(start.isEmpty() ? "captures" : start).resolve(last.toString());
          download.fetch(name, place, null, null);
          Console.answer(place.toString());
        }
      }
      return 0;
    } catch (IOException e) {
      throw CliException.failed(download.shown() + ": " + e.getMessage());
    }
  }

  /**
   * One file of a container that a capture wrote to.
   *
   * @param url of the container, with its signature
   * @param size null: not known, as the sum
   */
  static void one(String url, String name, Path place, @Nullable Long size, @Nullable String sha256)
      throws IOException, InterruptedException {
    URI container;
    try {
      container = URI.create(url.strip());
    } catch (IllegalArgumentException _) {
      throw new IOException("the Secret holds no URL of a container");
    }
    if (container.getHost() == null || container.getRawQuery() == null) {
      throw new IOException(
          "the Secret's URL has no signature: --blob-url takes one that may list and read");
    }
    BlobDownload download = new BlobDownload(container);
    try (HttpClient _ = download.http) {
      download.fetch(name, place, size, sha256);
    } catch (IOException e) {
      throw new IOException(download.shown() + ": " + e.getMessage(), e);
    }
  }

  /** One object, by a URL that is signed for it, as S3 makes them. */
  static int one(String url, Path output) throws InterruptedException {
    URI place;
    try {
      place = URI.create(url.strip());
    } catch (IllegalArgumentException _) {
      throw CliException.usage("--s3-url: is the signed URL of an object");
    }
    Path name = place.getPath() == null ? null : Path.of(place.getPath()).getFileName();
    if (place.getHost() == null || name == null) {
      throw CliException.usage("--s3-url: is the signed URL of an object");
    }
    BlobDownload download = new BlobDownload(place);
    Path here = output.resolve(name.toString());
    try (HttpClient _ = download.http;
        InputStream body = download.get(place);
        PartFile part = PartFile.create(here)) {
      body.transferTo(part.stream());
      part.complete(null, null);
      Console.answer(here.toString());
      return 0;
    } catch (IOException e) {
      throw CliException.failed(download.shown() + ": " + e.getMessage());
    }
  }

  private String shown() {
    return container.getScheme() + "://" + container.getRawAuthority() + container.getRawPath();
  }

  private List<String> names(String start) throws IOException, InterruptedException {
    List<String> names = new ArrayList<>();
    String marker = "";
    do {
      String query = "restype=container&comp=list&prefix=" + encoded(start);
      Element page =
          read(get(
                  container.getRawPath(),
                  query + (marker.isEmpty() ? "" : "&marker=" + encoded(marker))))
              .getDocumentElement();
      NodeList blobs = page.getElementsByTagName("Blob");
      for (int i = 0; i < blobs.getLength(); i++) {
        if (blobs.item(i) instanceof Element blob) {
          names.add(text(blob, "Name"));
        }
      }
      marker = text(page, "NextMarker");
    } while (!marker.isEmpty());
    return names;
  }

  private static String text(Element element, String name) {
    NodeList found = element.getElementsByTagName(name);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent();
  }

  private static Document read(InputStream body) throws IOException {
    try (body) {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      return factory.newDocumentBuilder().parse(new ByteArrayInputStream(body.readAllBytes()));
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException("its list of files cannot be read: " + e.getMessage(), e);
    }
  }

  private void fetch(String name, Path place, @Nullable Long size, @Nullable String sha256)
      throws IOException, InterruptedException {
    String path =
        container.getRawPath().replaceFirst("/+$", "") + "/" + encoded(name).replace("%2F", "/");
    try (InputStream body = get(path, "");
        PartFile part = PartFile.create(place)) {
      body.transferTo(part.stream());
      part.complete(size, sha256);
    }
  }

  private InputStream get(String path, String query) throws IOException, InterruptedException {
    return get(
        URI.create(
            container.getScheme()
                + "://"
                + container.getRawAuthority()
                + path
                + "?"
                + (query.isEmpty() ? "" : query + "&")
                + container.getRawQuery()));
  }

  private InputStream get(URI place) throws IOException, InterruptedException {
    HttpResponse<InputStream> answer =
        http.send(
            HttpRequest.newBuilder(place).header("x-ms-version", "2021-08-06").build(),
            HttpResponse.BodyHandlers.ofInputStream());
    if (answer.statusCode() != 200) {
      answer.body().close();
      throw new IOException(
          "answer "
              + answer.statusCode()
              + (answer.statusCode() == 403
                  ? ": its signature may not list or read, or is over"
                  : ""));
    }
    return answer.body();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
