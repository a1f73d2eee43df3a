package sh.retina.kubernetes;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A metric that an accepted MetricsConfiguration asks for, with its words as they stand there: the
 * API server has checked most, an old object may have others. Immutable.
 *
 * @param metric such as {@code forward_count}
 * @param sourceLabels words such as {@code podname}, in any case
 * @param destinationLabels of the same words
 * @param additionalLabels {@code is_reply}, {@code podlabel/KEY}
 * @param ttl a series without news for so long goes; zero: never
 * @param maxSeries bound on its series; 0: the agent's own
 */
public record MetricWish(
    String metric,
    List<String> sourceLabels,
    List<String> destinationLabels,
    List<String> additionalLabels,
    Duration ttl,
    int maxSeries) {
  private static final Pattern PART =
      Pattern.compile(
          "(\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)"); // Go has both signs for micro

  /** Nothing is kept for longer; it keeps the sum of any words in range. */
  private static final double LONGEST_S = 1e9;

  public MetricWish {
    sourceLabels = List.copyOf(sourceLabels);
    destinationLabels = List.copyOf(destinationLabels);
    additionalLabels = List.copyOf(additionalLabels);
  }

  /** What Go's {@code time.ParseDuration} makes of it; zero of what is none. */
  static Duration duration(String text) {
    String rest = text.startsWith("+") ? text.substring(1) : text;
    Matcher part = PART.matcher(rest);
    double seconds = 0;
    int end = 0;
    while (part.find() && part.start() == end) {
      seconds += Double.parseDouble(part.group(1)) * secondsOf(part.group(2));
      end = part.end();
    }
    return end == rest.length()
        ? Duration.ofNanos(Math.round(Math.min(seconds, LONGEST_S) * 1e9))
        : Duration.ZERO;
  }

  private static double secondsOf(String unit) {
    return switch (unit) {
      case "h" -> 3_600;
      case "m" -> 60;
      case "s" -> 1;
      case "ms" -> 1e-3;
      case "ns" -> 1e-9;
      default -> 1e-6;
    };
  }
}
