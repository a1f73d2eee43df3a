package sh.retina.cli.capture;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.CaptureSpec;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Files of a bucket of Amazon S3, or of a store that speaks its language. */
final class S3Download implements AutoCloseable {
  private final CaptureSpec.S3Upload bucket;
  private final S3Client client;

  private S3Download(CaptureSpec.S3Upload bucket, S3Client client) {
    this.bucket = bucket;
    this.client = client;
  }

  /**
   * Asks for nothing yet.
   *
   * @param secret the key, under the names that a Secret has
   * @throws IOException when the key is not whole, or the address is none
   */
  static S3Download open(CaptureSpec.S3Upload bucket, Map<String, String> secret)
      throws IOException {
    String region = bucket.region();
    String endpoint = bucket.endpoint();
    return new S3Download(
        bucket,
        S3Access.client(
            text(secret, S3Options.ID),
            text(secret, S3Options.KEY),
            region == null ? "" : region,
            endpoint == null || endpoint.isBlank() ? null : address(endpoint)));
  }

  private static String text(Map<String, String> secret, String name) throws IOException {
    String value = secret.getOrDefault(name, "").strip();
    if (value.isEmpty()) {
      throw new IOException("the Secret has no " + name);
    }
    return value;
  }

  private static URI address(String endpoint) throws IOException {
    try {
      URI address = URI.create(endpoint.strip());
      if (address.getHost() != null && String.valueOf(address.getScheme()).startsWith("http")) {
        return address;
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw new IOException("'" + endpoint + "' is no address such as https://store.example:9000");
  }

  /** The keys of the objects whose files' names begin so. */
  List<String> keys(String start) throws IOException {
    try {
      return client
          .listObjectsV2Paginator(list -> list.bucket(bucket.bucket()).prefix(key(start)))
          .contents()
          .stream()
          .map(S3Object::key)
          .toList();
    } catch (SdkException e) {
      throw failed(e);
    }
  }

  /** The key of a file. */
  String key(String name) {
    String path = bucket.path();
    return S3Access.key(path == null ? S3Options.PATH : path, name);
  }

  /**
   * Brings one here.
   *
   * @param size null: not known
   * @param sha256 null: what stands with the object, where anything does
   */
  void fetch(String key, Path place, @Nullable Long size, @Nullable String sha256)
      throws IOException {
    try (ResponseInputStream<GetObjectResponse> body =
            client.getObject(get -> get.bucket(bucket.bucket()).key(key));
        PartFile part = PartFile.create(place)) {
      body.transferTo(part.stream());
      part.complete(
          size, sha256 == null ? body.response().metadata().get(S3Access.SHA_KEY) : sha256);
    } catch (SdkException e) {
      throw failed(e);
    }
  }

  private IOException failed(SdkException e) {
    String where =
        (bucket.endpoint() == null ? "s3://" : bucket.endpoint() + "/") + bucket.bucket() + ": ";
    if (!(e instanceof S3Exception answer)) {
      return new IOException(
          where + e.getMessage() + ": is it reachable from here? --s3-endpoint names another way",
          e);
    }
    String code = answer.awsErrorDetails() == null ? "" : answer.awsErrorDetails().errorCode();
    String remedy =
        switch (String.valueOf(code)) {
          case "InvalidAccessKeyId", "SignatureDoesNotMatch", "XAdminUserNotFound" ->
              ": are " + S3Options.ID + " and " + S3Options.KEY + " right?";
          case "AccessDenied" -> ": the key may not read there";
          case "NoSuchBucket" -> ": there is no such bucket";
          case "NoSuchKey" -> ": it is not there any more";
          default -> "";
        };
    return new IOException(where + answer.statusCode() + " " + code + remedy, e);
  }

  @Override
  public void close() {
    client.close();
  }
}
