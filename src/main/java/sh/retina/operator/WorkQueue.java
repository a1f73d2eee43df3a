package sh.retina.operator;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Names of objects that want a look, each once: whatever happens to an object within the time that
 * it settles is one piece of work. A name is never with two workers; one that fails comes again,
 * later each time. Any thread may use it.
 */
final class WorkQueue {
  private static final long FIRST_RETRY_NS = 200_000_000L;
  private static final long LAST_RETRY_NS = 30_000_000_000L;

  private record Entry(String key, long dueNs) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Entry> entries =
      new PriorityQueue<>(Comparator.comparingLong(Entry::dueNs));
  private final Set<String> waiting = new HashSet<>();
  private final Set<String> taken = new HashSet<>();

  /** Taken, and changed since. */
  private final Set<String> dirty = new HashSet<>();

  private final Map<String, Integer> failures = new HashMap<>();
  private final long settleNs;
  private final LongSupplier clockNs;
  private boolean closed;

  /**
   * @param settleNs how long a name waits for more of the same
   * @param clockNs monotonic time
   */
  WorkQueue(long settleNs, LongSupplier clockNs) {
    this.settleNs = settleNs;
    this.clockNs = clockNs;
  }

  void add(String key) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (taken.contains(key)) {
        dirty.add(key);
      } else {
        push(key, settleNs);
      }
    } finally {
      lock.unlock();
    }
  }

  private void push(String key, long delayNs) {
    if (waiting.add(key)) {
      entries.add(new Entry(key, clockNs.getAsLong() + delayNs));
      changed.signal();
    }
  }

  /**
   * Waits for the next name; null once the queue is closed. Each must be given to {@link #done}.
   */
  @Nullable String take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed) {
        Entry next = entries.peek();
        long waitNs = next == null ? Long.MAX_VALUE : next.dueNs() - clockNs.getAsLong();
        if (next != null && waitNs <= 0) {
          entries.remove();
          waiting.remove(next.key());
          taken.add(next.key());
          return next.key();
        }
        // In steps, as a clock of a test may have moved.
        var _ = changed.awaitNanos(Math.min(waitNs, TimeUnit.SECONDS.toNanos(1)));
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param succeeded false: it comes again after a time that doubles, with jitter
   */
  void done(String key, boolean succeeded) {
    lock.lock();
    try {
      taken.remove(key);
      boolean again = dirty.remove(key);
      if (closed) {
        return;
      }
      if (succeeded) {
        failures.remove(key);
        if (again) {
          push(key, settleNs);
        }
      } else {
        int count = failures.merge(key, 1, Integer::sum);
        long delayNs = Math.min(LAST_RETRY_NS, FIRST_RETRY_NS << Math.min(count - 1, 8));
        push(key, delayNs / 2 + ThreadLocalRandom.current().nextLong(delayNs / 2 + 1));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Names that wait or are with a worker. */
  int size() {
    lock.lock();
    try {
      return waiting.size() + taken.size();
    } finally {
      lock.unlock();
    }
  }

  /** Names that failed and were not put right since. */
  int failing() {
    lock.lock();
    try {
      return failures.size();
    } finally {
      lock.unlock();
    }
  }

  /** What waits is forgotten; workers get null. */
  void close() {
    lock.lock();
    try {
      closed = true;
      entries.clear();
      waiting.clear();
      dirty.clear();
      failures.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
