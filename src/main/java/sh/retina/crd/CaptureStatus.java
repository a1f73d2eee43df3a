package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a {@link Capture} goes. Times are RFC 3339. */
@Stored
public record CaptureStatus(
    @Nullable @JsonPropertyDescription("Types complete and error; the reason says more.")
        List<Condition> conditions,
    @Nullable String startTime,
    @Nullable @JsonPropertyDescription("When the last job ended well.") String completionTime,
    @Nullable @JsonPropertyDescription("Jobs that wait or run.") Integer active,
    @Nullable @JsonPropertyDescription("Jobs that ended well.") Integer succeeded,
    @Nullable @JsonPropertyDescription("Jobs that failed.") Integer failed,
    @Nullable @JsonPropertyDescription("Each file that was written, and those that failed.")
        List<File> outputs) {

  /** A file at a place, or why it is not there. */
  @Stored
  public record File(
      @Nullable String node,
      @Nullable @JsonPropertyDescription("hostPath, persistentVolumeClaim, blobUpload or s3Upload.")
          String type,
      @Nullable @JsonPropertyDescription("Path or URL, without what is secret of it.")
          String location,
      @Nullable @JsonPropertyDescription("Bytes.") Long size,
      @Nullable @JsonPropertyDescription("SHA-256 of the file, hexadecimal.") String sha256,
      @Nullable @JsonPropertyDescription("Why it failed; absent where it did not.") String error) {}
}
