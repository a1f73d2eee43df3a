package sh.retina.cli.capture;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.crd.CaptureSpec;

/** A bucket of a store that speaks S3, and the key to it. */
final class S3Options {
  /** Where a worker puts files that nobody named a place for. */
  static final String PATH = "retina/captures";

  static final String ID = "s3-access-key-id";
  static final String KEY = "s3-secret-access-key";

  @Option(names = "--s3-bucket", paramLabel = "NAME", description = "A bucket.")
  private String bucket = "";

  @Option(names = "--s3-endpoint", paramLabel = "URL", description = "Default: Amazon's.")
  private String endpoint = "";

  @Option(names = "--s3-region", paramLabel = "NAME", description = "Of the bucket.")
  private String region = "";

  @Option(
      names = "--s3-path",
      paramLabel = "PREFIX",
      description = "Before files' names. Default: retina/captures.")
  private String path = PATH;

  @Option(names = "--s3-access-key-id", paramLabel = "ID", description = "Of the key.")
  private String keyId = "";

  @Option(names = "--s3-secret-access-key", paramLabel = "KEY", description = "Of the key.")
  private String key = "";

  boolean isGiven() {
    return !bucket.isBlank();
  }

  /** Faults first, before anything is made. */
  void check() {
    if (isGiven() && (keyId.isBlank() || key.isBlank())) {
      throw CliException.usage("--s3-bucket needs --s3-access-key-id and --s3-secret-access-key");
    }
  }

  /** The key, as a Secret has it. */
  Map<String, String> secret() {
    return Map.of(ID, keyId, KEY, key);
  }

  /** As a Capture has it; {@code secretName}: of the Secret with the key. */
  CaptureSpec.S3Upload upload(String secretName) {
    return new CaptureSpec.S3Upload(
        orNull(endpoint), bucket, secretName, orNull(region), orNull(path));
  }

  /** Another's bucket, reached by this address where one was given. */
  CaptureSpec.S3Upload reached(CaptureSpec.S3Upload other) {
    return endpoint.isBlank()
        ? other
        : new CaptureSpec.S3Upload(
            endpoint.strip(), other.bucket(), other.secretName(), other.region(), other.path());
  }

  private static @Nullable String orNull(String text) {
    return text.isBlank() ? null : text.strip();
  }
}
