package sh.retina.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.BtfException;
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
  private static final long REDUMP_NS = 30_000_000_000L;

  /** While an interface is refused: descriptors and memory come back sooner than interfaces. */
  private static final long REFUSED_REDUMP_NS = 5_000_000_000L;

  private static final int MAX_REASONS = 5;
  private static final long REOPEN_NS = 1_000_000_000L;

  private final List<BpfPlugin> plugins;
  private final TcSettings tc;
  private final RecordSink sink;
  private final InterfaceNames names;
  private final LongSupplier nanoClock;
  private final RingReader reader;
  private final Map<String, LoadedPlugin> loaded = new ConcurrentHashMap<>();
  private final Map<String, PluginStatus> statuses = new ConcurrentHashMap<>();
  private final Map<String, Retry> retries = new LinkedHashMap<>();
  private final Map<String, Long> failures = new ConcurrentHashMap<>();
  private final KnownLinks known = new KnownLinks();
  private final Complaints complaints = new Complaints();
  private volatile boolean stopping;
  private @Nullable String linkTrouble;

  /** Is told the interfaces' names as they come and change. */
  @FunctionalInterface
  public interface InterfaceNames {
    void named(Map<Integer, String> names);
  }

  /** {@code nanoClock}: monotonic. */
  public PluginManager(
      List<BpfPlugin> plugins,
      TcSettings tc,
      RecordSink sink,
      InterfaceNames names,
      LongSupplier nanoClock) {
    this.plugins = List.copyOf(plugins);
    this.tc = tc;
    this.sink = sink;
    this.names = names;
    this.nanoClock = nanoClock;
    this.reader = new RingReader(sink, nanoClock);
    for (BpfPlugin plugin : plugins) {
      statuses.put(plugin.name(), new PluginStatus.Failed("not started yet"));
      retries.put(plugin.name(), Retry.now(nanoClock.getAsLong()));
    }
  }

  /**
   * Loads what can be loaded and reads the rings. To be called inside the watched network
   * namespace, before {@link #run}.
   */
  public void start() {
    loadDue();
    try (LinkMonitor links = LinkMonitor.open()) {
      reconcile(links);
    } catch (BpfException e) {
      withoutLinks(e);
    }
    reader.start();
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
    loaded.values().forEach(LoadedPlugin::detach);
  }

  private void follow(LinkMonitor links) {
    long dumpedNs = nanoClock.getAsLong() - REDUMP_NS;
    while (!stopping) {
      boolean changed = !links.poll(POLL).isEmpty();
      long nowNs = nanoClock.getAsLong();
      changed |= loadDue();
      boolean refused = loaded.values().stream().anyMatch(p -> !p.refusals().isEmpty());
      if (changed || nowNs - dumpedNs >= (refused ? REFUSED_REDUMP_NS : REDUMP_NS)) {
        dumpedNs = nowNs;
        reconcile(links);
      }
      loaded.values().forEach(this::report);
    }
  }

  private void withoutLinks(Throwable e) {
    linkTrouble = "the interfaces cannot be followed: " + e.getMessage();
    loaded.values().forEach(this::report);
    if (complaints.isDue(nanoClock.getAsLong())) {
      LOG.error("the links of the network namespace cannot be followed; tried again", e);
    }
  }

  /** Makes {@link #run} return, with everything detached. */
  public void stop() {
    stopping = true;
  }

  /** Reads what is pending and frees the objects; after {@link #run} has returned. */
  @Override
  public void close() {
    reader.close();
    loaded.values().forEach(LoadedPlugin::close);
    loaded.clear();
  }

  public Map<String, PluginStatus> statuses() {
    return Map.copyOf(statuses);
  }

  /** Failed attempts to load or attach, by plugin. */
  public long failures(String plugin) {
    return failures.getOrDefault(plugin, 0L);
  }

  /** A counter of a plugin's object; 0 while it is not loaded. */
  public long counter(String plugin, KernelCounter counter) {
    LoadedPlugin of = loaded.get(plugin);
    return of == null ? 0 : of.counter(counter);
  }

  /**
   * Events that a plugin's programs never saw, as the kernel skipped them: one was under way on
   * that CPU.
   */
  public long misses(String plugin) {
    LoadedPlugin of = loaded.get(plugin);
    return of == null ? 0 : of.misses();
  }

  /** What a plugin's last sweep counted: connections, for packetparser. */
  public int entries(String plugin) {
    LoadedPlugin of = loaded.get(plugin);
    return of == null ? 0 : of.entries();
  }

  /** CPU time of all programs, ns; the kernel counts it only while BPF statistics are on. */
  public long kernelNs() {
    return loaded.values().stream().mapToLong(LoadedPlugin::kernelNs).sum();
  }

  /**
   * Sets live knobs of a plugin's object, without a reload. False while it is not loaded. Throws
   * IllegalArgumentException for a knob that it does not have.
   */
  public boolean tune(String plugin, Map<String, Long> knobs) {
    LoadedPlugin of = loaded.get(plugin);
    if (of == null) {
      return false;
    }
    of.tune(knobs);
    return true;
  }

  /** How many interfaces a plugin watches. */
  public int linkCount(String plugin) {
    LoadedPlugin of = loaded.get(plugin);
    return of == null ? 0 : of.linkCount();
  }

  /** When the ring reader last went round, by the clock of this manager. */
  public long lastTurnNs() {
    return reader.lastTurnNs();
  }

  private boolean loadDue() {
    boolean any = false;
    long nowNs = nanoClock.getAsLong();
    for (BpfPlugin plugin : plugins) {
      Retry retry = retries.get(plugin.name());
      if (retry == null || !retry.isDue(nowNs)) {
        continue;
      }
      PluginStatus status = tryLoad(plugin);
      statuses.put(plugin.name(), status);
      if (status.isUp()) {
        retries.remove(plugin.name());
        any = true;
        continue;
      }
      retries.put(plugin.name(), retry.after(status, nowNs));
      failures.merge(plugin.name(), 1L, Long::sum);
      LOG.error(
          "plugin={} {}, next try in {} s: {}",
          plugin.name(),
          status instanceof PluginStatus.Unsupported ? "is unsupported" : "failed",
          retry.waitNs() / 1_000_000_000,
          reason(status));
    }
    return any;
  }

  private static String reason(PluginStatus status) {
    return switch (status) {
      case PluginStatus.Running _ -> "";
      case PluginStatus.Degraded(var reason) -> reason;
      case PluginStatus.Failed(var reason) -> reason;
      case PluginStatus.Unsupported(var reason) -> reason;
    };
  }

  private PluginStatus tryLoad(BpfPlugin plugin) {
    try {
      LoadedPlugin done = LoadedPlugin.load(plugin, elf(plugin.spec().object()), sink);
      try {
        done.attachHooks();
      } catch (RuntimeException | Error e) {
        done.close();
        throw e;
      }
      loaded.put(plugin.name(), done);
      reader.add(done);
      return new PluginStatus.Running();
    } catch (BpfException | BtfException | IllegalArgumentException e) {
      return failed(plugin, e, String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      LOG.error("plugin={} broke while it was loaded", plugin.name(), e);
      return failed(plugin, e, e.toString());
    }
  }

  /** Whether the kernel lacks something, or only this attempt went wrong. */
  private static PluginStatus failed(BpfPlugin plugin, Throwable failure, String why) {
    if (failure instanceof BpfException e && e.isOfThisProcess()) {
      return new PluginStatus.Failed(why);
    }
    try {
      List<String> missing =
          plugin.requirements().stream()
              .map(Supplier::get)
              .filter(feature -> !feature.isAvailable())
              .map(feature -> feature.name() + ": " + feature.reason())
              .toList();
      return missing.isEmpty()
          ? new PluginStatus.Failed(why)
          : new PluginStatus.Unsupported(String.join("; ", missing) + " (" + why + ")");
    } catch (RuntimeException | Error e) {
      return new PluginStatus.Failed(why);
    }
  }

  private void reconcile(LinkMonitor links) {
    Collection<NetworkLink> all = links.links();
    Set<Integer> networks = new LinkedHashSet<>(links.defaultRouteInterfaces());
    linkTrouble = null;
    Set<Integer> pods = new LinkedHashSet<>();
    for (NetworkLink link : all) {
      if (link.leadsElsewhere() && !networks.contains(link.index())) {
        pods.add(link.index());
      }
    }
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
    for (LoadedPlugin plugin : loaded.values()) {
      try {
        plugin.attachLinks(pods, networks, tc);
        report(plugin);
      } catch (RuntimeException | Error e) {
        if (complaints.isDue(nanoClock.getAsLong())) {
          LOG.error("plugin={} broke while it was attached", plugin.plugin().name(), e);
        }
      }
    }
  }

  private void report(LoadedPlugin plugin) {
    String name = plugin.plugin().name();
    List<String> reasons = new ArrayList<>();
    String trouble = plugin.trouble();
    if (trouble != null) {
      reasons.add(trouble);
    }
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
    PluginStatus status =
        reasons.isEmpty()
            ? new PluginStatus.Running()
            : new PluginStatus.Degraded(String.join("; ", reasons));
    PluginStatus before = statuses.put(name, status);
    if (status.equals(before)) {
      return;
    }
    if (status instanceof PluginStatus.Degraded(var reason)) {
      boolean news = !(before instanceof PluginStatus.Degraded);
      failures.merge(name, news ? 1L : 0L, Long::sum);
      // While interfaces come and go the reason changes all the time.
      if (news || complaints.isDue(nanoClock.getAsLong())) {
        LOG.warn("plugin={} is degraded: {}", name, reason);
      }
    } else if (before instanceof PluginStatus.Degraded) {
      LOG.info("plugin={} runs again without faults", name);
    }
  }

  private static byte[] elf(String object) {
    String resource = "/bpf/" + object + ".bpf.o";
    try (InputStream in = PluginManager.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(
            "no object " + resource + " in this build: make -C src/main/c");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalArgumentException("object " + resource + " cannot be read", e);
    }
  }
}
