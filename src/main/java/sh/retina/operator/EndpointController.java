package sh.retina.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.crd.RetinaEndpointSpec;

/**
 * A RetinaEndpoint for each pod with an address of its own. What is in the API server is compared
 * with the pods when this starts, when either changes, and at every resync; so endpoints of pods
 * that went while nobody looked go too.
 */
final class EndpointController implements Controller {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointController.class);

  /** A start of a pod is several updates within this time; they become one write. */
  private static final Duration SETTLE = Duration.ofMillis(200);

  /**
   * Objects of a list that are there as text and whole at a time: a cluster's would fill the heap.
   */
  private static final long PAGE = 500;

  private final KubernetesClient client;
  private final int workerCount;
  private final Duration resync;
  private final WorkQueue queue = new WorkQueue(SETTLE.toNanos(), System::nanoTime);
  private final Workers workers;
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("endpoint-sweep").factory());
  private @Nullable SharedIndexInformer<PodView> pods;
  private @Nullable SharedIndexInformer<EndpointView> endpoints;
  private volatile boolean synced;

  EndpointController(
      KubernetesClient client, OperatorMeters meters, int workerCount, Duration resync) {
    this.client = client;
    this.workerCount = workerCount;
    this.resync = resync;
    this.workers = new Workers("endpoints", queue, this::reconcile, meters);
  }

  @Override
  public String name() {
    return "endpoints";
  }

  @Override
  public synchronized void start() {
    SharedIndexInformer<PodView> podInformer =
        client
            .resources(PodView.class)
            .inAnyNamespace()
            .withoutField("status.phase", "Succeeded")
            .withoutField("status.phase", "Failed")
            .withLimit(PAGE)
            .runnableInformer(0);
    SharedIndexInformer<EndpointView> endpointInformer =
        client.resources(EndpointView.class).inAnyNamespace().withLimit(PAGE).runnableInformer(0);
    pods = podInformer;
    endpoints = endpointInformer;
    podInformer.removeNamespaceIndex();
    endpointInformer.removeNamespaceIndex();
    podInformer.exceptionHandler((_, failure) -> Failures.again("pods", failure));
    endpointInformer.exceptionHandler((_, failure) -> Failures.again("retinaendpoints", failure));
    podInformer.addEventHandler(new Noticed<>(this::compare));
    endpointInformer.addEventHandler(new Noticed<>(this::compare));
    var _ =
        podInformer
            .start()
            .toCompletableFuture()
            .thenCombine(endpointInformer.start().toCompletableFuture(), (_, _) -> true)
            .thenRun(this::compareAll);
  }

  /** Only now is it known which endpoints have no pod. */
  private synchronized void compareAll() {
    if (pods == null) {
      return;
    }
    synced = true;
    sweep();
    workers.start(workerCount);
    var _ =
        sweeper.scheduleWithFixedDelay(
            this::sweep, resync.toMillis(), resync.toMillis(), TimeUnit.MILLISECONDS);
    LOG.info(
        "controller=endpoints pods={} to-write={}",
        pods.getStore().listKeys().size(),
        queue.size());
  }

  private void sweep() {
    SharedIndexInformer<PodView> seenPods = pods;
    SharedIndexInformer<EndpointView> seenEndpoints = endpoints;
    if (seenPods == null || seenEndpoints == null) {
      return;
    }
    seenPods.getStore().list().forEach(this::compare);
    seenEndpoints.getStore().list().forEach(this::compare);
  }

  @Override
  public void stop() {
    sweeper.shutdownNow();
    workers.stop();
    synchronized (this) {
      if (pods != null) {
        pods.close();
      }
      if (endpoints != null) {
        endpoints.close();
      }
      pods = null;
      endpoints = null;
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

  private void compare(HasMetadata object) {
    String key = Cache.metaNamespaceKeyFunc(object);
    if (synced && isWrong(key)) {
      queue.add(key);
    }
  }

  private static <T> @Nullable T find(@Nullable SharedIndexInformer<T> informer, String key) {
    return informer == null ? null : informer.getStore().getByKey(key);
  }

  private boolean isWrong(String key) {
    PodView pod = find(pods, key);
    EndpointView endpoint = find(endpoints, key);
    RetinaEndpointSpec desired = DesiredEndpoint.of(pod);
    if (desired == null || pod == null) {
      return endpoint != null;
    }
    return endpoint == null
        || !desired.equals(endpoint.getSpec())
        || !endpoint.getMetadata().getOwnerReferences().equals(DesiredEndpoint.owner(pod));
  }

  /** Writes the difference; a conflict is thrown, and looked at again with a newer cache. */
  private boolean reconcile(String key) {
    if (!isWrong(key)) {
      return false;
    }
    PodView pod = find(pods, key);
    EndpointView endpoint = find(endpoints, key);
    RetinaEndpointSpec desired = DesiredEndpoint.of(pod);
    if (desired == null || pod == null) {
      if (endpoint != null) {
        client.resource(endpoint).delete();
      }
      return true;
    }
    EndpointView wanted = new EndpointView();
    ObjectMeta metadata = new ObjectMeta();
    metadata.setNamespace(pod.getMetadata().getNamespace());
    metadata.setName(pod.getMetadata().getName());
    metadata.setOwnerReferences(DesiredEndpoint.owner(pod));
    wanted.setMetadata(metadata);
    wanted.setSpec(desired);
    if (endpoint == null) {
      client.resource(wanted).create();
    } else {
      metadata.setResourceVersion(endpoint.getMetadata().getResourceVersion());
      client.resource(wanted).update();
    }
    return true;
  }
}
