package sh.retina.flow;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.proto.FlowFilter;

/**
 * What {@code GET /flows} is asked: the filters of {@code hubble observe} by the names of its
 * flags, and which part of time. docs/flows.md lists the parameters. Immutable.
 *
 * @param whitelist one of these must match; empty: everything does
 * @param blacklist none of these may match
 * @param since from here on, else null
 * @param until up to and with this moment, else null
 * @param last the newest so many first, 0 = not asked
 * @param first at most so many from the start, 0 = not asked
 * @param follow whether to go on with what comes
 */
public record FlowQuery(
    List<FlowFilter> whitelist,
    List<FlowFilter> blacklist,
    @Nullable Instant since,
    @Nullable Instant until,
    int last,
    int first,
    boolean follow) {
  /** What a query gets that neither follows nor says how many, as from {@code hubble observe}. */
  public static final int DEFAULT_LAST = 20;

  static final int MAX_COUNT = 100_000;

  public FlowQuery {
    whitelist = List.copyOf(whitelist);
    blacklist = List.copyOf(blacklist);
  }

  /**
   * Reads query parameters. Throws {@link FlowFilterException} that names each unknown parameter
   * and each bad value.
   *
   * @param now what durations count back from
   */
  public static FlowQuery parse(Map<String, List<String>> parameters, FlowNode node, Instant now) {
    List<FlowFault> faults = new ArrayList<>();
    FlowQuerySide allow = new FlowQuerySide("", node, faults);
    FlowQuerySide deny = new FlowQuerySide(FlowQueryParameters.NOT, node, faults);
    FlowQueryRange range = new FlowQueryRange(now, faults);
    parameters.forEach((name, values) -> {
      for (String value : values) {
        read(name, value == null ? "" : value, allow, deny, range, faults);
      }
    });
    List<FlowFilter> whitelist = allow.filters();
    List<FlowFilter> blacklist = deny.filters();
    range.check();
    if (!faults.isEmpty()) {
      throw new FlowFilterException(faults);
    }
    return range.query(whitelist, blacklist);
  }

  private static void read(
      String name,
      String value,
      FlowQuerySide allow,
      FlowQuerySide deny,
      FlowQueryRange range,
      List<FlowFault> faults) {
    if (name.equals(FlowQueryParameters.ALLOW_LIST)) {
      allow.readJson(name, value);
      return;
    }
    if (name.equals(FlowQueryParameters.DENY_LIST)) {
      deny.readJson(name, value);
      return;
    }
    boolean negated = name.startsWith(FlowQueryParameters.NOT);
    String plain = negated ? name.substring(FlowQueryParameters.NOT.length()) : name;
    if (!negated && range.read(name, value)) {
      return;
    }
    if (!(negated ? deny : allow).read(plain, value)) {
      faults.add(new FlowFault(name, "unknown parameter; known: " + FlowQueryParameters.known()));
    }
  }
}
