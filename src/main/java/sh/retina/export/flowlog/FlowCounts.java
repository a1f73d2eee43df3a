package sh.retina.export.flowlog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sh.retina.flow.FlowMask;
import sh.retina.flow.proto.Aggregate;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.TrafficDirection;

/** Counts flows that are equal in some fields, by direction. Not thread-safe. */
final class FlowCounts {
  private final FlowMask fields;
  private final Map<Flow, Group> groups = new LinkedHashMap<>();

  private static final class Group {
    private final Flow first;
    private final Aggregate.Builder counts = Aggregate.newBuilder();

    Group(Flow first) {
      this.first = first;
    }
  }

  FlowCounts(FlowMask fields) {
    this.fields = fields;
  }

  void add(Flow flow) {
    Aggregate.Builder counts =
        groups.computeIfAbsent(fields.apply(flow), _ -> new Group(flow)).counts;
    if (flow.getTrafficDirection() == TrafficDirection.INGRESS) {
      counts.setIngressFlowCount(counts.getIngressFlowCount() + 1);
    } else if (flow.getTrafficDirection() == TrafficDirection.EGRESS) {
      counts.setEgressFlowCount(counts.getEgressFlowCount() + 1);
    } else {
      counts.setUnknownDirectionFlowCount(counts.getUnknownDirectionFlowCount() + 1);
    }
  }

  int size() {
    return groups.size();
  }

  /** What was counted, in the order of each group's first flow, whose time it has; empties this. */
  List<Flow> take() {
    List<Flow> all = new ArrayList<>(groups.size());
    groups.forEach((reduced, group) ->
        all.add(
            reduced.toBuilder().setTime(group.first.getTime()).setAggregate(group.counts).build()));
    groups.clear();
    return all;
  }
}
