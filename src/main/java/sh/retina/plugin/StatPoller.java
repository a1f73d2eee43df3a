package sh.retina.plugin;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.event.StatSample;

/**
 * The thread {@code stat-poller}: lets each plugin read its metrics once an interval. A source that
 * fails shows nothing, and is asked again the next time; the others go on. A thread of its own, as
 * a slow file of /sys must hold up neither rings nor interfaces.
 */
final class StatPoller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatPoller.class);

  /** Reads a plugin's metrics. */
  @FunctionalInterface
  interface Reading {
    void into(StatSink sink) throws IOException;

    /**
     * Whether its counters begin at 0 with this object, so that what an earlier one of the plugin
     * counted has to be added; those of the system go on by themselves.
     */
    default boolean startsAtZero() {
      return false;
    }
  }

  /** What to ask in this round, by plugin. */
  private final Supplier<Map<String, Reading>> readings;

  private final StatStore store;
  private final Duration interval;
  private final LongSupplier nanoClock;
  private final Map<String, String> troubles = new ConcurrentHashMap<>();
  private final Set<String> reading = ConcurrentHashMap.newKeySet();
  private final Map<String, CarriedCounts> carried = new ConcurrentHashMap<>();
  private final Map<String, Complaints> complaints = new ConcurrentHashMap<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("stat-poller").unstarted(this::run);

  StatPoller(
      Supplier<Map<String, Reading>> readings,
      StatStore store,
      Duration interval,
      LongSupplier nanoClock) {
    this.readings = readings;
    this.store = store;
    this.interval = interval;
    this.nanoClock = nanoClock;
  }

  /** The thread is in the network namespace of the one that calls this. */
  void start() {
    thread.start();
  }

  private void run() {
    try {
      do {
        round();
      } while (!stopping.await(interval.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks everybody once. */
  void round() {
    Map<String, Reading> now = readings.get();
    for (String gone : List.copyOf(troubles.keySet())) {
      if (!now.containsKey(gone)) {
        troubles.remove(gone);
      }
    }
    for (String gone : List.copyOf(reading)) {
      if (!now.containsKey(gone)) {
        reading.remove(gone);
        store.publish(gone, List.of());
      }
    }
    now.forEach(this::read);
  }

  private void read(String plugin, Reading source) {
    StatRound round = new StatRound();
    try {
      source.into(round);
      store.publish(plugin, carried(plugin, source, round));
      reading.add(plugin);
      trouble(plugin, round.reasons(), null);
    } catch (IOException | RuntimeException | Error e) {
      store.publish(plugin, List.of());
      reading.remove(plugin);
      // The message of a fault of ours says little without its kind.
      trouble(
          plugin,
          e instanceof IOException && e.getMessage() != null ? e.getMessage() : e.toString(),
          e);
    }
  }

  private List<StatSample> carried(String plugin, Reading source, StatRound round) {
    return source.startsAtZero()
        ? carried.computeIfAbsent(plugin, _ -> new CarriedCounts()).with(source, round.samples())
        : round.samples();
  }

  /**
   * Takes what an object counted since the last round, as it is about to go: its counters go on
   * with those of the plugin's next one. From any thread.
   */
  void readLast(String plugin, Reading source) {
    StatRound round = new StatRound();
    try {
      source.into(round);
      List<StatSample> _ = carried(plugin, source, round);
    } catch (IOException | RuntimeException | Error e) {
      LOG.warn("plugin={} what it counted last cannot be read", plugin, e);
    }
  }

  private void trouble(String plugin, String reason, @Nullable Throwable e) {
    if (reason.isEmpty()) {
      troubles.remove(plugin);
      return;
    }
    troubles.put(plugin, reason);
    if (complaints.computeIfAbsent(plugin, _ -> new Complaints()).isDue(nanoClock.getAsLong())) {
      if (e == null || e instanceof IOException) {
        LOG.warn("plugin={} its counters cannot be read: {}", plugin, reason);
      } else {
        LOG.error("plugin={} its counters cannot be read", plugin, e);
      }
    }
  }

  /** Whether its last round gave values. */
  boolean hasValues(String plugin) {
    return reading.contains(plugin);
  }

  /** What a plugin could not read in its last round; empty when it could. */
  String trouble(String plugin) {
    return troubles.getOrDefault(plugin, "");
  }

  /** Ends the thread; a round that is under way is waited for. */
  @Override
  public void close() {
    stopping.countDown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // its objects are about to be freed
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
