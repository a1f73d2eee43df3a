package sh.retina.agent;

import java.util.List;

/** Faults of Kubernetes' objects. */
final class ClusterFaults {
  private static final String CLIENT = ExplainIT.NAMESPACE + "/client";

  private ClusterFaults() {}

  static List<Fault> all() {
    return List.of(
        service(
            "no such pod",
            "NOT_FOUND",
            "pod/" + ExplainIT.NAMESPACE + "/nosuch:80",
            (_, _) -> Fault.Undo.NOTHING),
        service(
            "Service that selects nothing",
            "NO_ENDPOINTS",
            "svc/explain/empty:80",
            (_, objects) -> {
              objects.service("empty", 80, 8080, List.of());
              return Fault.Undo.NOTHING;
            }),
        service(
            "wrong targetPort",
            "WRONG_TARGET_PORT",
            "svc/explain/wrong:80",
            (network, objects) -> {
              objects.service("wrong", 80, 7031, List.of("server"), network.server());
              network.probe(network.server(), 7031);
              return Fault.Undo.NOTHING;
            }),
        service(
            "not a port of the Service",
            "NOT_A_SERVICE_PORT",
            "svc/explain/ports:81",
            (network, objects) -> {
              objects.service("ports", 80, 7032, List.of("server"), network.server());
              return Fault.Undo.NOTHING;
            }),
        service(
            "pod not ready",
            "POD_NOT_READY",
            "svc/explain/lazy:80",
            (_, objects) -> {
              objects.lazyPod("lazy", "198.18.80.120");
              objects.service("lazy", 80, 8080, List.of("lazy"));
              return Fault.Undo.NOTHING;
            }),
        service(
            "container crashes",
            "POD_NOT_RUNNING",
            "svc/explain/crash:80",
            (_, objects) -> {
              objects.crashingPod("crash");
              objects.service("crash", 80, 8080, List.of("crash"));
              return Fault.Undo.NOTHING;
            }),
        service(
            "pod that nothing can run",
            "POD_NOT_RUNNING",
            "explain/homeless:80",
            (_, objects) -> {
              objects.homelessPod("homeless");
              return Fault.Undo.NOTHING;
            }),
        service(
            "NetworkPolicy",
            "NETWORK_POLICY",
            "explain/server:7033",
            (network, objects) -> {
              Process serve = network.serve("server", "tcp-serve", 7033);
              objects.allowOnly("server", 8080);
              // As a CNI would.
              network.sh(
                  "server",
                  "nft add table inet fault && nft add chain inet fault c '{ type filter hook input"
                      + " priority 0; }' && nft add rule inet fault c tcp dport 7033 drop");
              network.probe(network.server(), 7033);
              return () -> {
                serve.destroyForcibly();
                objects.allowAll();
                network.sh("server", "nft delete table inet fault");
              };
            }));
  }

  private static Fault service(String name, String expected, String to, Fault.Setup setup) {
    return new Fault(name, expected, List.of(CLIENT, to), setup);
  }
}
