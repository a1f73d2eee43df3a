package sh.retina.plugin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.LinkMonitor;
import sh.retina.bpf.NetworkLink;

/**
 * Acts for the plugins: opens, loads and attaches their objects, follows the links of the network
 * namespace that its thread is in, and tries again what failed. A plugin that fails leaves the
 * others running.
 *
 * <p>{@link #run} is the body of the thread {@code plugin-manager}; the other methods may be called
 * from any thread.
 */
public final class PluginManager implements AutoCloseable {
  static final Logger LOG = LoggerFactory.getLogger(PluginManager.class);
  private static final Duration POLL = Duration.ofMillis(500);

  /** States are asked of the kernel, which at each poll would be a sixth of an idle agent. */
  private static final long STATUS_NS = 2_000_000_000L;

  private static final long REDUMP_NS = 30_000_000_000L;

  /** While an interface is refused: descriptors and memory come back sooner than interfaces. */
  private static final long REFUSED_REDUMP_NS = 5_000_000_000L;

  private static final int MAX_REASONS = 5;
  private static final long REOPEN_NS = 1_000_000_000L;

  private final PluginSet plugins;
  private final AtomicReference<@Nullable List<Plugin>> next = new AtomicReference<>();
  private final TcSettings tc;
  private final InterfaceNames names;
  private final LongSupplier nanoClock;
  private final RingReader reader;
  private final StatPoller poller;
  private final PluginStatuses statuses;
  private final KnownLinks known = new KnownLinks();
  private final Complaints complaints = new Complaints();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean stopping;
  private @Nullable WatchedLinks watched;
  private @Nullable String linkTrouble;

  /** Is told the interfaces' names as they come and change. */
  @FunctionalInterface
  public interface InterfaceNames {
    void named(Map<Integer, String> names);
  }

  /**
   * Where what plugins find goes.
   *
   * @param records events
   * @param stats metrics of the node that plugins read by themselves
   * @param statInterval how often
   */
  public record Sinks(RecordSink records, StatStore stats, Duration statInterval) {}

  /** {@code nanoClock}: monotonic. */
  public PluginManager(
      List<Plugin> plugins,
      TcSettings tc,
      Sinks sinks,
      InterfaceNames names,
      LongSupplier nanoClock) {
    this.tc = tc;
    this.names = names;
    this.nanoClock = nanoClock;
    this.statuses = new PluginStatuses(nanoClock);
    this.reader = new RingReader(sinks.records(), nanoClock);
    this.plugins =
        new PluginSet(
            sinks.records(), reader, statuses, nanoClock, this::attachLinks, this::readLast);
    this.poller =
        new StatPoller(this.plugins::readings, sinks.stats(), sinks.statInterval(), nanoClock);
    this.plugins.want(plugins);
  }

  private void readLast(String plugin, LoadedPlugin of) {
    poller.readLast(plugin, of);
  }

  /**
   * Loads what can be loaded and reads the rings. To be called inside the watched network
   * namespace, before {@link #run}.
   */
  public void start() {
    plugins.startDue();
    try (LinkMonitor links = LinkMonitor.open()) {
      reconcile(links);
    } catch (BpfException e) {
      withoutLinks(e);
    }
    reader.start();
    poller.start(); // in this thread's network namespace
  }

  /** Follows the links until {@link #stop}; inside the watched network namespace. */
  public void run() {
    while (!stopping) {
      try (LinkMonitor links = LinkMonitor.open()) {
        follow(links);
      } catch (RuntimeException | Error e) {
        // No descriptor for the socket, say. This thread is the only one that attaches.
        withoutLinks(e);
        LockSupport.parkNanos(this, REOPEN_NS);
      }
    }
    // Interfaces are detached from inside their namespace.
    plugins.detach();
  }

  private void follow(LinkMonitor links) {
    long dumpedNs = nanoClock.getAsLong() - REDUMP_NS;
    long reportedNs = nanoClock.getAsLong() - STATUS_NS;
    while (!stopping) {
      boolean changed = !links.poll(POLL).isEmpty();
      long nowNs = nanoClock.getAsLong();
      List<Plugin> wanted = next.getAndSet(null);
      if (wanted != null) {
        plugins.want(wanted);
      }
      changed |= plugins.startDue() || wanted != null;
      boolean refused = plugins.loaded().stream().anyMatch(p -> !p.refusals().isEmpty());
      if (changed || nowNs - dumpedNs >= (refused ? REFUSED_REDUMP_NS : REDUMP_NS)) {
        dumpedNs = nowNs;
        reconcile(links);
      }
      if (changed || nowNs - reportedNs >= STATUS_NS) {
        reportedNs = nowNs;
        reportAll();
      }
    }
  }

  private void reportAll() {
    plugins.loaded().forEach(this::report);
    for (RunningStream stream : plugins.streams()) {
      statuses.note(stream.plugin(), stream.status());
    }
    for (Plugin plugin : plugins.wanted()) {
      if (plugin instanceof StatPlugin stats) {
        report(stats);
      }
    }
  }

  private void withoutLinks(Throwable e) {
    linkTrouble = "the interfaces cannot be followed: " + e.getMessage();
    plugins.loaded().forEach(this::report);
    if (complaints.isDue(nanoClock.getAsLong())) {
      LOG.error("the links of the network namespace cannot be followed; tried again", e);
    }
  }

  /**
   * These plugins are wanted from now on. Those that are in both and have not changed run on; one
   * of which only live knobs changed is tuned; another is loaded anew, and its counts go on. Done
   * by {@link #run} within half a second.
   */
  public void apply(List<Plugin> wanted) {
    next.set(List.copyOf(wanted));
  }

  /** Makes {@link #run} return, with everything detached. */
  public void stop() {
    stopping = true;
  }

  /** Reads what is pending and frees the objects, once; after {@link #run} has returned. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return; // by the life cycle, then by who made it
    }
    poller.close();
    reader.close();
    plugins.close();
  }

  public Map<String, PluginStatus> statuses() {
    return statuses.all();
  }

  /** Failed attempts to load or attach, by plugin. */
  public long failures(String plugin) {
    return statuses.failures(plugin);
  }

  /** How often a plugin was started: more than once after a failure or with other settings. */
  public long starts(String plugin) {
    return statuses.starts(plugin);
  }

  /** A counter of a plugin's objects: of the one that is loaded and of those before it. */
  public long counter(String plugin, KernelCounter counter) {
    return plugins.counter(plugin, counter);
  }

  /**
   * Events that a plugin's programs never saw, as the kernel skipped them: one was under way on
   * that CPU.
   */
  public long misses(String plugin) {
    return plugins.misses(plugin);
  }

  /** What a plugin's last sweep counted: connections, for packetparser. */
  public int entries(String plugin) {
    LoadedPlugin of = plugins.loaded(plugin);
    return of == null ? 0 : of.entries();
  }

  /** CPU time of all programs, ns; the kernel counts it only while BPF statistics are on. */
  public long kernelNs() {
    return plugins.kernelNs();
  }

  /**
   * Sets live knobs of a plugin's object, without a reload. False while it is not loaded. Throws
   * IllegalArgumentException for a knob that it does not have.
   */
  public boolean tune(String plugin, Map<String, Long> knobs) {
    return plugins.tune(plugin, knobs);
  }

  /**
   * Whose packets packetparser, dropreason and dns look at from now on, by any thread: at first
   * everybody's. A flow that packetparser follows already is followed to its end.
   */
  public void interest(Interest in) {
    plugins.interest(in);
  }

  /** How many interfaces a plugin watches. */
  public int linkCount(String plugin) {
    LoadedPlugin of = plugins.loaded(plugin);
    return of == null ? 0 : of.linkCount();
  }

  /** When the ring reader last went round, by the clock of this manager. */
  public long lastTurnNs() {
    return reader.lastTurnNs();
  }

  /** Of a source without events: what its last round could not read, and why. */
  private void report(StatPlugin plugin) {
    String trouble = poller.trouble(plugin.name());
    if (trouble.isEmpty()) {
      statuses.note(plugin.name(), new PluginStatus.Running());
    } else if (poller.hasValues(plugin.name())) {
      statuses.note(plugin.name(), new PluginStatus.Degraded(trouble));
    } else {
      statuses.note(plugin.name(), PluginStatuses.failed(plugin, trouble));
    }
  }

  private void reconcile(LinkMonitor links) {
    Collection<NetworkLink> all = links.links();
    WatchedLinks there = WatchedLinks.of(all, links.defaultRouteInterfaces());
    watched = there;
    linkTrouble = null;
    Map<Integer, String> fresh = known.changes(all, nanoClock.getAsLong());
    if (!fresh.isEmpty()) {
      // Before the first event of the interface can be in the journal.
      try {
        names.named(fresh);
        known.announced(fresh);
      } catch (RuntimeException e) {
        if (complaints.isDue(nanoClock.getAsLong())) {
          LOG.error("names of interfaces could not be written; tried again", e);
        }
      }
    }
    for (LoadedPlugin plugin : plugins.loaded()) {
      try {
        plugin.attachLinks(there, tc);
        report(plugin);
      } catch (RuntimeException | Error e) {
        if (complaints.isDue(nanoClock.getAsLong())) {
          LOG.error("plugin={} broke while it was attached", plugin.plugin().name(), e);
        }
      }
    }
  }

  /** To what was there at the last look. */
  private void attachLinks(LoadedPlugin plugin) {
    WatchedLinks there = watched;
    if (there != null) {
      plugin.attachLinks(there, tc);
    }
  }

  private void report(LoadedPlugin plugin) {
    String name = plugin.plugin().name();
    List<String> reasons = new ArrayList<>();
    String trouble = plugin.trouble();
    if (trouble != null) {
      reasons.add(trouble);
    }
    String unread = poller.trouble(name);
    if (!unread.isEmpty()) {
      reasons.add(unread);
    }
    plugin.missing().forEach((hook, why) -> reasons.add("without " + hook + ": " + why));
    String unfollowed = linkTrouble;
    if (unfollowed != null && plugin.watchesLinks()) {
      reasons.add(unfollowed);
    }
    Map<Integer, String> refusals = plugin.refusals();
    refusals.entrySet().stream()
        .limit(MAX_REASONS)
        .forEach(refusal -> reasons.add(known.name(refusal.getKey()) + ": " + refusal.getValue()));
    if (refusals.size() > MAX_REASONS) {
      reasons.add("and " + (refusals.size() - MAX_REASONS) + " interfaces more");
    }
    statuses.note(
        name,
        reasons.isEmpty()
            ? new PluginStatus.Running()
            : new PluginStatus.Degraded(String.join("; ", reasons)));
  }
}
