package sh.retina.flow;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.proto.FlowFilter;

/** The parameters of a query that choose a part of time: since, until, last, first, follow. */
final class FlowQueryRange {
  static final List<String> NAMES = List.of("since", "until", "last", "first", "follow");

  private static final Pattern UNIX = Pattern.compile("[0-9]{1,12}");
  private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
  private static final Pattern COUNT = Pattern.compile("[0-9]{1,7}");
  // One part at a time: java.util.regex needs stack for each repetition of a group.
  private static final Pattern DURATION_PART =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ns|us|ms|d|h|m|s)");
  // The last second of the year 9999, which is also the last that protobuf's Timestamp can say.
  private static final long MAX_UNIX = 253_402_300_799L;

  private final Instant now;
  private final List<FlowFault> faults;

  private @Nullable Instant since;
  private @Nullable Instant until;
  private int last;
  private int first;
  private @Nullable Boolean follow;

  FlowQueryRange(Instant now, List<FlowFault> faults) {
    this.now = now;
    this.faults = faults;
  }

  /** Whether the parameter is one of these; a bad value is a fault. */
  boolean read(String name, String value) {
    try {
      switch (name) {
        case "since" -> since = once(name, since, moment(value));
        case "until" -> until = once(name, until, moment(value));
        case "last" -> last = once(name, last == 0 ? null : last, count(value));
        case "first" -> first = once(name, first == 0 ? null : first, count(value));
        case "follow" -> follow = once(name, follow, FlowQueryParameters.flag(value));
        default -> {
          return false;
        }
      }
    } catch (IllegalArgumentException e) {
      faults.add(new FlowFault(name, String.valueOf(e.getMessage())));
    }
    return true;
  }

  void check() {
    if (first > 0 && last > 0) {
      faults.add(new FlowFault("first", "cannot be combined with last"));
    }
    if (first > 0 && Boolean.TRUE.equals(follow)) {
      faults.add(new FlowFault("first", "cannot be combined with follow"));
    }
    if (since != null && last > 0) {
      faults.add(
          new FlowFault("last", "cannot be combined with since; first=N gives the N after it"));
    }
    if (since != null && until != null && since.isAfter(until)) {
      faults.add(new FlowFault("since", since + " is after until " + until));
    }
  }

  FlowQuery query(List<FlowFilter> whitelist, List<FlowFilter> blacklist) {
    // A stream is watched, unless it is asked for something that is over.
    boolean goesOn = follow == null ? until == null && last == 0 && first == 0 : follow;
    boolean bounded = since != null || until != null || first > 0;
    int newest = last == 0 && !goesOn && !bounded ? FlowQuery.DEFAULT_LAST : last;
    return new FlowQuery(whitelist, blacklist, since, until, newest, first, goesOn);
  }

  private static <T> T once(String name, @Nullable T before, T value) {
    if (before != null) {
      throw new IllegalArgumentException("given twice: " + name);
    }
    return value;
  }

  private static int count(String text) {
    int count = COUNT.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (count < 1 || count > FlowQuery.MAX_COUNT) {
      throw new IllegalArgumentException(
          "not a number from 1 to " + FlowQuery.MAX_COUNT + ": '" + text + "'");
    }
    return count;
  }

  private Instant moment(String text) {
    try {
      if (UNIX.matcher(text).matches() && Long.parseLong(text) <= MAX_UNIX) {
        return Instant.ofEpochSecond(Long.parseLong(text));
      }
      if (DATE.matcher(text).matches()) {
        return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      if (isDuration(text)) {
        return now.minus(duration(text));
      }
      // A query string's plus is a space: 2026-01-01T00:00:00+01:00 is often sent unescaped.
      Instant moment = OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
      if (moment.getEpochSecond() >= 0 && moment.getEpochSecond() <= MAX_UNIX) {
        return moment;
      }
    } catch (DateTimeException | ArithmeticException e) {
      throw notAMoment(text, e);
    }
    throw notAMoment(text, null);
  }

  private static IllegalArgumentException notAMoment(String text, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "not a duration (5m, 1h30m), RFC 3339 time, date or unix time in seconds: '" + text + "'",
        cause);
  }

  private static boolean isDuration(String text) {
    Matcher part = DURATION_PART.matcher(text);
    int at = 0;
    while (at < text.length() && part.region(at, text.length()).lookingAt()) {
      at = part.end();
    }
    return at > 0 && at == text.length();
  }

  private static Duration duration(String text) {
    Duration sum = Duration.ZERO;
    Matcher parts = DURATION_PART.matcher(text);
    while (parts.find()) {
      long unitNs =
          switch (parts.group(2)) {
            case "ns" -> 1;
            case "us" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 86_400_000_000_000L;
          };
      // A double is exact enough for a time to look back, and cannot overflow before the check.
      double ns = Double.parseDouble(parts.group(1)) * unitNs;
      if (ns > Long.MAX_VALUE) {
        throw new ArithmeticException("too long ago");
      }
      sum = sum.plusNanos((long) ns);
    }
    return sum;
  }
}
