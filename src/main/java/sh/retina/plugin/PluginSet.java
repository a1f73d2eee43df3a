package sh.retina.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.BtfException;

/**
 * The plugins that are wanted, and those of them that are in the kernel. The manager's thread
 * changes it; any thread reads, and finds the counts of objects that are gone in those of their
 * successors.
 */
final class PluginSet {
  private static final Logger LOG = LoggerFactory.getLogger(PluginSet.class);

  private final RecordSink sink;
  private final RingReader reader;
  private final PluginStatuses statuses;
  private final LongSupplier nanoClock;
  private final Consumer<LoadedPlugin> attachLinks;
  private final BiConsumer<String, LoadedPlugin> lastReading;
  private final Map<String, Retry> retries = new HashMap<>();
  private final Map<String, LoadedPlugin> loaded = new ConcurrentHashMap<>();
  private final Map<String, RunningStream> streams = new ConcurrentHashMap<>();
  private final Map<String, RetiredCounts> retired = new HashMap<>(); // guarded by this
  private volatile Map<String, Plugin> wanted = Map.of();
  private volatile Interest interest = Interest.ALL;

  /**
   * @param attachLinks to the interfaces that are there
   * @param lastReading takes what an object counted in its maps, before it is freed
   */
  PluginSet(
      RecordSink sink,
      RingReader reader,
      PluginStatuses statuses,
      LongSupplier nanoClock,
      Consumer<LoadedPlugin> attachLinks,
      BiConsumer<String, LoadedPlugin> lastReading) {
    this.sink = sink;
    this.reader = reader;
    this.statuses = statuses;
    this.nanoClock = nanoClock;
    this.attachLinks = attachLinks;
    this.lastReading = lastReading;
  }

  /** In the order in which they were named. */
  Collection<Plugin> wanted() {
    return wanted.values();
  }

  Collection<LoadedPlugin> loaded() {
    return loaded.values();
  }

  /**
   * These are wanted from now on: others go, new ones are due at once, changed ones are changed.
   */
  void want(List<Plugin> plugins) {
    Map<String, Plugin> next = new LinkedHashMap<>();
    plugins.forEach(plugin -> next.put(plugin.name(), plugin));
    Map<String, Plugin> before = wanted;
    wanted = java.util.Collections.unmodifiableMap(next);
    before.forEach((name, plugin) -> {
      Plugin now = next.get(name);
      if (now == null) {
        unload(name);
        retries.remove(name);
        statuses.forget(name);
        LOG.info("plugin={} is disabled", name);
      } else if (!isChangedInPlace(plugin, now)) {
        replace(now);
      }
    });
    next.keySet().stream().filter(name -> !before.containsKey(name)).forEach(this::expect);
  }

  private void expect(String name) {
    statuses.expect(name);
    retries.put(name, Retry.now(nanoClock.getAsLong()));
  }

  /**
   * Puts another object in the place of one that runs. It is loaded first, as that takes seconds,
   * unless loading attaches it too: then packets would count twice.
   */
  private void replace(Plugin plugin) {
    String name = plugin.name();
    LoadedPlugin old = loaded.get(name);
    boolean isLinksOnly =
        plugin instanceof BpfPlugin bpf
            && bpf.spec().attachPoints().stream().noneMatch(AttachPoint.Kernel.class::isInstance);
    if (old == null || !isLinksOnly) {
      unload(name);
      expect(name);
      return;
    }
    PluginStatus status = tryLoad((BpfPlugin) plugin);
    old.detach();
    LoadedPlugin fresh = loaded.get(name);
    if (fresh != null && fresh != old) {
      attachLinks.accept(fresh);
    }
    retire(name, old);
    statuses.attempted(name, status, 0);
    if (!status.isUp()) {
      expect(name);
    } else {
      LOG.info("plugin={} was loaded anew with other settings", name);
    }
  }

  /** Whether nothing has to be loaded anew: no object, or one whose live knobs can be set. */
  private boolean isChangedInPlace(Plugin before, Plugin now) {
    if (!(before instanceof BpfPlugin old) || !(now instanceof BpfPlugin bpf)) {
      return before.getClass() == now.getClass()
          && (before instanceof StatPlugin || before.equals(now));
    }
    ObjectSpec from = old.spec();
    ObjectSpec to = bpf.spec();
    LoadedPlugin of = loaded.get(now.name());
    if (!from.isLike(to)) {
      return false;
    }
    Map<String, Long> changed = new HashMap<>();
    to.knobs()
        .forEach((knob, value) -> {
          if (!Objects.equals(from.knobs().get(knob), value)) {
            changed.put(knob, value);
          }
        });
    if (changed.isEmpty()) {
      return true;
    }
    if (of == null) {
      return false;
    }
    try {
      of.tune(changed);
      LOG.info("plugin={} has new settings: {}", now.name(), changed);
      return true;
    } catch (IllegalArgumentException e) {
      return false; // a constant of its programs
    }
  }

  /** Starts what is due; whether anything came up. */
  boolean startDue() {
    boolean any = false;
    long nowNs = nanoClock.getAsLong();
    for (Plugin plugin : wanted.values()) {
      Retry retry = retries.get(plugin.name());
      if (retry == null || !retry.isDue(nowNs)) {
        continue;
      }
      PluginStatus status =
          switch (plugin) {
            case BpfPlugin bpf -> tryLoad(bpf);
            case StatPlugin _ -> new PluginStatus.Running(); // its first round says more
            case StreamPlugin stream -> tryStart(stream);
          };
      statuses.attempted(plugin.name(), status, retry.waitNs());
      if (status.isUp()) {
        retries.remove(plugin.name());
        any = true;
        continue;
      }
      retries.put(plugin.name(), retry.after(status, nowNs));
    }
    return any;
  }

  private PluginStatus tryLoad(BpfPlugin plugin) {
    try {
      Interest known = interest;
      LoadedPlugin done = LoadedPlugin.load(plugin, elf(plugin.spec().object()), sink, known);
      synchronized (this) {
        loaded.put(plugin.name(), done);
        if (!interest.equals(known)) {
          setInterest(done);
        }
      }
      Reports reports = done.reports();
      if (reports != null) {
        reader.add(reports);
      }
      return new PluginStatus.Running();
    } catch (BpfException | BtfException | IllegalArgumentException e) {
      return failed(plugin, e, String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      LOG.error("plugin={} broke while it was loaded", plugin.name(), e);
      return failed(plugin, e, e.toString());
    }
  }

  private PluginStatus tryStart(StreamPlugin plugin) {
    try {
      RunningStream stream = new RunningStream(plugin, sink);
      streams.put(plugin.name(), stream);
      reader.add(stream);
      stream.start();
      return new PluginStatus.Running(); // what its source says comes with the next look
    } catch (RuntimeException | Error e) {
      LOG.error("plugin={} broke while it was started", plugin.name(), e);
      return PluginStatuses.failed(plugin, e.toString());
    }
  }

  private static PluginStatus failed(BpfPlugin plugin, Throwable failure, String why) {
    return failure instanceof BpfException e && e.isOfThisProcess()
        ? new PluginStatus.Failed(why)
        : PluginStatuses.failed(plugin, why);
  }

  static byte[] elf(String object) {
    String resource = "/bpf/" + object + ".bpf.o";
    try (InputStream in = PluginSet.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(
            "no object " + resource + " in this build: make -C src/main/c");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalArgumentException("object " + resource + " cannot be read", e);
    }
  }

  /** Detaches, takes what is pending, frees; what it counted stays in the books. */
  private void unload(String name) {
    RunningStream stream = streams.get(name);
    if (stream != null) {
      end(name, stream);
    }
    LoadedPlugin of = loaded.get(name);
    if (of == null) {
      return;
    }
    of.detach();
    if (!of.plugin().metrics().isEmpty()) {
      lastReading.accept(name, of); // its packets have ended, its maps are still there
    }
    retire(name, of);
  }

  private void end(String name, RunningStream stream) {
    boolean isOver = stream.stop() & reader.remove(stream);
    synchronized (this) {
      retired.merge(name, stream.counts(), RetiredCounts::plus);
      streams.remove(name);
    }
    if (isOver) {
      stream.free();
    } else {
      LOG.error("plugin={} is told to end, but goes on: its memory is not freed", name);
    }
  }

  private void retire(String name, LoadedPlugin of) {
    Reports reports = of.reports();
    boolean isRead = reports == null || reader.remove(reports);
    synchronized (this) {
      retired.merge(name, of.retiredCounts(), RetiredCounts::plus);
      loaded.remove(name, of);
    }
    if (isRead) {
      of.close();
    } else {
      // The reader may still be in its ring: memory that is unmapped under it would end the
      // process.
      LOG.error("plugin={} is detached, but not freed: its ring is still being read", name);
    }
  }

  /** Detaches everything; to be called inside the network namespace. */
  void detach() {
    streams.values().forEach(RunningStream::stop);
    loaded.values().forEach(LoadedPlugin::detach);
  }

  /** Frees everything; after the reader has ended. */
  synchronized void close() {
    loaded.values().forEach(LoadedPlugin::close);
    loaded.clear();
    streams.values().stream().filter(RunningStream::stop).forEach(RunningStream::free);
    streams.clear();
  }

  Collection<RunningStream> streams() {
    return streams.values();
  }

  @Nullable LoadedPlugin loaded(String plugin) {
    return loaded.get(plugin);
  }

  /** A counter of a plugin's objects, those that are gone included. */
  synchronized long counter(String plugin, KernelCounter counter) {
    LoadedPlugin of = loaded.get(plugin);
    RetiredCounts earlier = retired.getOrDefault(plugin, RetiredCounts.NONE);
    RunningStream stream = streams.get(plugin);
    return earlier.counter(counter)
        + (of == null ? 0 : of.counter(counter))
        + (stream == null ? 0 : stream.counts().counter(counter));
  }

  /** As {@link PluginManager#misses}. */
  synchronized long misses(String plugin) {
    LoadedPlugin of = loaded.get(plugin);
    RetiredCounts earlier = retired.getOrDefault(plugin, RetiredCounts.NONE);
    return earlier.misses() + (of == null ? 0 : of.misses());
  }

  /** CPU time of all programs, ns, those that are gone included. */
  synchronized long kernelNs() {
    return loaded.values().stream().mapToLong(LoadedPlugin::kernelNs).sum()
        + retired.values().stream().mapToLong(RetiredCounts::kernelNs).sum();
  }

  /** As {@link PluginManager#interest}. */
  synchronized void interest(Interest in) {
    interest = in;
    loaded.values().forEach(this::setInterest);
  }

  private void setInterest(LoadedPlugin of) {
    try {
      of.interest(interest);
    } catch (BpfException e) {
      LOG.error(
          "plugin={} looks at everybody: {} prefixes of interest cannot be set",
          of.plugin().name(),
          interest.prefixes().size(),
          e);
    }
  }

  /** As {@link PluginManager#tune}. */
  synchronized boolean tune(String plugin, Map<String, Long> knobs) {
    LoadedPlugin of = loaded.get(plugin);
    if (of == null) {
      return false;
    }
    of.tune(knobs);
    return true;
  }

  /** What the poller asks now: sources without events, and objects that count in maps. */
  Map<String, StatPoller.Reading> readings() {
    Map<String, StatPoller.Reading> readings = new LinkedHashMap<>();
    for (Plugin plugin : wanted.values()) {
      switch (plugin) {
        case StatPlugin stats -> readings.put(plugin.name(), stats::collect);
        case StreamPlugin _ -> {}
        case BpfPlugin _ -> {
          LoadedPlugin of = loaded.get(plugin.name());
          if (of != null && !plugin.metrics().isEmpty()) {
            readings.put(plugin.name(), of);
          }
        }
      }
    }
    return readings;
  }
}
