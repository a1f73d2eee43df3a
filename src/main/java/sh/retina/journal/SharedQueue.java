package sh.retina.journal;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.jspecify.annotations.Nullable;

/**
 * A queue that is closed when the last of its users lets go: closing unmaps the files, and a reader
 * that still works on a batch would take the JVM with it. Thread-safe.
 */
final class SharedQueue {
  private final SingleChronicleQueue queue;
  private final AtomicInteger users = new AtomicInteger(1);
  private final Arrivals arrivals = new Arrivals();

  /** What the sources are read by that some reader has met. */
  private final Map<SourceKey, WeakReference<JournalSource.Description>> descriptions =
      new HashMap<>();

  private final Runnable onClosed;
  private volatile @Nullable SharedQueue kept;

  /**
   * @param onClosed runs when nobody uses the queue any more
   */
  SharedQueue(SingleChronicleQueue queue, Runnable onClosed) {
    this.queue = queue;
    this.onClosed = onClosed;
  }

  SingleChronicleQueue queue() {
    return queue;
  }

  /** For readers that have come to the end. */
  Arrivals arrivals() {
    return arrivals;
  }

  private record SourceKey(long runId, int id) {}

  /** The source with the bytes that other readers have of it already. */
  JournalSource sharing(JournalSource source) {
    SourceKey key = new SourceKey(source.runId(), source.id());
    synchronized (descriptions) {
      WeakReference<JournalSource.Description> kept = descriptions.get(key);
      JournalSource.Description known = kept == null ? null : kept.get();
      JournalSource shared = known == null ? source : source.sharing(known);
      if (known == null) {
        descriptions.values().removeIf(each -> each.get() == null);
        descriptions.put(key, new WeakReference<>(source.described()));
      }
      return shared;
    }
  }

  /** While this one is used the next one is: a reader that comes to the end here goes on there. */
  void keep(SharedQueue next) {
    next.retain();
    kept = next;
  }

  /** One user more; each calls {@link #release} once. */
  void retain() {
    if (users.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
      throw new IllegalStateException("journal is closed");
    }
  }

  void release() {
    if (users.decrementAndGet() == 0) {
      queue.close();
      onClosed.run();
      SharedQueue next = kept;
      if (next != null) {
        next.release();
      }
    }
  }
}
