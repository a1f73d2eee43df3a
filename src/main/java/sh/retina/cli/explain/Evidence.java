package sh.retina.cli.explain;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that is known about a question; a diagnosis follows from it and from nothing else.
 *
 * @param seen flows of the time that is asked about, oldest first
 * @param objects what Kubernetes says
 * @param gaps what could not be learnt, in words: agents that did not answer, plugins that are down
 * @param watched addresses whose own interface is watched by an agent that answered
 * @param tellingSockets addresses whose sockets tell such an agent of resets
 */
public record Evidence(
    Question question,
    List<Seen> seen,
    Objects objects,
    List<String> gaps,
    Set<String> watched,
    Set<String> tellingSockets) {
  public Evidence {
    seen = List.copyOf(seen);
    gaps = List.copyOf(gaps);
    watched = Set.copyOf(watched);
    tellingSockets = Set.copyOf(tellingSockets);
  }

  /**
   * What Kubernetes says.
   *
   * @param missing objects that were asked for and are not there
   * @param service null: the destination is none
   * @param pods of the destination
   * @param policies what NetworkPolicies do to this traffic
   */
  public record Objects(
      List<String> missing,
      @Nullable Service service,
      List<Pod> pods,
      List<PolicyVerdict> policies) {
    public static final Objects NONE = new Objects(List.of(), null, List.of(), List.of());

    public Objects {
      missing = List.copyOf(missing);
      pods = List.copyOf(pods);
      policies = List.copyOf(policies);
    }
  }

  /**
   * A Service.
   *
   * @param ports that it has, in words such as {@code http 80/TCP}
   * @param hasPort whether the one that is asked for is among them
   * @param targetPort where its pods are to be reached; 0: not one of them has it
   * @param target as the Service says it
   * @param ready backends that get traffic, in words
   * @param notReady backends that do not
   * @param selector empty: none
   */
  public record Service(
      String name,
      List<String> ports,
      boolean hasPort,
      int targetPort,
      String target,
      List<String> ready,
      List<String> notReady,
      String selector) {
    public Service {
      ports = List.copyOf(ports);
      ready = List.copyOf(ready);
      notReady = List.copyOf(notReady);
    }
  }

  /**
   * A pod of the destination.
   *
   * @param state why it does not run, in words such as {@code CrashLoopBackOff, exit code 1};
   *     empty: it runs
   * @param declaredPorts of its containers
   */
  public record Pod(
      String name, String node, String state, boolean isReady, Set<Integer> declaredPorts) {
    public Pod {
      declaredPorts = Set.copyOf(declaredPorts);
    }
  }

  /**
   * What the policies of one end do.
   *
   * @param direction {@code Ingress} to the destination or {@code Egress} from the source
   * @param policies that select that end
   */
  public record PolicyVerdict(String direction, List<String> policies, boolean isAllowed) {
    public PolicyVerdict {
      policies = List.copyOf(policies);
    }
  }
}
