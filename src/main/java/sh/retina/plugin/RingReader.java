package sh.retina.plugin;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.bpf.SpanHandler;

/**
 * The thread {@code ring-reader}: takes what the rings hold, on a timer that backs off while they
 * are empty, and runs the objects' sweeps once a second, each other second while nothing comes. One
 * ring's trouble is logged and leaves the others alone.
 */
final class RingReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RingReader.class);

  /** While much comes: a ring must hold what comes meanwhile. */
  private static final long BUSY_WAIT_NS = 10_000_000;

  /** While little comes: a turn costs as much as a thousand events, and nobody sees the delay. */
  private static final long MIN_WAIT_NS = 25_000_000;

  /** While nothing comes and nobody waits for it. */
  private static final long MAX_WAIT_NS = 100_000_000;

  /** Much: a record in a turn for each so many bytes of the ring, some 4 % of it. */
  private static final int BUSY_BYTES = 2048;

  private static final long SWEEP_NS = 1_000_000_000;

  /** Where nothing came since the last one: walking an empty table takes a millisecond too. */
  private static final long IDLE_SWEEP_NS = 2 * SWEEP_NS;

  private static final int REMOVE_PATIENCE_S = 10;

  /** Of one document of the journal; a longer span is taken in pieces. */
  private static final long MAX_SPAN_BYTES = 256 << 10;

  private final List<RecordSource> plugins = new CopyOnWriteArrayList<>();
  private final RecordSink sink;
  private final LongSupplier nanoClock;
  private final SpanHandler handler = this::append;
  private final Thread thread = Thread.ofPlatform().name("ring-reader").unstarted(this::run);
  private final Map<RecordSource, Complaints> complaints = new ConcurrentHashMap<>();
  private final Queue<Leaving> departures = new ConcurrentLinkedQueue<>();
  private final Complaints maintenance = new Complaints();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean stopping;
  private volatile long lastTurnNs;
  private @Nullable RecordSource current;
  private boolean busy;

  /** {@code nanoClock}: monotonic. */
  RingReader(RecordSink sink, LongSupplier nanoClock) {
    this.sink = sink;
    this.nanoClock = nanoClock;
    this.lastTurnNs = nanoClock.getAsLong();
  }

  void start() {
    thread.start();
  }

  /** One that is to be read first goes before the others. */
  void add(RecordSource plugin) {
    plugins.add(plugin.isReadFirst() ? 0 : plugins.size(), plugin);
  }

  /**
   * Lets go of a plugin whose programs are detached, after what is pending in its table and ring
   * was taken. Waits for the reader's thread to do so.
   *
   * @return false when it did not in time: the ring may still be read then
   */
  boolean remove(RecordSource plugin) {
    Leaving leaving = new Leaving(plugin, new CountDownLatch(1));
    if (thread.getState() == Thread.State.NEW) {
      plugins.remove(plugin);
      return true;
    }
    departures.add(leaving);
    LockSupport.unpark(thread);
    try {
      return leaving.gone.await(REMOVE_PATIENCE_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private record Leaving(RecordSource plugin, CountDownLatch gone) {}

  private void dismiss() {
    for (Leaving leaving = departures.poll(); leaving != null; leaving = departures.poll()) {
      takeAll(leaving.plugin);
      plugins.remove(leaving.plugin);
      leaving.gone.countDown();
    }
  }

  /** When the thread last went round, by the clock it was given. */
  long lastTurnNs() {
    return lastTurnNs;
  }

  private void run() {
    try {
      long waitNs = MIN_WAIT_NS;
      long sweptNs = nanoClock.getAsLong();
      boolean idle = false;
      while (!stopping) {
        lastTurnNs = nanoClock.getAsLong();
        dismiss();
        boolean sweep = lastTurnNs - sweptNs >= (idle ? IDLE_SWEEP_NS : SWEEP_NS);
        if (sweep) {
          sweptNs = lastTurnNs;
          idle = true;
        }
        busy = false;
        boolean came = turn(sweep) > 0;
        idle &= !came;
        long longest = sink.isAwaited() ? MIN_WAIT_NS : MAX_WAIT_NS;
        waitNs = busy ? BUSY_WAIT_NS : came ? MIN_WAIT_NS : Math.min(waitNs * 2, longest);
        LockSupport.parkNanos(this, waitNs);
      }
    } finally {
      ended.countDown();
    }
  }

  /** Records taken from all rings. */
  private int turn(boolean sweep) {
    int taken = 0;
    for (int i = 0; i < plugins.size(); i++) {
      RecordSource plugin = plugins.get(i);
      // An Error too, such as a class that cannot be linked: this thread serves the others as well.
      try {
        if (sweep) {
          plugin.sweep();
        }
        taken += drain(plugin);
        plugin.trouble(null);
      } catch (RuntimeException | Error e) {
        complain(plugin, e);
      }
    }
    if (sweep) {
      maintain();
    }
    return taken;
  }

  private void maintain() {
    try {
      sink.maintain();
    } catch (RuntimeException | Error e) {
      if (maintenance.isDue(nanoClock.getAsLong())) {
        LOG.error("what the records are written to could not be looked after", e);
      }
    }
  }

  /**
   * Takes what is there, one lap of the ring at most, so that a flood in one leaves time for the
   * others.
   */
  private int drain(RecordSource plugin) {
    current = plugin;
    int taken = 0;
    for (long left = plugin.sizeBytes(); left > 0; left -= MAX_SPAN_BYTES) {
      int records = plugin.drain(handler, MAX_SPAN_BYTES);
      if (records == 0) {
        break;
      }
      taken += records;
    }
    if (taken > 0) {
      busy |= taken > plugin.sizeBytes() / BUSY_BYTES;
      plugin.tookRecords();
    }
    return taken;
  }

  private void append(long address, long byteCount, int records) {
    RecordSource plugin = current;
    if (plugin != null) {
      plugin.writer().append(address, byteCount, records);
    }
  }

  private void complain(RecordSource plugin, Throwable e) {
    plugin.trouble("the ring cannot be read: " + e);
    if (complaints.computeIfAbsent(plugin, _ -> new Complaints()).isDue(nanoClock.getAsLong())) {
      LOG.error("plugin={} the ring could not be read; tried again each turn", plugin.plugin(), e);
    }
  }

  /**
   * Ends the thread, then takes everything that is still pending in the objects' tables and rings.
   * The programs must be detached, or this would never see the end.
   */
  @Override
  public void close() {
    stopping = true;
    LockSupport.unpark(thread);
    if (thread.getState() != Thread.State.NEW) {
      boolean interrupted = false;
      while (true) {
        try {
          ended.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true; // what is in the rings is worth the wait
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    plugins.forEach(this::takeAll);
  }

  /** What the table and the ring still hold; the programs are detached. */
  private void takeAll(RecordSource plugin) {
    try {
      // A ring holds less than a full table: what it refuses goes back and comes with the next
      // flush.
      do {
        plugin.flush();
      } while (drain(plugin) > 0);
    } catch (RuntimeException | Error e) {
      complain(plugin, e);
    }
  }
}
