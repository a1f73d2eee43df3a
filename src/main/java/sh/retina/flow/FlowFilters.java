package sh.retina.flow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sh.retina.event.Observation;

/**
 * Compiles filters of the Hubble API. A flow passes if one of the whitelist's filters matches, or
 * there is none, and none of the blacklist's. Within a filter all fields must match, within a field
 * one value.
 */
public final class FlowFilters {
  private static final String CEL = "experimental.cel_expression";

  private FlowFilters() {}

  /**
   * As {@link #compile}, but a field about something that the agent does not see matches nothing,
   * as it does for clients of the original.
   */
  public static FlowFilter compileAll(
      List<sh.retina.flow.proto.FlowFilter> whitelist,
      List<sh.retina.flow.proto.FlowFilter> blacklist,
      FlowNode node) {
    return compile(whitelist, blacklist, node, false);
  }

  /**
   * One filter of both lists. Throws {@link FlowFilterException} that names every field whose value
   * is wrong, and every field about something that the agent does not see yet: a field is never
   * ignored.
   */
  public static FlowFilter compile(
      List<sh.retina.flow.proto.FlowFilter> whitelist,
      List<sh.retina.flow.proto.FlowFilter> blacklist,
      FlowNode node) {
    return compile(whitelist, blacklist, node, true);
  }

  private static FlowFilter compile(
      List<sh.retina.flow.proto.FlowFilter> whitelist,
      List<sh.retina.flow.proto.FlowFilter> blacklist,
      FlowNode node,
      boolean isStrict) {
    List<FlowFault> faults = new ArrayList<>();
    FlowFilter[] allow = compile(whitelist, node, isStrict, faults);
    FlowFilter[] deny = compile(blacklist, node, isStrict, faults);
    if (!faults.isEmpty()) {
      throw new FlowFilterException(faults);
    }
    if (allow.length == 0 && deny.length == 0) {
      return FlowFilter.all();
    }
    return o -> (allow.length == 0 || any(allow, o)) && !any(deny, o);
  }

  private static FlowFilter[] compile(
      List<sh.retina.flow.proto.FlowFilter> list,
      FlowNode node,
      boolean isStrict,
      List<FlowFault> faults) {
    FlowFilter[] filters = new FlowFilter[list.size()];
    for (int i = 0; i < filters.length; i++) {
      List<FlowFilter> fields = new ArrayList<>();
      if (isStrict) {
        refuseUnsupported(list.get(i), faults);
      } else {
        UnseenFilters.compile(list.get(i), fields, faults);
      }
      PacketFilters.compile(list.get(i), node, fields, faults);
      NameFilters.compile(list.get(i), fields, faults);
      HttpFilters.compile(list.get(i), fields, faults);
      EndpointFilters.compile(list.get(i), node, fields, faults);
      if (!isStrict && list.get(i).getExperimental().getCelExpressionCount() > 0) {
        fields.add(
            CelFilter.compile(list.get(i).getExperimental().getCelExpressionList(), node, faults));
      }
      filters[i] = allOf(fields.toArray(FlowFilter[]::new));
    }
    return filters;
  }

  private static void refuseUnsupported(
      sh.retina.flow.proto.FlowFilter filter, List<FlowFault> faults) {
    // By presence, not by a list of getters: a field that a newer API adds is refused as well.
    for (Map.Entry<com.google.protobuf.Descriptors.FieldDescriptor, Object> field :
        filter.getAllFields().entrySet()) {
      String name = field.getKey().getName();
      if (!SUPPORTED.contains(name)) {
        boolean cel = filter.getExperimental().getCelExpressionCount() > 0;
        faults.add(
            new FlowFault(name.equals("experimental") && cel ? CEL : name, "not supported yet"));
      }
    }
    if (!filter.getUnknownFields().asMap().isEmpty()) {
      faults.add(
          new FlowFault(
              "field numbers " + new HashSet<>(filter.getUnknownFields().asMap().keySet()),
              "not known to this version"));
    }
  }

  private static final Set<String> SUPPORTED =
      Set.of(
          "uuid",
          "source_fqdn",
          "destination_fqdn",
          "dns_query",
          "http_status_code",
          "http_method",
          "http_path",
          "http_url",
          "http_header",
          "trace_id",
          "source_ip",
          "source_pod",
          "source_label",
          "source_service",
          "source_workload",
          "source_cluster_name",
          "source_identity",
          "source_port",
          "destination_ip",
          "destination_pod",
          "destination_label",
          "destination_service",
          "destination_workload",
          "destination_cluster_name",
          "destination_identity",
          "destination_port",
          "traffic_direction",
          "verdict",
          "drop_reason_desc",
          "interface",
          "event_type",
          "protocol",
          "reply",
          "tcp_flags",
          "node_name",
          "node_labels",
          "ip_version");

  static boolean any(FlowFilter[] filters, Observation o) {
    for (FlowFilter filter : filters) {
      if (filter.matches(o)) {
        return true;
      }
    }
    return false;
  }

  private static FlowFilter allOf(FlowFilter[] fields) {
    if (fields.length == 1) {
      return fields[0];
    }
    return o -> {
      for (FlowFilter field : fields) {
        if (!field.matches(o)) {
          return false;
        }
      }
      return true;
    };
  }
}
