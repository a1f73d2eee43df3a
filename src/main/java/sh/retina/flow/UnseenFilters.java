package sh.retina.flow;

import java.util.List;
import java.util.regex.Pattern;
import sh.retina.flow.proto.EventTypeFilter;

/**
 * The fields of a filter that ask about what no flow of ours has: HTTP, trace ids, translated
 * addresses. They are checked and match nothing, as in the original where there is nothing of the
 * kind.
 */
final class UnseenFilters {
  private static final Pattern STATUS_CODE = Pattern.compile("[1-5][0-9]{2}|[1-5][0-9]?\\+");
  private static final int L7 = 129;

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
    for (String code : filter.getHttpStatusCodeList()) {
      if (!STATUS_CODE.matcher(code).matches()) {
        faults.add(
            new FlowFault("http_status_code", "not a status code or its beginning: " + code));
      }
    }
    for (String method : filter.getHttpMethodList()) {
      if (method.isEmpty()) {
        faults.add(new FlowFault("http_method", "empty"));
      }
    }
    filter.getHttpPathList().forEach(text -> Expressions.compile("http_path", text, faults));
    filter.getHttpUrlList().forEach(text -> Expressions.compile("http_url", text, faults));
    int http =
        filter.getHttpStatusCodeCount()
            + filter.getHttpMethodCount()
            + filter.getHttpPathCount()
            + filter.getHttpUrlCount()
            + filter.getHttpHeaderCount();
    if (http > 0) {
      requireLayer7(filter.getEventTypeList());
    }
    filter.getSourceIpXlatedList().forEach(this::requireAddress);
    if (http
            + filter.getSourceIpXlatedCount()
            + filter.getTraceIdCount()
            + filter.getIpTraceIdCount()
        > 0) {
      into.add(o -> false);
    }
    if (filter.getEncryptedCount() > 0) {
      boolean wantsPlain = filter.getEncryptedList().contains(false);
      into.add(o -> wantsPlain);
    }
  }

  private void requireLayer7(List<EventTypeFilter> types) {
    if (!types.isEmpty() && types.stream().noneMatch(type -> type.getType() == L7)) {
      faults.add(
          new FlowFault(
              "http", "filtering by HTTP needs event type l7 where event types are given"));
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
