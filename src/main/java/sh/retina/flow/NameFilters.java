package sh.retina.flow;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import sh.retina.event.DnsView;
import sh.retina.event.Observation;

/** The fields of a filter that ask about DNS names: of a side's address, or in a message. */
final class NameFilters {
  private static final int MAX_PATTERN = 512;

  /** Far more than a sane pattern needs for the longest name. */
  private static final int MAX_STEPS = 100_000;

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
    return texts.stream().map(text -> expression(text, faults)).toList();
  }

  private static Pattern expression(String text, List<FlowFault> faults) {
    try {
      if (text.length() <= MAX_PATTERN) {
        return Pattern.compile(text);
      }
      faults.add(new FlowFault("dns_query", "longer than " + MAX_PATTERN + " characters"));
    } catch (PatternSyntaxException e) {
      faults.add(new FlowFault("dns_query", "not a regular expression: " + e.getMessage()));
    }
    return Pattern.compile("");
  }

  private static boolean isAsked(List<Pattern> patterns, Observation o) {
    DnsView message = o.dns;
    if (message == null) {
      return false;
    }
    CharSequence query = new Bounded(DnsFlow.query(message));
    try {
      return patterns.stream().anyMatch(pattern -> pattern.matcher(query).find());
    } catch (TooManyStepsException | StackOverflowError _) {
      return false;
    }
  }

  /** A pattern goes back and forth in the text for too long. */
  private static final class TooManyStepsException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** A text that can be looked at only so often: expressions come from clients, names from pods. */
  private static final class Bounded implements CharSequence {
    private final String text;
    private int steps;

    Bounded(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (++steps > MAX_STEPS) {
        throw new TooManyStepsException();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
