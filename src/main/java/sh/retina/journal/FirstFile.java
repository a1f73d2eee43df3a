package sh.retina.journal;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.MissingStoreFileException;

/** The way to the first file of a queue from which another thread deletes files. */
final class FirstFile {
  private static final long PATIENCE_NS = 1_000_000_000;
  private static final long PAUSE_NS = 100_000;

  private static final Logger LOG = System.getLogger(FirstFile.class.getName());

  private FirstFile() {}

  /** To where a reader starts; the cycle of that file, {@link StartPoint#OLDEST} if not known. */
  static int moveTo(ExcerptTailer tailer, Path directory, StartPoint start) {
    // Asked of the directory: metadata of a recording may know of files that have been taken out.
    int first = moveFrom(tailer, directory, start.cycle());
    if (first == StartPoint.OLDEST) {
      moveTo(tailer);
    }
    return first;
  }

  /**
   * To the oldest file from that cycle on that holds an excerpt; its cycle, {@link
   * StartPoint#OLDEST} if there is none.
   */
  static int moveFrom(ExcerptTailer tailer, Path directory, int cycle) {
    for (int next : JournalFiles.begun(directory, cycle).keySet()) {
      if (tailer.moveToIndex(index(tailer, next))) {
        return next;
      }
    }
    return StartPoint.OLDEST;
  }

  /** To the file behind one that cannot be read on; its cycle, or the same when there is none. */
  static int moveBehind(ExcerptTailer tailer, Path directory, int cycle) {
    try {
      int next = moveFrom(tailer, directory, cycle + 1);
      if (next != StartPoint.OLDEST) {
        if (cycle != StartPoint.OLDEST) {
          LOG.log(
              Level.WARNING,
              "a reader leaves a journal file before its end, as it was cut or is damaged; what is"
                  + " missing is counted: file="
                  + JournalFiles.file(directory, cycle));
        }
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
   * Waits, a second or two at most, where the queue's listing still names a file that retention has
   * just deleted: an attempt itself may wait for a file to be finished.
   */
  static void moveTo(ExcerptTailer tailer) {
    long endNs = System.nanoTime() + PATIENCE_NS;
    while (true) {
      try {
        tailer.toStart();
        return;
      } catch (MissingStoreFileException e) {
        if (System.nanoTime() - endNs > 0) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NS);
      }
    }
  }
}
