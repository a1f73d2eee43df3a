package sh.retina.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.KernelFeatures;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.event.Endpoint;
import sh.retina.guard.OverheadGuard;
import sh.retina.identity.ContextChange;
import sh.retina.journal.Journal;
import sh.retina.journal.Start;
import sh.retina.pipeline.MetricPipeline;
import sh.retina.pipeline.PipelineLedger;
import sh.retina.pipeline.PluginLedger;
import sh.retina.plugin.KernelCounter;
import sh.retina.plugin.PluginManager;

/**
 * Starts what runs and stops it in the order of the path: detach, take what the kernel still has,
 * let the journal have it, close.
 */
final class AgentLifecycle implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(AgentLifecycle.class);
  private static final String METRICS = "metrics";

  private final RetinaProperties properties;
  private final ContextStore context;
  private final PluginManager manager;
  private final PipelineLedger ledger;
  private final LiveJournal live;
  private final MetricPipeline pipeline;
  private final OverheadGuard guard;
  private final ConfigurationReload reload;
  private final ClusterSource cluster;
  private final Duration patience;
  private @Nullable NetworkNamespace namespace;
  private @Nullable Thread managerThread;
  private volatile boolean running;

  /** {@code patience}: how long a stop waits for the plugin manager. */
  AgentLifecycle(
      RetinaProperties properties,
      ContextStore context,
      PluginManager manager,
      PipelineLedger ledger,
      LiveJournal live,
      MetricPipeline pipeline,
      OverheadGuard guard,
      ConfigurationReload reload,
      ClusterSource cluster,
      Duration patience) {
    this.properties = properties;
    this.context = context;
    this.manager = manager;
    this.ledger = ledger;
    this.live = live;
    this.pipeline = pipeline;
    this.guard = guard;
    this.reload = reload;
    this.cluster = cluster;
    this.patience = patience;
  }

  @Override
  public void start() {
    running = true;
    if (live.journal() == null) {
      pipeline.start(new Start.Oldest(), false);
      LOG.info("replaying the journal in {}", properties.replay());
      return;
    }
    requireKernel();
    context.apply(endpoints());
    cluster.start();
    if (!properties.networkNamespace().isEmpty()) {
      namespace = enter(Path.of(properties.networkNamespace()));
    }
    inside(manager::start);
    // Those too that are enabled later.
    ledger.onNewPlugin(books -> books.attachKernel(new Counts(manager, books.plugin())));
    managerThread = Thread.ofPlatform().name("plugin-manager").start(() -> inside(manager::run));
    pipeline.start(new Start.Named(METRICS), true);
    guard.start();
    reload.start();
    manager
        .statuses()
        .forEach((plugin, status) ->
            LOG.info(
                "plugin={} status={} interfaces={}", plugin, status, manager.linkCount(plugin)));
  }

  /** What a plugin's programs counted: reports that the ring took, and those that it refused. */
  private record Counts(PluginManager manager, String plugin) implements PluginLedger.KernelCounts {
    @Override
    public long events() {
      return manager.counter(plugin, KernelCounter.EVENTS) + lost();
    }

    @Override
    public long lost() {
      return manager.counter(plugin, KernelCounter.DEFERRED_EVENTS)
          + manager.counter(plugin, KernelCounter.LOST_EVENTS)
          + manager.misses(plugin);
    }
  }

  private void requireKernel() {
    List<String> faults = new ArrayList<>();
    if (!KernelFeatures.btf().isAvailable()) {
      faults.add(KernelFeatures.btf().reason());
    }
    for (KernelFeatures.Capability capability :
        List.of(
            KernelFeatures.Capability.BPF,
            KernelFeatures.Capability.NET_ADMIN,
            KernelFeatures.Capability.PERFMON)) {
      if (!KernelFeatures.capability(capability).isAvailable()) {
        faults.add(
            "CAP_" + capability + " is missing: run as root, or in a container that is given it");
      }
    }
    if (!faults.isEmpty()) {
      throw new StartupException(
          1,
          "this process cannot watch the kernel:\n  "
              + String.join("\n  ", faults)
              + "\nA recorded journal can be read all the same: retina agent --retina.replay=DIR");
    }
  }

  private List<ContextChange> endpoints() {
    String file = properties.context().file();
    if (!file.isEmpty()) {
      try {
        return ContextFile.read(Path.of(file));
      } catch (IllegalArgumentException e) {
        throw new StartupException(1, String.valueOf(e.getMessage()));
      }
    }
    return properties.networkNamespace().isEmpty()
        ? List.of(new ContextChange.EndpointUp(thisNode()))
        : List.of();
  }

  /** This machine by its own interfaces, where nobody else says who it is. */
  private Endpoint thisNode() {
    String name = properties.nodeName().isEmpty() ? HostName.get() : properties.nodeName();
    return new Endpoint(
        Endpoint.Kind.NODE, "", name, "", "", name, "", List.of(), OwnAddresses.list(), List.of());
  }

  private static NetworkNamespace enter(Path path) {
    if (!Files.exists(path)) {
      throw new StartupException(1, "retina.network-namespace: there is no " + path);
    }
    try {
      return NetworkNamespace.enter(path);
    } catch (BpfException e) {
      throw new StartupException(1, "retina.network-namespace: " + e.getMessage());
    }
  }

  private void inside(Runnable task) {
    NetworkNamespace in = namespace;
    if (in == null) {
      task.run();
    } else {
      in.call(() -> {
        task.run();
        return task;
      });
    }
  }

  @Override
  public void stop() {
    running = false;
    reload.close();
    cluster.close();
    guard.close();
    manager.stop();
    Thread thread = managerThread;
    if (thread != null) {
      try {
        if (!thread.join(patience)) {
          LOG.error("the plugin manager did not end in {} s", patience.toSeconds());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      ledger.all().forEach(PluginLedger::detachKernel);
      manager.close();
    }
    pipeline.close();
    NetworkNamespace in = namespace;
    if (in != null) {
      in.close();
    }
    Journal journal = live.journal();
    if (journal != null) {
      journal.close();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Before the web server starts to answer, and after it has stopped. */
  @Override
  public int getPhase() {
    return 0;
  }
}
