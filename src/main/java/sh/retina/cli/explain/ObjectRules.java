package sh.retina.cli.explain;

import java.util.ArrayList;
import java.util.List;
import sh.retina.cli.explain.Finding.Proof;

/** What follows from Kubernetes' objects alone. */
final class ObjectRules {
  private ObjectRules() {}

  /** What cannot work by them, the first one first. */
  static List<Finding> of(Evidence evidence) {
    List<Finding> found = new ArrayList<>();
    Evidence.Objects objects = evidence.objects();
    for (String missing : objects.missing()) {
      found.add(
          new Finding(
              Cause.NOT_FOUND,
              missing + " is not there",
              "is the name right, and the namespace?",
              List.of(Proof.now("the API server does not have it"))));
    }
    Evidence.Service service = objects.service();
    if (service != null) {
      ofService(service, objects, found);
    } else {
      for (Evidence.Pod pod : objects.pods()) {
        if (!pod.state().isEmpty()) {
          found.add(notRunning(List.of(pod)));
        }
      }
    }
    for (Evidence.PolicyVerdict verdict : objects.policies()) {
      if (!verdict.isAllowed()) {
        found.add(
            new Finding(
                Cause.NETWORK_POLICY,
                "no NetworkPolicy allows it: "
                    + verdict.direction().toLowerCase(java.util.Locale.ROOT)
                    + " is restricted by "
                    + String.join(", ", verdict.policies()),
                "add a rule that allows it to one of them",
                List.of(
                    Proof.now(
                        "policies that select "
                            + ("Ingress".equals(verdict.direction())
                                ? "the destination"
                                : "the source")
                            + ": "
                            + String.join(", ", verdict.policies())))));
      }
    }
    return found;
  }

  private static void ofService(
      Evidence.Service service, Evidence.Objects objects, List<Finding> found) {
    if (!service.hasPort()) {
      found.add(
          new Finding(
              Cause.NOT_A_SERVICE_PORT,
              "Service " + service.name() + " has no such port",
              "its ports are " + String.join(", ", service.ports()),
              List.of(Proof.now("ports of the Service: " + String.join(", ", service.ports())))));
    }
    if (!service.ready().isEmpty()) {
      if (service.hasPort() && service.targetPort() == 0) {
        found.add(
            new Finding(
                Cause.WRONG_TARGET_PORT,
                "no pod of Service " + service.name() + " has the port " + service.target(),
                "name the container's port so, or change targetPort",
                List.of(Proof.now("targetPort of the Service: " + service.target()))));
      }
      return;
    }
    List<Evidence.Pod> down =
        objects.pods().stream().filter(pod -> !pod.state().isEmpty()).toList();
    List<Evidence.Pod> notReady =
        objects.pods().stream().filter(pod -> pod.state().isEmpty() && !pod.isReady()).toList();
    if (!notReady.isEmpty() || !service.notReady().isEmpty() && down.isEmpty()) {
      List<Proof> proofs = new ArrayList<>();
      notReady.forEach(
          pod -> proofs.add(Proof.now("pod " + pod.name() + " runs and is not ready")));
      service.notReady().forEach(end -> proofs.add(Proof.now("endpoint not ready: " + end)));
      found.add(
          new Finding(
              Cause.POD_NOT_READY,
              "no pod of Service " + service.name() + " is ready",
              "look at the readiness probes: kubectl describe pod",
              proofs));
    } else if (!down.isEmpty()) {
      found.add(notRunning(down));
    } else {
      found.add(
          new Finding(
              Cause.NO_ENDPOINTS,
              "Service " + service.name() + " has no endpoints",
              service.selector().isEmpty()
                  ? "it has no selector: who writes its EndpointSlices?"
                  : "no pod has the labels of its selector " + service.selector(),
              List.of(Proof.now("selector: " + service.selector()))));
    }
  }

  private static Finding notRunning(List<Evidence.Pod> pods) {
    return new Finding(
        Cause.POD_NOT_RUNNING,
        "pod " + pods.getFirst().name() + " does not run: " + pods.getFirst().state(),
        "kubectl describe pod and kubectl logs --previous say why",
        pods.stream().map(pod -> Proof.now("pod " + pod.name() + ": " + pod.state())).toList());
  }
}
