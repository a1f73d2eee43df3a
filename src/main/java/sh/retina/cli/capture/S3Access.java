package sh.retina.cli.capture;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** How files of captures get to a bucket, and how they are found in it: for both ends. */
public final class S3Access {
  /** An object's own datum: the SHA-256 of the file, in hexadecimal. */
  public static final String SHA_KEY = "sha256";

  private static final String DEFAULT_REGION = "us-east-1";

  private S3Access() {}

  /**
   * Asks for nothing yet. The caller closes it.
   *
   * @param region empty: the first one
   * @param endpoint of another store than Amazon's
   */
  public static S3Client client(String id, String secret, String region, @Nullable URI endpoint) {
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClient(UrlConnectionHttpClient.create())
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret)))
            .region(Region.of(region.isBlank() ? DEFAULT_REGION : region))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    if (endpoint == null) {
      builder.crossRegionAccessEnabled(true);
    } else {
      // Other stores have no name of their own for each bucket.
      builder.endpointOverride(endpoint).forcePathStyle(true);
    }
    return builder.build();
  }

  /** The key of a file below a path of the bucket. */
  public static String key(String path, String name) {
    String prefix = path.replaceAll("^/+|/+$", "");
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }
}
