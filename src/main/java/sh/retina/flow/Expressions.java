package sh.retina.flow;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Optional;

/**
 * Regular expressions of clients: RE2's syntax, as in the original, which matches in time that
 * grows with the text only. Thread-safe.
 */
final class Expressions {
  private static final int MAX_LENGTH = 512;

  /** Of the automaton, which repetitions of repetitions let grow. */
  private static final int MAX_PROGRAM = 10_000;

  private Expressions() {}

  /** Empty, and a fault more, if it is none. */
  static Optional<Pattern> compile(String field, String text, List<FlowFault> faults) {
    if (text.length() > MAX_LENGTH) {
      faults.add(new FlowFault(field, "longer than " + MAX_LENGTH + " characters"));
      return Optional.empty();
    }
    try {
      Pattern pattern = Pattern.compile(text);
      if (pattern.programSize() <= MAX_PROGRAM) {
        return Optional.of(pattern);
      }
      faults.add(new FlowFault(field, "too large a regular expression: use fewer repetitions"));
    } catch (PatternSyntaxException e) {
      faults.add(new FlowFault(field, "not a regular expression: " + e.getMessage()));
    }
    return Optional.empty();
  }
}
