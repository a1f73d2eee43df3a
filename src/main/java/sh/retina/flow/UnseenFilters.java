package sh.retina.flow;

import java.util.List;

/**
 * The fields of a filter that ask about what no flow of ours has: translated addresses, ids of
 * traces in IP options, encryption. They are checked and match nothing, as in the original where
 * there is nothing of the kind.
 */
final class UnseenFilters {
  private final List<FlowFilter> into;
  private final List<FlowFault> faults;

  private UnseenFilters(List<FlowFilter> into, List<FlowFault> faults) {
    this.into = into;
    this.faults = faults;
  }

  static void compile(
      sh.retina.flow.proto.FlowFilter filter, List<FlowFilter> into, List<FlowFault> faults) {
    new UnseenFilters(into, faults).add(filter);
  }

  private void add(sh.retina.flow.proto.FlowFilter filter) {
    filter.getSourceIpXlatedList().forEach(this::requireAddress);
    if (filter.getSourceIpXlatedCount() + filter.getIpTraceIdCount() > 0) {
      into.add(o -> false);
    }
    if (filter.getEncryptedCount() > 0) {
      boolean wantsPlain = filter.getEncryptedList().contains(false);
      into.add(o -> wantsPlain);
    }
  }

  private void requireAddress(String text) {
    try {
      AddressFilter.parse(text);
    } catch (IllegalArgumentException e) {
      faults.add(new FlowFault("source_ip_xlated", String.valueOf(e.getMessage())));
    }
  }
}
