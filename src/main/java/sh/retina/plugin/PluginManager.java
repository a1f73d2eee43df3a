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
import java.util.function.LongSupplier;
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
  private static final long RETRY_NS = 10_000_000_000L;
  private static final long MAX_RETRY_NS = 300_000_000_000L;
  private static final long REDUMP_NS = 30_000_000_000L;

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
  private final Map<Integer, String> known = new LinkedHashMap<>();
  private volatile boolean stopping;

  private record Retry(long atNs, long waitNs) {}

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
      retries.put(plugin.name(), new Retry(nanoClock.getAsLong(), RETRY_NS));
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
    }
    reader.start();
  }

  /** Follows the links until {@link #stop}; inside the watched network namespace. */
  public void run() {
    try (LinkMonitor links = LinkMonitor.open()) {
      long dumpedNs = nanoClock.getAsLong() - REDUMP_NS;
      while (!stopping) {
        boolean changed = !links.poll(POLL).isEmpty();
        long nowNs = nanoClock.getAsLong();
        changed |= loadDue();
        if (changed || nowNs - dumpedNs >= REDUMP_NS) {
          dumpedNs = nowNs;
          reconcile(links);
        }
      }
    }
    // Interfaces are detached from inside their namespace.
    loaded.values().forEach(LoadedPlugin::detach);
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
      if (retry == null || retry.atNs() - nowNs > 0) {
        continue;
      }
      String failure = tryLoad(plugin);
      if (failure == null) {
        retries.remove(plugin.name());
        statuses.put(plugin.name(), new PluginStatus.Running());
        any = true;
      } else {
        retries.put(
            plugin.name(),
            new Retry(nowNs + retry.waitNs(), Math.min(retry.waitNs() * 2, MAX_RETRY_NS)));
        statuses.put(plugin.name(), new PluginStatus.Failed(failure));
        failures.merge(plugin.name(), 1L, Long::sum);
        LOG.error(
            "plugin={} failed, next try in {} s: {}",
            plugin.name(),
            retry.waitNs() / 1_000_000_000,
            failure);
      }
    }
    return any;
  }

  /** Null, or why it did not work. */
  private @Nullable String tryLoad(BpfPlugin plugin) {
    try {
      LoadedPlugin done = LoadedPlugin.load(plugin, elf(plugin.spec().object()), sink);
      try {
        done.attachHooks();
      } catch (RuntimeException e) {
        done.close();
        throw e;
      }
      loaded.put(plugin.name(), done);
      reader.add(done);
      return null;
    } catch (BpfException | BtfException | IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void reconcile(LinkMonitor links) {
    Collection<NetworkLink> all;
    Set<Integer> networks;
    try {
      all = links.links();
      networks = new LinkedHashSet<>(links.defaultRouteInterfaces());
    } catch (BpfException e) {
      LOG.error("the links of the network namespace cannot be listed: {}", e.getMessage());
      return;
    }
    Set<Integer> pods = new LinkedHashSet<>();
    Map<Integer, String> fresh = new LinkedHashMap<>();
    for (NetworkLink link : all) {
      if (link.leadsElsewhere() && !networks.contains(link.index())) {
        pods.add(link.index());
      }
      if (!link.name().equals(known.put(link.index(), link.name()))) {
        fresh.put(link.index(), link.name());
      }
    }
    if (!fresh.isEmpty()) {
      // Before the first event of the interface can be in the journal.
      names.named(fresh);
    }
    for (LoadedPlugin plugin : loaded.values()) {
      plugin.attachLinks(pods, networks, tc);
      report(plugin);
    }
  }

  private void report(LoadedPlugin plugin) {
    String name = plugin.plugin().name();
    Map<Integer, String> refusals = plugin.refusals();
    PluginStatus status = new PluginStatus.Running();
    if (!refusals.isEmpty()) {
      List<String> reasons = new ArrayList<>();
      refusals.forEach(
          (link, why) -> reasons.add(known.getOrDefault(link, String.valueOf(link)) + ": " + why));
      status = new PluginStatus.Degraded(String.join("; ", reasons));
    }
    if (!status.equals(statuses.put(name, status))
        && status instanceof PluginStatus.Degraded(var reason)) {
      failures.merge(name, 1L, Long::sum);
      LOG.warn("plugin={} is degraded: {}", name, reason);
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
