package sh.retina.capture;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.PacketSource;
import sh.retina.capture.output.Delivered;

/**
 * What became of a capture on a node; the worker's answer, as JSON.
 *
 * @param state {@code Running}; {@code Completed}, or {@code Failed}: files are there in either
 *     case, when anything was recorded
 * @param reason why it failed; empty when it did not
 * @param ended what ended it: {@code duration}, {@code size}, {@code signal}, {@code reader} or
 *     {@code failure}; empty while it runs
 * @param completionTime null while it runs
 * @param packets in the files, those of a ring's deleted files not counted
 * @param unwrittenPackets seen, and not taken by the disk
 * @param kernel what the kernel counted; {@code dropped} are in no file
 * @param trigger what started it; absent where it began at once
 * @param warning what is missing though it is no failure; absent where nothing is
 * @param outputs of each file, what became of it at each place
 * @param more outputs that had no room; absent where all have
 */
public record CaptureStatus(
    String name,
    String node,
    State state,
    String reason,
    String ended,
    Instant startTime,
    @Nullable Instant completionTime,
    long packets,
    long unwrittenPackets,
    PacketSource.Statistics kernel,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String trigger,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String warning,
    List<Recorded> files,
    List<Delivered> outputs,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) int more) {
  /** In words that users see. */
  enum State {
    Running,
    Completed,
    Failed
  }

  /**
   * A file that is complete.
   *
   * @param path on the node, where it was recorded
   * @param size bytes
   * @param sha256 in hexadecimal
   */
  public record Recorded(String path, long size, String sha256, long packets) {}

  public CaptureStatus {
    files = List.copyOf(files);
    outputs = List.copyOf(outputs);
  }

  boolean isCompleted() {
    return state == State.Completed;
  }

  /** With what became of its files; a place that failed fails the capture, by its name. */
  CaptureStatus delivered(List<Delivered> delivered, Instant now) {
    List<String> reasons = new ArrayList<>();
    if (!reason.isEmpty()) {
      reasons.add(reason);
    }
    delivered.stream()
        .filter(output -> !output.arrived())
        .map(output -> output.type() + " " + output.location() + ": " + output.error())
        .forEach(reasons::add);
    return new CaptureStatus(
        name,
        node,
        reasons.isEmpty() ? State.Completed : State.Failed,
        String.join("; ", reasons),
        ended,
        startTime,
        now,
        packets,
        unwrittenPackets,
        kernel,
        trigger,
        warning,
        files,
        delivered,
        0);
  }

  /** Without the files, and with the last so many outputs. */
  CaptureStatus brief(int outputsKept) {
    int size = outputs.size();
    return with(reason, warning, List.of(), outputs.subList(Math.max(0, size - outputsKept), size));
  }

  /** With the beginnings of reason and warning. */
  CaptureStatus cut(int length) {
    return with(cut(reason, length), cut(warning, length), files, outputs);
  }

  private static String cut(String text, int length) {
    return text.length() > length ? text.substring(0, length) + "…" : text;
  }

  private CaptureStatus with(
      String why, String missing, List<Recorded> some, List<Delivered> places) {
    return new CaptureStatus(
        name,
        node,
        state,
        why,
        ended,
        startTime,
        completionTime,
        packets,
        unwrittenPackets,
        kernel,
        trigger,
        missing,
        some,
        places,
        more + outputs.size() - places.size());
  }
}
