package sh.retina.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Service;
import sh.retina.flow.proto.Workload;

/** The fields of a filter that ask who the two sides of a flow are. */
final class EndpointFilters {
  /** A power of two. */
  private static final int REMEMBERED = 512;

  private final List<Predicate<Side>> fields = new ArrayList<>();
  private final List<FlowFault> faults;

  private EndpointFilters(List<FlowFault> faults) {
    this.faults = faults;
  }

  /** One side as the flow shows it. */
  private record Side(Endpoint endpoint, Service service) {}

  static void compile(
      sh.retina.flow.proto.FlowFilter filter,
      FlowNode node,
      List<FlowFilter> into,
      List<FlowFault> faults) {
    EndpointFilters source = new EndpointFilters(faults);
    source.addPods("source_pod", filter.getSourcePodList());
    source.addServices("source_service", filter.getSourceServiceList());
    source.addLabels("source_label", filter.getSourceLabelList());
    source.addWorkloads("source_workload", filter.getSourceWorkloadList());
    source.addClusters("source_cluster_name", filter.getSourceClusterNameList());
    source.addIdentities("source_identity", filter.getSourceIdentityList());
    if (!source.fields.isEmpty()) {
      Remembering question = new Remembering(source.fields, node);
      into.add(o -> question.matches(o.source));
    }

    EndpointFilters destination = new EndpointFilters(faults);
    destination.addPods("destination_pod", filter.getDestinationPodList());
    destination.addServices("destination_service", filter.getDestinationServiceList());
    destination.addLabels("destination_label", filter.getDestinationLabelList());
    destination.addWorkloads("destination_workload", filter.getDestinationWorkloadList());
    destination.addClusters("destination_cluster_name", filter.getDestinationClusterNameList());
    destination.addIdentities("destination_identity", filter.getDestinationIdentityList());
    if (!destination.fields.isEmpty()) {
      Remembering question = new Remembering(destination.fields, node);
      into.add(o -> question.matches(o.destination));
    }
  }

  /**
   * The answer about an owner does not change while it is the same object, and few owners send most
   * packets: each is asked about once while no other has its place. Small, as each stream has its
   * own.
   */
  private static final class Remembering {
    private final List<Predicate<Side>> fields;
    private final FlowEndpoints endpoints;
    private final sh.retina.event.@Nullable Endpoint[] owners =
        new sh.retina.event.Endpoint[REMEMBERED];
    private final boolean[] answers = new boolean[REMEMBERED];

    Remembering(List<Predicate<Side>> fields, FlowNode node) {
      this.fields = List.copyOf(fields);
      this.endpoints = new FlowEndpoints(node);
    }

    boolean matches(sh.retina.event.Endpoint owner) {
      int hash = System.identityHashCode(owner);
      int place = (hash ^ hash >>> 13) & REMEMBERED - 1;
      if (owners[place] != owner) {
        answers[place] = ask(owner);
        owners[place] = owner;
      }
      return answers[place];
    }

    private boolean ask(sh.retina.event.Endpoint owner) {
      Side side = new Side(endpoints.encode(owner), FlowEndpoints.service(owner));
      return fields.stream().allMatch(field -> field.test(side));
    }
  }

  private <T> void addAny(String field, List<T> values, Function<T, Predicate<Side>> compile) {
    if (values.isEmpty()) {
      return;
    }
    List<Predicate<Side>> any = new ArrayList<>();
    for (T value : values) {
      try {
        any.add(compile.apply(value));
      } catch (IllegalArgumentException e) {
        faults.add(new FlowFault(field, String.valueOf(e.getMessage())));
      }
    }
    fields.add(side -> any.stream().anyMatch(predicate -> predicate.test(side)));
  }

  private void addPods(String field, List<String> patterns) {
    addAny(
        field,
        patterns,
        text -> {
          PodPattern pattern = PodPattern.parse(text);
          return side ->
              pattern.matches(side.endpoint().getNamespace(), side.endpoint().getPodName());
        });
  }

  private void addServices(String field, List<String> patterns) {
    addAny(
        field,
        patterns,
        text -> {
          PodPattern pattern = PodPattern.parse(text);
          return side -> pattern.matches(side.service().getNamespace(), side.service().getName());
        });
  }

  private void addLabels(String field, List<String> selectors) {
    addAny(
        field,
        selectors,
        text -> {
          LabelSelector selector = LabelSelector.parse(text);
          return side -> selector.matches(side.endpoint().getLabelsList());
        });
  }

  private void addWorkloads(String field, List<Workload> workloads) {
    addAny(
        field,
        workloads,
        wanted ->
            side -> side.endpoint().getWorkloadsList().stream().anyMatch(of -> is(of, wanted)));
  }

  private static boolean is(Workload workload, Workload wanted) {
    return (wanted.getName().isEmpty() || wanted.getName().equals(workload.getName()))
        && (wanted.getKind().isEmpty() || wanted.getKind().equals(workload.getKind()));
  }

  private void addClusters(String field, List<String> clusters) {
    addAny(
        field,
        clusters,
        name -> {
          if (name.isEmpty()) {
            throw new IllegalArgumentException("empty cluster name");
          }
          return side -> side.endpoint().getClusterName().equals(name);
        });
  }

  private void addIdentities(String field, List<Integer> identities) {
    addAny(field, identities, wanted -> side -> side.endpoint().getIdentity() == wanted);
  }
}
