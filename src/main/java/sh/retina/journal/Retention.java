package sh.retina.journal;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;

/**
 * The files of the journal, oldest first, and which of them may go. The last one is being written
 * and stays. Changed under the journal's lock; the volatile figures may be read from any thread.
 */
final class Retention {
  private static final Logger LOG = System.getLogger(Retention.class.getName());

  private static final long LONG_AGO_NS = Duration.ofDays(100 * 365).toNanos();

  private final SingleChronicleQueue queue;
  private final Path directory;
  private final JournalClock clock;
  private final ArrayDeque<Kept> files = new ArrayDeque<>();
  private volatile long closedBytes;
  private volatile long oldestNs = Long.MAX_VALUE;
  private volatile int oldestCycle;

  /**
   * A file, the wall clock of its first excerpt, and when that was by the clock that nobody sets: a
   * step of the wall clock makes no record of this run older or younger.
   */
  private record Kept(int cycle, long bytes, long startedNs, long startedRunningNs) {}

  Retention(SingleChronicleQueue queue, Path directory, JournalClock clock) {
    this.queue = queue;
    this.directory = directory;
    this.clock = clock;
    for (Map.Entry<Integer, Path> file : JournalFiles.list(directory).entrySet()) {
      int cycle = file.getKey();
      try {
        long startedNs = QueueDirectory.startedNs(queue, cycle);
        files.add(
            new Kept(
                cycle, QueueDirectory.writtenBytes(queue, cycle), startedNs, running(startedNs)));
      } catch (InternalError | Exception e) {
        CorruptFiles.moveAside(file.getValue(), e.toString());
        queue.refreshDirectoryListing();
      }
    }
    publish();
  }

  /** The file that was current ends with {@code endedBytes}; a new one begins. */
  void rolled(long endedBytes, int cycle, long nowNs) {
    Kept ended = files.peekLast();
    if (ended != null && ended.bytes == 0) {
      files.removeLast();
      files.add(new Kept(ended.cycle, endedBytes, ended.startedNs, ended.startedRunningNs));
    }
    files.add(new Kept(cycle, 0, nowNs, clock.runningNs()));
    publish();
  }

  /**
   * Deletes from the oldest on while there are too many bytes, or the newest record of the oldest
   * file is too old.
   */
  void enforce(long maxBytes, long currentBytes, long maxAgeNs) {
    long nowNs = clock.runningNs();
    boolean deleted = false;
    while (files.size() > 1
        && (closedBytes + currentBytes > maxBytes || nowNs - oldestEndedNs() > maxAgeNs)) {
      Kept oldest = files.removeFirst();
      publish();
      deleted |= delete(oldest);
    }
    if (deleted) {
      JournalFiles.deleteEmpty(directory, oldestCycle);
      queue.refreshDirectoryListing();
    }
  }

  /**
   * When a file of an earlier run began: as long ago as the wall clock says now, and not in the
   * future. One without an excerpt is as old as can be.
   */
  private long running(long startedNs) {
    long nowNs = clock.runningNs();
    return startedNs == Long.MIN_VALUE
        ? nowNs - LONG_AGO_NS
        : nowNs - Math.clamp(clock.wallNs() - startedNs, 0, LONG_AGO_NS);
  }

  /** A file's records are older than the first of the next one. By the running clock. */
  private long oldestEndedNs() {
    var iterator = files.iterator();
    iterator.next();
    return iterator.next().startedRunningNs;
  }

  private boolean delete(Kept oldest) {
    Path file = JournalFiles.file(directory, oldest.cycle);
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.log(
          Level.ERROR,
          "journal file cannot be deleted, disk use will exceed its bound: file=" + file,
          e);
      return false;
    }
  }

  private void publish() {
    long bytes = 0;
    for (Kept file : files) {
      bytes += file.bytes;
    }
    closedBytes = bytes;
    Kept oldest = files.peekFirst();
    oldestNs =
        files.stream()
            .mapToLong(Kept::startedNs)
            .filter(ns -> ns != Long.MIN_VALUE)
            .min()
            .orElse(Long.MAX_VALUE);
    // Readers jump to the new oldest file only after this is published, so it comes before the
    // deletion.
    oldestCycle = oldest == null ? 0 : oldest.cycle;
  }

  /** Bytes of all files but the current one. */
  long closedBytes() {
    return closedBytes;
  }

  /**
   * Wall clock of the oldest excerpt, ns since 1970; {@link Long#MAX_VALUE} for an empty journal.
   */
  long oldestNs() {
    return oldestNs;
  }

  int oldestCycle() {
    return oldestCycle;
  }
}
