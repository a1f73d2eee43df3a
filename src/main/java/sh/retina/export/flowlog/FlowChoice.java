package sh.retina.export.flowlog;

import java.util.List;
import sh.retina.event.Observation;
import sh.retina.event.Protocol;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;
import sh.retina.flow.FlowFilters;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.FlowFilter;

/**
 * Flows that an export wants.
 *
 * @param include a flow must match one of these, if there are any
 * @param exclude it must match none of these
 * @param firstOnly only the first packet of a connection, where the kernel tells which that is
 */
public record FlowChoice(List<FlowFilter> include, List<FlowFilter> exclude, boolean firstOnly) {
  public FlowChoice {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
  }

  /** Throws IllegalArgumentException that names a field which cannot be used. */
  public void check() {
    filter(new FlowNode("", "", ""));
  }

  /** What matches one of the choices; all if there is none. */
  static sh.retina.flow.FlowFilter filter(List<FlowChoice> choices, FlowNode node) {
    sh.retina.flow.FlowFilter[] all =
        choices.stream()
            .map(choice -> choice.filter(node))
            .toArray(sh.retina.flow.FlowFilter[]::new);
    return switch (all.length) {
      case 0 -> sh.retina.flow.FlowFilter.all();
      case 1 -> all[0];
      default ->
          o -> {
            for (sh.retina.flow.FlowFilter one : all) {
              if (one.matches(o)) {
                return true;
              }
            }
            return false;
          };
    };
  }

  private sh.retina.flow.FlowFilter filter(FlowNode node) {
    sh.retina.flow.FlowFilter matches = FlowFilters.compileAll(include, exclude, node);
    return firstOnly ? o -> isFirst(o) && matches.matches(o) : matches;
  }

  /** Where each packet is told of, only TCP says which is the first. */
  private static boolean isFirst(Observation o) {
    boolean opens = TcpFlag.SYN.isIn(o.tcpFlags) && !TcpFlag.ACK.isIn(o.tcpFlags);
    return o.reply != Observation.Reply.YES
        && (o.reason == ReportReason.NEW
            || o.reason == ReportReason.PACKET && o.protocol == Protocol.TCP && opens);
  }
}
