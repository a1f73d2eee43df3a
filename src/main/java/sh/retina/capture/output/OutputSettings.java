package sh.retina.capture.output;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a capture's files go; more than one place may be named.
 *
 * @param directory a directory of the node; files are recorded below it
 * @param hostPath a directory below that one; may be empty
 * @param claim a volume; null: none
 * @param s3 a bucket; null: none
 * @param blobUrlFile holds the address of a container of Azure Blob, with its SAS or without; null:
 *     none
 */
public record OutputSettings(
    Path directory,
    String hostPath,
    @Nullable Claim claim,
    @Nullable S3 s3,
    @Nullable Path blobUrlFile) {
  /**
   * A volume.
   *
   * @param name of the PersistentVolumeClaim; may be empty
   * @param directory where it is mounted
   */
  public record Claim(String name, Path directory) {}

  /**
   * A bucket.
   *
   * @param endpoint null: Amazon's
   * @param region may be empty
   * @param path first part of the objects' names; may be empty
   * @param secret directory with {@code s3-access-key-id} and {@code s3-secret-access-key}
   */
  public record S3(
      String bucket, @Nullable URI endpoint, String region, String path, Path secret) {}

  /** Whether files go somewhere else than where they are recorded. */
  public boolean isAnyAway() {
    return claim != null || s3 != null || blobUrlFile != null;
  }

  /** Whether files stay where they are recorded: asked for, or there is no other place. */
  public boolean isHostPath() {
    return !hostPath.isEmpty() || !isAnyAway();
  }
}
