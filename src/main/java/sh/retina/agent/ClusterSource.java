package sh.retina.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Clocks;
import sh.retina.event.IpAddress;
import sh.retina.event.IpPrefix;
import sh.retina.kubernetes.KubernetesContext;
import sh.retina.kubernetes.KubernetesSettings;
import sh.retina.kubernetes.MetricWish;
import sh.retina.kubernetes.TraceWish;
import sh.retina.kubernetes.WatchStatus;
import sh.retina.pipeline.Aggregate;
import sh.retina.pipeline.ApiServerAddresses;
import sh.retina.plugin.Interest;
import sh.retina.plugin.PluginManager;

/**
 * The cluster as a source of owners of addresses, where there is one: without it nothing of a
 * client is loaded.
 */
final class ClusterSource implements AutoCloseable {
  private static final Path TOKEN = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");
  private static final String SERVER = "KUBERNETES_SERVICE_HOST";

  private final @Nullable KubernetesContext context;

  private ClusterSource(@Nullable KubernetesContext context) {
    this.context = context;
  }

  static ClusterSource of(
      RetinaProperties properties,
      String node,
      ContextStore store,
      CgroupNames cgroups,
      Aggregate aggregate,
      PodLevels podLevels,
      PluginManager plugins,
      HubblePlane hubble) {
    RetinaProperties.Kubernetes kubernetes = properties.kubernetes();
    boolean isUsed =
        switch (kubernetes.enabled()) {
          case ON -> true;
          case OFF -> false;
          case AUTO ->
              !kubernetes.kubeconfig().isEmpty()
                  || System.getenv(SERVER) != null && Files.exists(TOKEN);
        };
    if (!isUsed || !properties.replay().isEmpty()) {
      return new ClusterSource(null);
    }
    KubernetesSettings.Pods pods =
        properties.podLevel().context() == RetinaProperties.ContextKind.LOCAL
            ? KubernetesSettings.Pods.LOCAL
            : kubernetes.remotePods() == RetinaProperties.RemotePods.PODS
                ? KubernetesSettings.Pods.ALL
                : KubernetesSettings.Pods.RETINA_ENDPOINTS;
    return new ClusterSource(
        new KubernetesContext(
            new KubernetesSettings(
                kubernetes.kubeconfig(),
                node,
                properties.networkNamespace().isEmpty() ? OwnAddresses.list() : List.of(),
                pods,
                kubernetes.selectBy(),
                properties.controlPlane() != RetinaProperties.ControlPlane.STANDARD,
                kubernetes.deletedPodGrace()),
            store::apply,
            new KubernetesContext.Listener() {
              @Override
              public void podsHereChanged() {
                cgroups.podsChanged();
              }

              @Override
              public void selectionChanged(Optional<Set<IpAddress>> addresses) {
                if (properties.addressesOfInterest().isEmpty()) {
                  plugins.interest(
                      addresses
                          .map(of -> Interest.only(of.stream().map(IpPrefix::of).toList()))
                          .orElse(Interest.ALL));
                }
              }

              @Override
              public void metricsChanged(List<MetricWish> wishes) {
                podLevels.wish(wishes);
              }

              @Override
              public void tracesChanged(List<TraceWish> wishes) {
                hubble.trace(wishes);
              }

              @Override
              public void apiServersChanged(List<String> places) {
                if (properties.apiServer().addresses().isEmpty()) {
                  aggregate.apiServer().setAddresses(ApiServerAddresses.parse(places));
                }
              }
            },
            Clocks::monotonicNs));
  }

  void start() {
    if (context != null) {
      context.start();
    }
  }

  /** How each watch does; none without a cluster. */
  List<WatchStatus> watches() {
    return context == null ? List.of() : context.watches();
  }

  int namespaces() {
    return context == null ? 0 : context.namespaces();
  }

  /** What is wrong, by kind of object; empty if nothing. */
  Map<String, String> faults() {
    Map<String, String> faults = new TreeMap<>();
    for (WatchStatus watch : watches()) {
      if (!watch.isUp() && !watch.isAbsent()) {
        faults.put(watch.resource(), watch.fault().isEmpty() ? "not known yet" : watch.fault());
      }
    }
    return faults;
  }

  @Override
  public void close() {
    if (context != null) {
      context.close();
    }
  }
}
