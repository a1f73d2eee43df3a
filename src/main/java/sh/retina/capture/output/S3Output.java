package sh.retina.capture.output;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import sh.retina.cli.capture.S3Access;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A bucket of Amazon S3 or of a store that speaks its language. The store is sent the SHA-256 with
 * the bytes, of each part where a file is big, and refuses what is not it.
 */
final class S3Output implements Output {
  private static final int FORBIDDEN = 403;

  private final OutputSettings.S3 settings;
  private final S3Client client;

  private S3Output(OutputSettings.S3 settings, S3Client client) {
    this.settings = settings;
    this.client = client;
  }

  static S3Output open(OutputSettings.S3 settings) throws IOException {
    S3Secret secret = S3Secret.read(settings.secret());
    return new S3Output(
        settings,
        S3Access.client(secret.id(), secret.key(), settings.region(), settings.endpoint()));
  }

  @Override
  public String type() {
    return Delivery.S3;
  }

  @Override
  public String location(String name) {
    return S3Place.location(settings, name);
  }

  @Override
  public void put(CapturedFile file) throws IOException {
    String key = S3Place.key(settings, file.name());
    try {
      if (file.size() <= CapturedFile.PART_BYTES) {
        whole(file, key);
      } else {
        inParts(file, key);
      }
      verify(file, key);
    } catch (S3Exception e) {
      throw new IOException(reason(e), e);
    } catch (SdkException e) {
      throw new IOException(String.valueOf(e.getMessage()), e);
    }
  }

  private void whole(CapturedFile file, String key) throws IOException {
    byte[] bytes = file.part(0, file.size());
    client.putObject(
        put ->
            put.bucket(settings.bucket())
                .key(key)
                .checksumSHA256(base64(HexFormat.of().parseHex(file.sha256())))
                .metadata(Map.of(S3Access.SHA_KEY, file.sha256())),
        body(bytes));
  }

  private void inParts(CapturedFile file, String key) throws IOException {
    String upload =
        client
            .createMultipartUpload(create ->
                create
                    .bucket(settings.bucket())
                    .key(key)
                    .checksumAlgorithm("SHA256")
                    .metadata(Map.of(S3Access.SHA_KEY, file.sha256())))
            .uploadId();
    boolean isComplete = false;
    try {
      List<CompletedPart> parts = new ArrayList<>();
      for (long from = 0; from < file.size(); from += file.partBytes()) {
        byte[] bytes = file.part(from, file.partBytes());
        String sum = base64(Sha256.digest("SHA-256").digest(bytes));
        int number = parts.size() + 1;
        String tag =
            client
                .uploadPart(
                    part ->
                        part.bucket(settings.bucket())
                            .key(key)
                            .uploadId(upload)
                            .partNumber(number)
                            .checksumSHA256(sum),
                    body(bytes))
                .eTag();
        parts.add(CompletedPart.builder().partNumber(number).eTag(tag).checksumSHA256(sum).build());
      }
      client.completeMultipartUpload(complete ->
          complete
              .bucket(settings.bucket())
              .key(key)
              .uploadId(upload)
              .multipartUpload(all -> all.parts(parts)));
      isComplete = true;
    } finally {
      if (!isComplete) {
        giveUp(key, upload);
      }
    }
  }

  /** Without a copy of them, which the SDK would make. */
  private static RequestBody body(byte[] bytes) {
    return RequestBody.fromContentProvider(
        () -> new ByteArrayInputStream(bytes), bytes.length, "application/octet-stream");
  }

  /** Parts that nobody completes cost money until somebody finds them. */
  private void giveUp(String key, String upload) {
    try {
      client.abortMultipartUpload(
          abort -> abort.bucket(settings.bucket()).key(key).uploadId(upload));
    } catch (SdkException _) {
      // that it failed is said already
    }
  }

  /** A key that may only write may not look; the store took the sums nevertheless. */
  private void verify(CapturedFile file, String key) throws IOException {
    try {
      HeadObjectResponse head =
          client.headObject(object -> object.bucket(settings.bucket()).key(key));
      file.expectSize(head.contentLength());
      String found = head.metadata().getOrDefault(S3Access.SHA_KEY, file.sha256());
      if (!found.equals(file.sha256())) {
        throw new IOException("somebody else's file is there, with SHA-256 " + found);
      }
    } catch (S3Exception e) {
      if (e.statusCode() != FORBIDDEN) {
        throw e;
      }
    }
  }

  private String reason(S3Exception e) {
    String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
    String message = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorMessage();
    String remedy =
        switch (String.valueOf(code)) {
          case "InvalidAccessKeyId", "SignatureDoesNotMatch", "XAdminUserNotFound" ->
              ": are " + S3Secret.ID_NAME + " and " + S3Secret.KEY_NAME + " of the Secret right?";
          case "NoSuchBucket" -> ": there is no bucket " + settings.bucket();
          case "AccessDenied" -> ": the key may not write to bucket " + settings.bucket();
          default -> "";
        };
    return e.statusCode() + " " + code + " " + message + remedy;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public void close() {
    client.close();
  }
}
