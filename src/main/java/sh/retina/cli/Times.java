package sh.retina.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as a person types them. */
final class Times {
  private static final Pattern AGO = Pattern.compile("([0-9]{1,6})([smhd])");

  private Times() {}

  /** {@code text}: 10m (ago), or RFC 3339; {@code option}: who is to blame otherwise. */
  static Instant instant(String text, String option) {
    if (AGO.matcher(text).matches()) {
      return InstantSource.system().instant().minus(duration(text, option));
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw CliException.usage(
          option + " " + text + ": must be such as 10m, or 2026-01-31T12:00:00Z");
    }
  }

  /** {@code text}: 30s, 5m, 2h or 1d; {@code option}: who is to blame otherwise. */
  static Duration duration(String text, String option) {
    Matcher ago = AGO.matcher(text);
    if (!ago.matches()) {
      throw CliException.usage(option + " " + text + ": must be such as 30s, 5m, 2h or 1d");
    }
    long number = Long.parseLong(ago.group(1));
    return switch (ago.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
