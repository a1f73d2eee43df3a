package sh.retina.bpf;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The kernel verifier's log (kernel/bpf/verifier.c, verbose()), and libbpf's words around it, made
 * short: the line that tells why, what it was about, and how many lines are left out.
 */
final class VerifierLog {
  private static final Pattern STATISTICS =
      Pattern.compile(
          "processed \\d+ insns.*|verification time \\d+ usec|stack depth [\\d+]+|-- (BEGIN|END) PROG LOAD LOG --");
  private static final Pattern INSTRUCTION = Pattern.compile("\\d+: \\(([0-9a-f]{2})\\) .*");
  private static final Pattern STATE = Pattern.compile("(\\d+: )?(R\\d+|fp-\\d+)(_\\w+)?=.*");
  private static final Pattern FAILED_PROGRAM =
      Pattern.compile(
          "prog '([^']+)': (BPF program load failed|failed to (load|prepare|find kernel BTF)|.*relo).*");

  private final List<String> lines;

  private VerifierLog(List<String> lines) {
    this.lines = lines;
  }

  static VerifierLog of(String log) {
    return new VerifierLog(
        log.lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !STATISTICS.matcher(line).matches())
            .toList());
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  /**
   * The telling line first, then the source line or instruction that it is about, then how much is
   * not shown: {@code R1 invalid mem access 'scalar' at "return *p;" (41 lines omitted)}.
   */
  String summary() {
    if (lines.isEmpty()) {
      return "";
    }
    int last = lines.size() - 1;
    while (last > 0 && isNoise(lines.get(last))) {
      last--;
    }
    String at = "";
    for (int i = last - 1; i >= 0 && at.isEmpty(); i--) {
      String line = lines.get(i);
      if (line.startsWith("; ")) {
        at = " at \"" + line.substring(2) + "\"";
      }
    }
    int omitted = lines.size() - 1;
    return lines.get(last)
        + at
        + (omitted == 0 ? "" : " (" + omitted + (omitted == 1 ? " line" : " lines") + " omitted)");
  }

  /** The name of the program that libbpf says could not be loaded; empty where it says nothing. */
  static String failedProgram(List<String> libbpfLines) {
    for (String line : libbpfLines) {
      Matcher failed = FAILED_PROGRAM.matcher(line);
      if (failed.matches()) {
        return failed.group(1);
      }
    }
    return "";
  }

  private static boolean isNoise(String line) {
    return INSTRUCTION.matcher(line).matches()
        || STATE.matcher(line).matches()
        || line.startsWith("; ");
  }
}
