package sh.retina.journal;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes who waits for what comes next in the journal. Telling costs a look while nobody waits, and
 * allocates nothing. Thread-safe, but for telling: the appending thread's.
 */
final class Arrivals {
  private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();
  private volatile long count;

  /** How often something came. */
  long count() {
    return count;
  }

  /** Whether somebody waits. */
  boolean areAwaited() {
    return !waiting.isEmpty();
  }

  /** Something has been appended, or will be elsewhere from now on. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread's
  void tell() {
    count++;
    for (Thread thread = waiting.poll(); thread != null; thread = waiting.poll()) {
      LockSupport.unpark(thread);
    }
  }

  /** Waits until there were more than {@code seen}, or so long; may return early. */
  void await(long seen, long maxNs) {
    Thread self = Thread.currentThread();
    waiting.add(self);
    if (count == seen) { // whoever counts on from here finds this thread
      LockSupport.parkNanos(this, maxNs);
    }
    waiting.remove(self);
  }
}
