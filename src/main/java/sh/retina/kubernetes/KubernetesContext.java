package sh.retina.kubernetes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.identity.ContextChange;

/**
 * Follows a cluster's objects and tells changes of context: a watch per kind on a virtual thread,
 * and one thread that joins and tells what they learn. Starts at once, with or without a server.
 * Thread-safe.
 */
public final class KubernetesContext implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KubernetesContext.class);

  /** A server sends a bookmark each minute, so that longer silence means that it is gone. */
  private static final Duration SILENCE = Duration.ofSeconds(150);

  /** What comes at one time is told together. */
  private static final int GATHER_NS = 20_000_000;

  private static final int TICK_MS = 1_000;

  /** An excerpt of the journal holds so many. */
  private static final int MAX_CHANGES = 1_000;

  /** What others than the journal want to know. */
  public interface Listener {
    /** Pods of this node came or changed. */
    void podsHereChanged();

    /** Where the API is served now, {@code address:port}. */
    void apiServersChanged(List<String> places);

    /** Addresses whose packets are to be looked at; empty: all. */
    void selectionChanged(Optional<Set<IpAddress>> addresses);

    /** What accepted MetricsConfigurations ask for; empty: there is none. */
    void metricsChanged(List<MetricWish> wishes);

    /** What accepted TracesConfigurations ask for. */
    void tracesChanged(List<TraceWish> wishes);
  }

  private final KubernetesSettings settings;
  private final Consumer<List<ContextChange>> sink;
  private final Listener listener;
  private final LongSupplier nanoClock;
  private final ApiConnection api;
  private final ClusterModel model;
  private final List<WatchStatus> statuses = new ArrayList<>();
  private final List<Reflector> reflectors = new ArrayList<>();
  private final Semaphore news = new Semaphore(0);
  private volatile boolean isClosed;
  private Optional<Set<IpAddress>> selected = Optional.empty();
  private List<MetricWish> wished = List.of();
  private List<TraceWish> traced = List.of();

  /**
   * @param sink takes changes, in order, on one thread
   * @param listener on the same thread
   * @param nanoClock monotonic
   */
  public KubernetesContext(
      KubernetesSettings settings,
      Consumer<List<ContextChange>> sink,
      Listener listener,
      LongSupplier nanoClock) {
    this(settings, sink, listener, nanoClock, SILENCE);
  }

  KubernetesContext(
      KubernetesSettings settings,
      Consumer<List<ContextChange>> sink,
      Listener listener,
      LongSupplier nanoClock,
      Duration silence) {
    this.settings = settings;
    this.sink = sink;
    this.listener = listener;
    this.nanoClock = nanoClock;
    this.api = new ApiConnection(settings.kubeconfig());
    List<Resource> resources = resources(settings);
    Set<String> awaited = new HashSet<>();
    resources.stream()
        .filter(resource -> !resource.isOptional())
        .forEach(resource -> awaited.add(resource.name()));
    Interner interner = new Interner();
    this.model = new ClusterModel(settings, awaited, interner, news::release);
    for (Resource resource : resources) {
      WatchStatus status = new WatchStatus(resource.name(), nanoClock);
      statuses.add(status);
      reflectors.add(new Reflector(resource, api, model, status, silence, interner));
    }
  }

  private static List<Resource> resources(KubernetesSettings settings) {
    boolean isLocal = settings.pods() == KubernetesSettings.Pods.LOCAL;
    List<Resource> all = new ArrayList<>();
    all.add(Resource.nodes(settings.node()));
    all.add(Resource.namespaces());
    all.add(Resource.services());
    all.add(Resource.endpointSlices(isLocal ? settings.node() : ""));
    all.add(
        settings.pods() == KubernetesSettings.Pods.ALL
            ? Resource.pods()
            : Resource.podsOf(settings.node()));
    if (settings.pods() == KubernetesSettings.Pods.RETINA_ENDPOINTS) {
      all.add(Resource.retinaEndpoints());
    }
    if (settings.selectBy().contains(KubernetesSettings.SelectBy.METRICS_CONFIGURATIONS)) {
      all.add(Resource.metricsConfigurations());
    }
    if (settings.traces()) {
      all.add(Resource.tracesConfigurations());
    }
    return all;
  }

  /** Returns at once. */
  public void start() {
    sink.accept(List.of(new ContextChange.ClusterAwaited(true)));
    for (int i = 0; i < reflectors.size(); i++) {
      Thread.ofVirtual().name("kubernetes-" + statuses.get(i).resource()).start(reflectors.get(i));
    }
    Thread.ofVirtual().name("kubernetes-context").start(this::tell);
  }

  private void tell() {
    try {
      while (!isClosed) {
        if (news.tryAcquire(TICK_MS, TimeUnit.MILLISECONDS)) {
          LockSupport.parkNanos(this, GATHER_NS);
          news.drainPermits();
        }
        try {
          tell(model.changes(nanoClock.getAsLong()));
          select();
          trace();
        } catch (RuntimeException e) {
          LOG.error("changes of the cluster could not be told", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(List<ContextChange> changes) {
    for (int from = 0; from < changes.size(); from += MAX_CHANGES) {
      sink.accept(changes.subList(from, Math.min(changes.size(), from + MAX_CHANGES)));
    }
    if (changes.stream().anyMatch(this::isPodHere)) {
      listener.podsHereChanged();
    }
    if (changes.stream().anyMatch(KubernetesContext::isApiServer)) {
      listener.apiServersChanged(model.apiServers());
    }
  }

  private void select() {
    if (settings.selectBy().isEmpty() || !model.isComplete()) {
      return; // of what is not known yet, everything is looked at
    }
    Optional<Set<IpAddress>> now = model.selected();
    if (!now.equals(selected)) {
      selected = now;
      listener.selectionChanged(now);
    }
    List<MetricWish> wishes = model.wishes();
    if (!wishes.equals(wished)) {
      wished = wishes;
      listener.metricsChanged(wishes);
    }
  }

  private void trace() {
    List<TraceWish> now = model.traces();
    if (!now.equals(traced)) {
      traced = now;
      listener.tracesChanged(now);
    }
  }

  private static boolean isApiServer(ContextChange change) {
    return change instanceof ContextChange.EndpointUp(Endpoint endpoint)
        && endpoint.kind() == Endpoint.Kind.API_SERVER;
  }

  private boolean isPodHere(ContextChange change) {
    return change instanceof ContextChange.EndpointUp(Endpoint endpoint)
        && endpoint.isPod()
        && endpoint.node().equals(settings.node());
  }

  /** How each watch does. */
  public List<WatchStatus> watches() {
    return List.copyOf(statuses);
  }

  /** Namespaces that are known. */
  public int namespaces() {
    return model.count("namespaces");
  }

  @Override
  public void close() {
    isClosed = true;
    reflectors.forEach(Reflector::close);
    news.release();
    api.close();
  }
}
