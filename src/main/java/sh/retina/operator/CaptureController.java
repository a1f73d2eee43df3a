package sh.retina.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.Capture;
import sh.retina.job.CaptureJobs;

/**
 * Keeps Captures, their Jobs and their status together. What it knows is what its informers hold
 * while this operator leads; time alone changes some things, so all Captures are looked at each few
 * seconds too.
 */
final class CaptureController implements Controller {
  private static final Duration SETTLE = Duration.ofMillis(200);
  private static final int WORKERS = 2;

  /** What the informers are asked by, so that a look at one Capture does not go through all. */
  private static final String OWNER = "owner";

  private static final String JOB = "job";

  private final KubernetesClient client;
  private final CaptureMeters shown;
  private final Duration tick;
  private final WorkQueue queue = new WorkQueue(SETTLE.toNanos(), System::nanoTime);
  private final Workers workers;
  private final CaptureReconciler reconciler;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("captures-clock").factory());
  private @Nullable SharedIndexInformer<Capture> captures;
  private @Nullable SharedIndexInformer<Job> jobs;
  private @Nullable SharedIndexInformer<Pod> pods;
  private volatile boolean synced;

  CaptureController(
      KubernetesClient client,
      OperatorMeters meters,
      CaptureMeters shown,
      CaptureOptions properties) {
    this.client = client;
    this.shown = shown;
    this.tick = properties.interval();
    this.reconciler = new CaptureReconciler(client, properties, Clock.systemUTC());
    this.workers = new Workers(name(), queue, this::reconcile, meters);
  }

  @Override
  public String name() {
    return "captures";
  }

  @Override
  public synchronized void start() {
    SharedIndexInformer<Capture> ours =
        client.resources(Capture.class).inAnyNamespace().runnableInformer(0);
    SharedIndexInformer<Job> theirJobs =
        client
            .batch()
            .v1()
            .jobs()
            .inAnyNamespace()
            .withLabel(CaptureJobs.APP_LABEL, CaptureJobs.APP)
            .runnableInformer(0);
    SharedIndexInformer<Pod> theirPods =
        client
            .pods()
            .inAnyNamespace()
            .withLabel(CaptureJobs.APP_LABEL, CaptureJobs.APP)
            .runnableInformer(0);
    captures = ours;
    jobs = theirJobs;
    pods = theirPods;
    ours.exceptionHandler((_, failure) -> Failures.again("captures", failure));
    theirJobs.exceptionHandler((_, failure) -> Failures.again("jobs", failure));
    theirPods.exceptionHandler((_, failure) -> Failures.again("pods", failure));
    ours.addIndexers(Map.of(OWNER, CaptureController::owners));
    theirJobs.addIndexers(Map.of(OWNER, CaptureController::owners));
    theirPods.addIndexers(Map.of(JOB, CaptureController::jobs));
    ours.addEventHandler(new Noticed<>(this::look));
    theirJobs.addEventHandler(new Noticed<>(this::look));
    theirPods.addEventHandler(new Noticed<>(this::look));
    var _ =
        CompletableFuture.allOf(
                ours.start().toCompletableFuture(),
                theirJobs.start().toCompletableFuture(),
                theirPods.start().toCompletableFuture())
            .thenRun(this::begin);
  }

  /** Only now is it known which Captures have Jobs. */
  private synchronized void begin() {
    SharedIndexInformer<Capture> watched = captures;
    if (watched == null) {
      return;
    }
    shown.show(watched.getStore()::list);
    synced = true;
    workers.start(WORKERS);
    var _ = clock.scheduleWithFixedDelay(this::all, 0, tick.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void all() {
    SharedIndexInformer<Capture> watched = captures;
    if (watched != null) {
      watched.getStore().listKeys().forEach(queue::add);
    }
  }

  @Override
  public void stop() {
    clock.shutdownNow();
    workers.stop();
    shown.show(List::of);
    synchronized (this) {
      close(captures);
      close(jobs);
      close(pods);
      captures = null;
      jobs = null;
      pods = null;
      synced = false;
    }
  }

  private static void close(@Nullable SharedIndexInformer<?> informer) {
    if (informer != null) {
      informer.close();
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

  private boolean reconcile(String key) {
    SharedIndexInformer<Capture> watched = captures;
    SharedIndexInformer<Job> watchedJobs = jobs;
    SharedIndexInformer<Pod> watchedPods = pods;
    if (watched == null || watchedJobs == null || watchedPods == null) {
      return false;
    }
    Capture capture = watched.getStore().getByKey(key);
    if (capture == null) {
      return false;
    }
    String uid = capture.getMetadata().getUid();
    return reconciler.reconcile(
        new CaptureReconciler.Known(
            capture,
            watched.getIndexer().byIndex(OWNER, uid),
            watchedJobs.getIndexer().byIndex(OWNER, uid),
            job ->
                watchedPods.getIndexer().byIndex(JOB, Cache.metaNamespaceKeyFunc(job)).stream()
                    .findFirst()));
  }

  private static List<String> owners(HasMetadata object) {
    List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
    return owners == null ? List.of() : owners.stream().map(OwnerReference::getUid).toList();
  }

  /** The keys of the Jobs that a pod is of: one, or none. */
  private static List<String> jobs(Pod pod) {
    Map<String, String> labels = pod.getMetadata().getLabels();
    return CaptureReconciler.JOB_LABELS.stream()
        .filter(labels::containsKey)
        .map(label -> pod.getMetadata().getNamespace() + "/" + labels.get(label))
        .distinct()
        .toList();
  }

  /** Of a Capture, a run of its schedule, a Job or a pod: the Capture that it is about. */
  private void look(HasMetadata object) {
    if (object instanceof Capture) {
      queue.add(Cache.metaNamespaceKeyFunc(object));
      List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
      if (owners != null) {
        owners.stream()
            .filter(owner -> "Capture".equals(owner.getKind()))
            .forEach(owner -> add(object, owner.getName()));
      }
      return;
    }
    String name = object.getMetadata().getLabels().get(CaptureJobs.NAME_LABEL);
    if (name != null) {
      add(object, name);
    }
  }

  private void add(HasMetadata beside, String name) {
    queue.add(Cache.namespaceKeyFunc(beside.getMetadata().getNamespace(), name));
  }
}
