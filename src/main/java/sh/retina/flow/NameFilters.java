package sh.retina.flow;

import com.google.re2j.Pattern;
import java.util.List;
import java.util.Locale;
import sh.retina.event.DnsView;
import sh.retina.event.Observation;

/** The fields of a filter that ask about DNS names: of a side's address, or in a message. */
final class NameFilters {
  private NameFilters() {}

  static void compile(
      sh.retina.flow.proto.FlowFilter filter, List<FlowFilter> into, List<FlowFault> faults) {
    if (filter.getSourceFqdnCount() > 0) {
      List<String> patterns = names("source_fqdn", filter.getSourceFqdnList(), faults);
      into.add(o -> isAny(patterns, o.sourceNames));
    }
    if (filter.getDestinationFqdnCount() > 0) {
      List<String> patterns = names("destination_fqdn", filter.getDestinationFqdnList(), faults);
      into.add(o -> isAny(patterns, o.destinationNames));
    }
    if (filter.getDnsQueryCount() > 0) {
      List<Pattern> patterns = expressions(filter.getDnsQueryList(), faults);
      into.add(o -> isAsked(patterns, o));
    }
  }

  private static List<String> names(String field, List<String> texts, List<FlowFault> faults) {
    return texts.stream().map(text -> name(field, text, faults)).toList();
  }

  private static String name(String field, String text, List<FlowFault> faults) {
    String pattern = text.strip().toLowerCase(Locale.ROOT);
    pattern = pattern.endsWith(".") ? pattern.substring(0, pattern.length() - 1) : pattern;
    if (pattern.isEmpty()
        || pattern.endsWith(".")
        || !pattern.chars().allMatch(NameFilters::isPatternCharacter)) {
      faults.add(
          new FlowFault(
              field, "not a DNS name (letters, digits, '-', '_', '.', with *): '" + text + "'"));
    }
    return pattern;
  }

  private static boolean isPatternCharacter(int c) {
    return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "-_.*".indexOf(c) >= 0;
  }

  private static boolean isAny(List<String> patterns, List<String> names) {
    for (String name : names) {
      for (String pattern : patterns) {
        if (Glob.matches(pattern, name)) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<Pattern> expressions(List<String> texts, List<FlowFault> faults) {
    return texts.stream()
        .flatMap(text -> Expressions.compile("dns_query", text, faults).stream())
        .toList();
  }

  private static boolean isAsked(List<Pattern> patterns, Observation o) {
    DnsView message = o.dns;
    if (message == null) {
      return false;
    }
    String query = DnsFlow.query(message);
    return patterns.stream().anyMatch(pattern -> pattern.matcher(query).find());
  }
}
