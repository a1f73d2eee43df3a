package sh.retina.job;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as Go writes them. */
public final class Times {
  private static final Pattern PART = Pattern.compile("([0-9]+(?:[.][0-9]+)?)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Double> UNIT_NS =
      Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);

  private Times() {}

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when it is none, or nothing
   */
  public static Duration parse(String text) {
    Matcher part = PART.matcher(text);
    double ns = 0;
    int end = 0;
    while (part.find() && part.start() == end) {
      ns += Double.parseDouble(part.group(1)) * UNIT_NS.getOrDefault(part.group(2), 0.0);
      end = part.end();
    }
    if (text.isEmpty() || end != text.length() || ns < 1 || ns > Long.MAX_VALUE) {
      throw new IllegalArgumentException("'" + text + "' is no time such as 30s, 10m or 1h30m");
    }
    return Duration.ofNanos((long) ns);
  }
}
