package sh.retina.operator;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.MetricsConfiguration;
import sh.retina.crd.TracesConfiguration;

/**
 * Says in the status of what users write what becomes of it. All objects of a kind are judged
 * together, as one may stand in the way of another; there are few.
 */
final class StatusController<K extends CustomResource<?, S>, S> implements Controller {
  private static final Duration SETTLE = Duration.ofMillis(200);

  /** What there is to judge. */
  private static final String ALL = "all";

  /** The status that each object should have. */
  interface Judge<K, S> {
    Map<K, S> statuses(List<K> objects);
  }

  private final String name;
  private final KubernetesClient client;
  private final Class<K> kind;
  private final Judge<K, S> judge;
  private final Consumer<List<K>> seen;
  private final WorkQueue queue = new WorkQueue(SETTLE.toNanos(), System::nanoTime);
  private final Workers workers;
  private @Nullable SharedIndexInformer<K> informer;
  private volatile boolean synced;

  /**
   * @param seen gets all objects after each change, and none when this controller stops
   */
  StatusController(
      String name,
      KubernetesClient client,
      OperatorMeters meters,
      Class<K> kind,
      Judge<K, S> judge,
      Consumer<List<K>> seen) {
    this.name = name;
    this.client = client;
    this.kind = kind;
    this.judge = judge;
    this.seen = seen;
    this.workers = new Workers(name, queue, this::reconcile, meters);
  }

  static Controller ofMetrics(KubernetesClient client, OperatorMeters meters) {
    return new StatusController<>(
        "metrics",
        client,
        meters,
        MetricsConfiguration.class,
        new MetricsJudge(Clock.systemUTC())::statuses,
        _ -> {});
  }

  static Controller ofTraces(KubernetesClient client, OperatorMeters meters) {
    return new StatusController<>(
        "traces",
        client,
        meters,
        TracesConfiguration.class,
        new TracesJudge(Clock.systemUTC())::statuses,
        _ -> {});
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public synchronized void start() {
    SharedIndexInformer<K> started = client.resources(kind).inAnyNamespace().runnableInformer(0);
    informer = started;
    started.exceptionHandler((_, failure) -> Failures.again(name, failure));
    started.addEventHandler(new Noticed<>(_ -> queue.add(ALL)));
    var _ = started.start().toCompletableFuture().thenRun(this::begin);
  }

  private synchronized void begin() {
    if (informer != null) {
      synced = true;
      queue.add(ALL);
      workers.start(1);
    }
  }

  @Override
  public void stop() {
    workers.stop();
    seen.accept(List.of());
    synchronized (this) {
      if (informer != null) {
        informer.close();
      }
      informer = null;
      synced = false;
    }
  }

  @Override
  public boolean isSynced() {
    return synced;
  }

  @Override
  public int queued() {
    return queue.size();
  }

  @Override
  public int failing() {
    return queue.failing();
  }

  private boolean reconcile(String all) {
    SharedIndexInformer<K> watched = informer;
    List<K> objects = watched == null ? List.of() : watched.getStore().list();
    seen.accept(objects);
    boolean written = false;
    for (Map.Entry<K, S> one : judge.statuses(objects).entrySet()) {
      if (!Objects.equals(one.getKey().getStatus(), one.getValue())) {
        K changed = client.getKubernetesSerialization().clone(one.getKey());
        changed.setStatus(one.getValue());
        client.resource(changed).updateStatus();
        written = true;
      }
    }
    return written;
  }
}
