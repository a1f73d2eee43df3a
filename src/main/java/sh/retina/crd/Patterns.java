package sh.retina.crd;

/** Regular expressions (RE2) that more than one rule uses. */
final class Patterns {
  /** A duration as Go prints it. */
  static final String DURATION = "^([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+$";

  /** What Go's {@code time.ParseDuration} takes for a time that is not negative. */
  static final String PARSED_DURATION =
      "^[+]?(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$";

  private Patterns() {}
}
