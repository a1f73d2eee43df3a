package sh.retina.capture.output;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What became of a file at one place; an entry of the status's {@code outputs}.
 *
 * @param type {@code hostPath}, {@code persistentVolumeClaim}, {@code s3Upload} or {@code
 *     blobUpload}, as a Capture's status says it
 * @param location path or URL, without what is secret of it
 * @param size bytes
 * @param sha256 in hexadecimal
 * @param error why it is not there; null where it is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Delivered(
    String type, String location, long size, String sha256, @Nullable String error) {
  public boolean arrived() {
    return error == null;
  }
}
