package sh.retina.capture.output;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A container of Azure Blob, by its REST API: Put Blob, or Put Block and Put Block List where a
 * file is big. The store is sent an MD5 with the bytes of each request and refuses what is not it.
 * An address with a shared access signature needs nothing else; one without is used as the node's
 * or pod's identity.
 */
final class BlobOutput implements Output {
  private static final String VERSION = "2021-12-02";
  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int ATTEMPTS = 3;
  private static final String SHA_HEADER = "x-ms-meta-sha256";

  private final URI container;
  private final HttpClient http;
  private final String token;

  private BlobOutput(URI container, HttpClient http, String token) {
    this.container = container;
    this.http = http;
    this.token = token;
  }

  static BlobOutput open(Path file, Map<String, String> environment) throws IOException {
    URI container = container(file);
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_PATIENCE)
            .build();
    boolean isSigned = ("&" + container.getRawQuery()).contains("&sig=");
    return new BlobOutput(
        container, http, isSigned ? "" : new AzureIdentity(http, environment).token());
  }

  /** What is wrong with it is said without it: it is a secret. */
  private static URI container(Path file) throws IOException {
    String text = S3Secret.text(file);
    try {
      URI address = URI.create(text);
      boolean isContainer = address.getRawPath() != null && address.getRawPath().length() > 1;
      if (address.getHost() != null && address.getScheme().startsWith("http") && isContainer) {
        return address;
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw new IOException(
        file + " holds no address of a container, https://ACCOUNT.blob.core.windows.net/CONTAINER");
  }

  @Override
  public String type() {
    return Delivery.BLOB;
  }

  @Override
  public String location(String name) {
    return container.getScheme() + "://" + container.getRawAuthority() + path(name);
  }

  private String path(String name) {
    return container.getRawPath().replaceFirst("/+$", "")
        + "/"
        + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public void put(CapturedFile file) throws IOException {
    if (file.size() <= CapturedFile.PART_BYTES) {
      byte[] bytes = file.part(0, file.size());
      write(file, "", bytes, Map.of("x-ms-blob-type", "BlockBlob", SHA_HEADER, file.sha256()));
    } else {
      inBlocks(file);
    }
    verify(file);
  }

  private void inBlocks(CapturedFile file) throws IOException {
    StringBuilder list = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
    for (long from = 0; from < file.size(); from += file.partBytes()) {
      byte[] bytes = file.part(from, file.partBytes());
      // All of one length, as the store wants it.
      String id = base64(HexFormat.of().toHexDigits(from).getBytes(StandardCharsets.US_ASCII));
      write(file, "comp=block&blockid=" + encoded(id), bytes, Map.of());
      list.append("<Uncommitted>").append(id).append("</Uncommitted>");
    }
    list.append("</BlockList>");
    write(
        file,
        "comp=blocklist",
        list.toString().getBytes(StandardCharsets.UTF_8),
        Map.of(SHA_HEADER, file.sha256()));
  }

  private void write(CapturedFile file, String query, byte[] body, Map<String, String> headers)
      throws IOException {
    HttpRequest.Builder request =
        request(file, query)
            .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
            .header("Content-MD5", base64(Sha256.digest("MD5").digest(body)));
    headers.forEach(request::header);
    HttpResponse<String> answer = send(request.build());
    if (answer.statusCode() / 100 != 2) {
      throw new IOException(reason(answer));
    }
  }

  /** A signature that may only write may not look; the store took the sums nevertheless. */
  private void verify(CapturedFile file) throws IOException {
    HttpResponse<String> answer = send(request(file, "").HEAD().build());
    if (answer.statusCode() == 403) {
      return;
    }
    if (answer.statusCode() != 200) {
      throw new IOException("it is not there after it was written: " + reason(answer));
    }
    file.expectSize(
        answer.headers().firstValueAsLong("Content-Length").stream()
            .boxed()
            .findFirst()
            .orElse(null));
    String found = answer.headers().firstValue(SHA_HEADER).orElse("none");
    if (!found.equals(file.sha256())) {
      throw new IOException("somebody else's file is there, with SHA-256 " + found);
    }
  }

  private HttpRequest.Builder request(CapturedFile file, String query) {
    String secret = container.getRawQuery() == null ? "" : container.getRawQuery();
    String both = secret.isEmpty() || query.isEmpty() ? secret + query : secret + "&" + query;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(location(file.name()) + (both.isEmpty() ? "" : "?" + both)))
            .header("x-ms-version", VERSION)
            .timeout(PATIENCE);
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  /** Again when the store is busy, or the connection broke. */
  private HttpResponse<String> send(HttpRequest request) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        HttpResponse<String> answer =
            http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        if (answer.statusCode() < 500 || attempt == ATTEMPTS) {
          return answer;
        }
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw new IOException(container.getAuthority() + " does not answer: " + e, e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(attempt));
    }
  }

  private static String reason(HttpResponse<String> answer) {
    String code = answer.headers().firstValue("x-ms-error-code").orElse("");
    String remedy =
        switch (code) {
          case "AuthenticationFailed",
              "AuthorizationFailure",
              "AuthorizationPermissionMismatch",
              "InvalidAuthenticationInfo",
              "NoAuthenticationInformation" ->
              ": is the signature in the Secret right and not expired, and may it, or the identity,"
                  + " create and write?";
          case "ContainerNotFound" -> ": there is no such container";
          default -> "";
        };
    return (answer.statusCode() + " " + code).strip() + remedy;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public void close() {
    http.close();
  }
}
