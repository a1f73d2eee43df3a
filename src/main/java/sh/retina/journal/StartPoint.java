package sh.retina.journal;

import java.nio.file.Path;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;

/**
 * A {@link Start} as a place in a queue: the file to walk from its beginning, and the batches on
 * the way to leave out.
 *
 * @param cycle file to begin with, or {@link #OLDEST}
 * @param firstIndex batches before it are passed over
 * @param sinceNs batches appended before it are passed over
 * @param hasGap whether records between the place asked for and this one are gone
 */
record StartPoint(int cycle, long firstIndex, long sinceNs, boolean hasGap) {
  static final int OLDEST = -1;

  /**
   * @param savedIndex where a named reader goes on; 0 for a new one
   */
  static StartPoint of(SingleChronicleQueue queue, Path directory, Start start, long savedIndex) {
    return switch (start) {
      case Start.Oldest() -> oldest(false);
      case Start.Newest() -> newest(queue, directory);
      case Start.Since(Instant time) -> since(queue, directory, time);
      case Start.After(long position) -> at(queue, directory, position + 1);
      case Start.From(long position) -> new StartPoint(OLDEST, position, Long.MIN_VALUE, false);
      case Start.Named _ -> savedIndex == 0 ? oldest(false) : at(queue, directory, savedIndex);
    };
  }

  private static StartPoint oldest(boolean hasGap) {
    return new StartPoint(OLDEST, 0, Long.MIN_VALUE, hasGap);
  }

  private static StartPoint at(SingleChronicleQueue queue, Path directory, long index) {
    int cycle = queue.rollCycle().toCycle(index);
    return JournalFiles.begun(directory, cycle).containsKey(cycle)
        ? new StartPoint(cycle, index, Long.MIN_VALUE, false)
        : oldest(true);
  }

  private static StartPoint newest(SingleChronicleQueue queue, Path directory) {
    try (ExcerptTailer tailer = queue.createTailer()) {
      for (int cycle : JournalFiles.begun(directory, OLDEST).descendingKeySet()) {
        long excerpts = tailer.excerptsInCycle(cycle);
        if (excerpts > 0) {
          return new StartPoint(
              cycle, queue.rollCycle().toIndex(cycle, excerpts), Long.MIN_VALUE, false);
        }
      }
    }
    return oldest(false);
  }

  private static StartPoint since(SingleChronicleQueue queue, Path directory, Instant time) {
    long seconds = TimeUnit.SECONDS.toNanos(time.getEpochSecond()); // saturates
    long sinceNs = seconds == Long.MAX_VALUE ? seconds : seconds + time.getNano();
    NavigableMap<Integer, Path> files = JournalFiles.begun(directory, OLDEST);
    for (int cycle : files.descendingKeySet()) {
      long startedNs = QueueDirectory.startedNs(queue, cycle);
      if (startedNs != Long.MIN_VALUE && startedNs <= sinceNs) {
        return new StartPoint(cycle, 0, sinceNs, false);
      }
    }
    return new StartPoint(OLDEST, 0, sinceNs, false);
  }
}
