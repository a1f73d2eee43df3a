package sh.retina.identity;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/** Endpoints for tests, and a cluster full of them. */
final class Pods {
  private static final int PODS_PER_NODE = 50;
  private static final int PODS_PER_WORKLOAD = 10;

  private Pods() {}

  static Endpoint pod(String namespace, String name, UUID uid, String... addresses) {
    return new Endpoint(
        uid.getMostSignificantBits(),
        uid.getLeastSignificantBits(),
        Endpoint.Kind.POD,
        namespace,
        name,
        "Deployment",
        "web",
        "node-1",
        "zone-1",
        List.of("app=web"),
        List.of("team=shop"),
        List.of("web"),
        Stream.of(addresses).map(IpAddress::parse).toList(),
        List.of());
  }

  static Endpoint of(Endpoint.Kind kind, String namespace, String name, String... addresses) {
    return new Endpoint(
        kind,
        namespace,
        name,
        "",
        "",
        "",
        "",
        List.of(),
        Stream.of(addresses).map(IpAddress::parse).toList(),
        List.of());
  }

  /**
   * So many pods with an address each, every second one IPv6, as a Deployment would name them: what
   * pods have in common is shared, what each has of its own is not.
   */
  static List<ContextChange> cluster(int count) {
    Random random = new Random(7);
    List<ContextChange> pods = new ArrayList<>(count);
    String workload = "";
    List<String> labels = List.of();
    List<String> services = List.of();
    String node = "";
    for (int i = 0; i < count; i++) {
      if (i % PODS_PER_WORKLOAD == 0) {
        workload = "service-number-" + i / PODS_PER_WORKLOAD;
        services = List.of(workload);
        labels = List.of("app=" + workload, "pod-template-hash=5d4f8c7b9", "tier=backend");
      }
      if (i % PODS_PER_NODE == 0) {
        node = "aks-nodepool1-12345678-vmss" + i / PODS_PER_NODE;
      }
      pods.add(
          new ContextChange.EndpointUp(
              new Endpoint(
                  random.nextLong(),
                  random.nextLong(),
                  Endpoint.Kind.POD,
                  "production",
                  workload + "-5d4f8c7b9-" + Integer.toString(60_466_176 + i, 36).substring(1),
                  "Deployment",
                  workload,
                  node,
                  "westeurope-1",
                  labels,
                  List.of(),
                  services,
                  List.of(address(i)),
                  List.of())));
    }
    return pods;
  }

  static IpAddress address(int number) {
    return number % 2 == 0
        ? IpAddress.parse(
            "10." + (number >> 16) + "." + (number >> 8 & 0xff) + "." + (number & 0xff))
        : new IpAddress(0xfd00_0000_0000_0080L, number);
  }
}
