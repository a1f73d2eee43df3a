package sh.retina.journal;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.MissingStoreFileException;

/** The way to the first file of a queue from which another thread deletes files. */
final class FirstFile {
  private static final int ATTEMPTS = 1_000;
  private static final long PAUSE_NS = 100_000;

  private static final Logger LOG = System.getLogger(FirstFile.class.getName());

  private FirstFile() {}

  /** To where a reader starts; the cycle of that file, {@link StartPoint#OLDEST} if not known. */
  static int moveTo(ExcerptTailer tailer, Path directory, StartPoint start) {
    // Asked of the directory: metadata of a recording may know of files that have been taken out.
    OptionalInt first =
        start.cycle() == StartPoint.OLDEST
            ? JournalFiles.oldest(directory)
            : OptionalInt.of(start.cycle());
    if (first.isPresent() && tailer.moveToIndex(index(tailer, first.getAsInt()))) {
      return first.getAsInt();
    }
    moveTo(tailer);
    return StartPoint.OLDEST;
  }

  /** To the file behind that one, whose cycle is returned; the same when there is none. */
  static int moveBehind(ExcerptTailer tailer, Path directory, int cycle) {
    try {
      Integer next = JournalFiles.list(directory).higherKey(cycle);
      if (next != null && tailer.moveToIndex(index(tailer, next))) {
        return next;
      }
    } catch (InternalError | Exception e) { // Chronicle throws checked ones undeclared
      LOG.log(Level.DEBUG, "no next file: directory=" + directory, e);
    }
    return cycle;
  }

  private static long index(ExcerptTailer tailer, int cycle) {
    return tailer.queue().rollCycle().toIndex(cycle, 0);
  }

  /**
   * Waits, a tenth of a second at most, where the queue's listing still names a file that retention
   * has just deleted.
   */
  static void moveTo(ExcerptTailer tailer) {
    for (int attempt = 1; ; attempt++) {
      try {
        tailer.toStart();
        return;
      } catch (MissingStoreFileException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NS);
      }
    }
  }
}
