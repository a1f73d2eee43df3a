package sh.retina.kubernetes;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.Assertions;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.identity.ContextChange;
import sh.retina.identity.IdentityTable;

/** Follows a cluster as an agent does, into a table that a test asks. */
final class Follower implements AutoCloseable {
  private static final long PATIENCE_NS = 60_000_000_000L;

  final List<ContextChange> told = new ArrayList<>();
  volatile List<String> apiServers = List.of();
  volatile Set<IpAddress> selected = Set.of();
  volatile List<MetricWish> wishes = List.of();
  private final IdentityTable table = new IdentityTable();
  private final KubernetesContext context;

  Follower(Path kubeconfig, String node, KubernetesSettings.Pods pods, Duration grace) {
    this(kubeconfig, node, pods, grace, Duration.ofSeconds(150));
  }

  /** {@code silence}: how long a watch may hear nothing. */
  Follower(
      Path kubeconfig,
      String node,
      KubernetesSettings.Pods pods,
      Duration grace,
      Duration silence) {
    context =
        new KubernetesContext(
            new KubernetesSettings(
                kubeconfig.toString(),
                node,
                List.of(IpAddress.parse("203.0.113.77")),
                pods,
                Set.of(KubernetesSettings.SelectBy.values()),
                true,
                grace),
            this::take,
            new KubernetesContext.Listener() {
              @Override
              public void podsHereChanged() {
                // Asked of the agent.
              }

              @Override
              public void selectionChanged(Optional<Set<IpAddress>> addresses) {
                selected = addresses.orElseThrow();
              }

              @Override
              public void metricsChanged(List<MetricWish> asked) {
                wishes = asked;
              }

              @Override
              public void tracesChanged(List<TraceWish> asked) {
                // Asked of the agent.
              }

              @Override
              public void apiServersChanged(List<String> places) {
                apiServers = places;
              }
            },
            System::nanoTime,
            silence);
    context.start();
  }

  private synchronized void take(List<ContextChange> changes) {
    table.apply(changes, false);
    told.addAll(changes);
  }

  synchronized Endpoint owner(String address) {
    IpAddress ip = IpAddress.parse(address);
    return table.endpoint(ip.high(), ip.low());
  }

  synchronized boolean isWaiting() {
    return table.isWaiting();
  }

  synchronized int count(Endpoint.Kind kind) {
    return table.count(kind);
  }

  Follower synced() {
    await("the first lists", () -> !isWaiting());
    return this;
  }

  WatchStatus watch(String resource) {
    return context.watches().stream()
        .filter(watch -> watch.resource().equals(resource))
        .findFirst()
        .orElseThrow();
  }

  void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE_NS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        Assertions.fail(
            "no "
                + what
                + ": "
                + context.watches().stream()
                    .map(watch -> watch.resource() + " " + watch.isUp() + " " + watch.fault())
                    .toList());
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  void awaitOwner(String address, String name) {
    await(name + " at " + address, () -> owner(address).name().equals(name));
  }

  @Override
  public void close() {
    context.close();
  }
}
