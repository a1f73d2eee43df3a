package sh.retina.capture;

import java.time.Instant;
import java.util.List;
import sh.retina.bpf.PacketSource;

/**
 * What became of a capture on a node; the worker's answer, as JSON.
 *
 * @param state {@code Completed}, or {@code Failed}; files are there in either case, when anything
 *     was recorded
 * @param reason why it failed; empty when it did not
 * @param ended what ended it: {@code duration}, {@code size}, {@code signal} or {@code failure}
 * @param packets in the files, those of a ring's deleted files not counted
 * @param unwrittenPackets seen, and not taken by the disk
 * @param kernel what the kernel counted; {@code dropped} are in no file
 */
public record CaptureStatus(
    String name,
    String node,
    String state,
    String reason,
    String ended,
    Instant startTime,
    Instant completionTime,
    long packets,
    long unwrittenPackets,
    PacketSource.Statistics kernel,
    List<Recorded> files) {
  /**
   * A file that is complete.
   *
   * @param path on the node
   * @param size bytes
   * @param sha256 in hexadecimal
   */
  public record Recorded(String path, long size, String sha256, long packets) {}

  public CaptureStatus {
    files = List.copyOf(files);
  }

  boolean isCompleted() {
    return state.equals("Completed");
  }
}
