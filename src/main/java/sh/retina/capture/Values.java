package sh.retina.capture;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was given: {@code --key=value} and, where a key is not given, the variable of the
 * environment. Reads it by kind, and collects faults: who reads goes on with something harmless.
 * Not thread-safe.
 */
final class Values {
  private static final Pattern DURATION_PART =
      Pattern.compile("([0-9]{1,18}(?:[.][0-9]{1,18})?)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Double> UNIT_NS =
      Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);

  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> faults = new ArrayList<>();

  /** {@code keys}: all that there are, each with its variable. */
  Values(Map<String, String> keys, List<String> arguments, Map<String, String> environment) {
    keys.forEach((key, variable) -> {
      String value = environment.getOrDefault(variable, "").strip();
      if (!value.isEmpty()) {
        values.put(key, value);
      }
    });
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String key = argument.substring(0, equals < 0 ? argument.length() : equals);
      if (!key.startsWith("--") || !keys.containsKey(key.substring(2))) {
        String all = String.join(", --", keys.keySet());
        faults.add("no such option: '" + argument + "'; there are --" + all);
      } else {
        // A switch needs no value.
        values.put(key.substring(2), equals < 0 ? "true" : argument.substring(equals + 1));
      }
    }
  }

  void fault(String text) {
    faults.add(text);
  }

  List<String> faults() {
    return List.copyOf(faults);
  }

  boolean has(String key) {
    return !text(key, "").isEmpty();
  }

  String text(String key, String otherwise) {
    return values.getOrDefault(key, otherwise);
  }

  int number(String key, int otherwise, int least, int most) {
    String value = text(key, "");
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // said below
    }
    fault("--" + key + ": '" + value + "' is no number from " + least + " to " + most);
    return otherwise;
  }

  @Nullable Duration duration(String key) {
    String value = text(key, "");
    if (value.isEmpty()) {
      return null;
    }
    Matcher part = DURATION_PART.matcher(value);
    double ns = 0;
    int end = 0;
    while (part.find() && part.start() == end) {
      ns += Double.parseDouble(part.group(1)) * UNIT_NS.getOrDefault(part.group(2), 0.0);
      end = part.end();
    }
    if (end != value.length() || ns < 1 || ns > Long.MAX_VALUE) {
      fault("--" + key + ": '" + value + "' is no time such as 30s, 10m or 1h30m");
      return null;
    }
    return Duration.ofNanos((long) ns);
  }

  boolean isOn(String key) {
    String value = text(key, "false");
    if (!value.equals("true") && !value.equals("false")) {
      fault("--" + key + ": '" + value + "' is neither true nor false");
    }
    return value.equals("true");
  }

  @Nullable Path path(String key) {
    String value = text(key, "");
    try {
      return value.isEmpty() ? null : Path.of(value);
    } catch (InvalidPathException e) {
      fault("--" + key + ": '" + value + "' is no path: " + e.getReason());
      return null;
    }
  }

  Path directory(String key, String otherwise) {
    Path directory = path(key);
    if (directory == null) {
      return Path.of(otherwise);
    }
    if (!directory.isAbsolute()) {
      fault("--" + key + ": '" + directory + "' is not absolute");
    }
    return directory;
  }

  /** Of HTTP; null where there is none. */
  @Nullable URI address(String key) {
    String value = text(key, "");
    if (value.isEmpty()) {
      return null;
    }
    try {
      URI address = URI.create(value);
      String scheme = String.valueOf(address.getScheme());
      if (address.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return address;
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    fault("--" + key + ": '" + value + "' is no address such as https://store.example:9000");
    return null;
  }
}
