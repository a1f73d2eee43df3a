package sh.retina.journal;

import java.util.concurrent.locks.LockSupport;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.MissingStoreFileException;

/** The way to the first file of a queue from which another thread deletes files. */
final class FirstFile {
  private static final int ATTEMPTS = 1_000;
  private static final long PAUSE_NS = 100_000;

  private FirstFile() {}

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
