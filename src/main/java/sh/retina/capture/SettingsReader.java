package sh.retina.capture;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.PacketSource;
import sh.retina.capture.CaptureSettings.Format;

/**
 * Reads {@link CaptureSettings} from {@code --key=value} and, where a key is not given, from the
 * variable of the environment that a capture's Job sets. Finds all faults before it gives up.
 */
final class SettingsReader {
  /** Keys and their variables, those of Retina's own Jobs. */
  private static final Map<String, String> KEYS = new LinkedHashMap<>();

  static {
    KEYS.put("name", "CAPTURE_NAME");
    KEYS.put("node", "NODE_HOST_NAME");
    KEYS.put("duration", "CAPTURE_DURATION");
    KEYS.put("max-size", "CAPTURE_MAX_SIZE");
    KEYS.put("file-count", "CAPTURE_FILE_COUNT");
    KEYS.put("packet-size", "CAPTURE_PACKET_SIZE");
    KEYS.put("interfaces", "CAPTURE_INTERFACES");
    KEYS.put("network-namespace", "CAPTURE_NETWORK_NAMESPACE");
    KEYS.put("pcap-filter", "PCAP_FILTER");
    KEYS.put("format", "CAPTURE_FORMAT");
    KEYS.put("buffer-size", "CAPTURE_BUFFER_SIZE");
    KEYS.put("no-promiscuous", "CAPTURE_NO_PROMISCUOUS");
    KEYS.put("names", "CAPTURE_NAMES");
    KEYS.put("directory", "CAPTURE_DIRECTORY");
    KEYS.put("host-path", "HOSTPATH");
  }

  private static final int MEGABYTE = 1_000_000;
  private static final int MAX_BUFFER_MEGABYTES = 1_000;
  private static final Pattern DURATION_PART =
      Pattern.compile("([0-9]+(?:[.][0-9]+)?)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Double> UNIT_NS =
      Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);

  /** A file's name must be one on any node. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,251})");

  /** What the kernel takes for an interface's name, without what a filter would read otherwise. */
  private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@:-]{0,14}");

  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> faults = new ArrayList<>();

  private SettingsReader(List<String> arguments, Map<String, String> environment) {
    KEYS.forEach((key, variable) -> {
      String value = environment.getOrDefault(variable, "").strip();
      if (!value.isEmpty()) {
        values.put(key, value);
      }
    });
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String key = argument.substring(0, equals < 0 ? argument.length() : equals);
      if (!key.startsWith("--") || !KEYS.containsKey(key.substring(2))) {
        faults.add("no such option: '" + argument + "'; there are --" + options());
      } else {
        // A switch needs no value.
        values.put(key.substring(2), equals < 0 ? "true" : argument.substring(equals + 1));
      }
    }
  }

  private static String options() {
    return String.join(", --", KEYS.keySet());
  }

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException with all faults, a line each
   */
  static CaptureSettings read(List<String> arguments, Map<String, String> environment) {
    SettingsReader reader = new SettingsReader(arguments, environment);
    CaptureSettings settings = reader.settings();
    if (!reader.faults.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", reader.faults));
    }
    return settings;
  }

  private CaptureSettings settings() {
    Duration duration = duration(text("duration", ""));
    long maxBytes = number("max-size", 0, 0, Integer.MAX_VALUE) * (long) MEGABYTE;
    int fileCount = number("file-count", 0, 0, 100_000);
    if (duration == null && (maxBytes == 0 || fileCount > 0)) {
      faults.add("nothing would end the capture: set --duration, or --max-size for one file");
    }
    if (fileCount > 0 && maxBytes == 0) {
      faults.add("--file-count needs --max-size, the size of each file");
    }
    int packetSize = number("packet-size", 0, 0, PacketSource.MAX_SNAP_LENGTH);
    return new CaptureSettings(
        fileName("name", "retina-capture"),
        fileName("node", hostName()),
        duration,
        maxBytes,
        fileCount,
        packetSize == 0 ? PacketSource.MAX_SNAP_LENGTH : packetSize,
        interfaces(),
        path("network-namespace"),
        text("pcap-filter", ""),
        format(),
        number("buffer-size", 16, 1, MAX_BUFFER_MEGABYTES) * MEGABYTE,
        !isOn("no-promiscuous"),
        names(),
        directory(),
        text("host-path", ""));
  }

  private String text(String key, String otherwise) {
    return values.getOrDefault(key, otherwise);
  }

  private int number(String key, int otherwise, int least, int most) {
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
    faults.add("--" + key + ": '" + value + "' is no number from " + least + " to " + most);
    return otherwise;
  }

  private @Nullable Duration duration(String value) {
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
      faults.add("--duration: '" + value + "' is no time such as 30s, 10m or 1h30m");
      return null;
    }
    return Duration.ofNanos((long) ns);
  }

  private String fileName(String key, String otherwise) {
    String value = text(key, otherwise);
    if (!NAME.matcher(value).matches()) {
      faults.add("--" + key + ": '" + value + "' is no name: letters, digits, '-', '_' and '.'");
    }
    return value;
  }

  private List<String> interfaces() {
    List<String> interfaces =
        List.of(text("interfaces", "").split(",", -1)).stream()
            .map(String::strip)
            .filter(name -> !name.isEmpty() && !name.equals(PacketSource.ANY))
            .toList();
    for (String name : interfaces) {
      if (!INTERFACE.matcher(name).matches()) {
        faults.add("--interfaces: '" + name + "' is no name of an interface");
      }
    }
    return interfaces;
  }

  private Format format() {
    String value = text("format", Format.PCAPNG.suffix());
    for (Format format : Format.values()) {
      if (format.suffix().equals(value)) {
        return format;
      }
    }
    faults.add("--format: '" + value + "' is neither pcapng nor pcap");
    return Format.PCAPNG;
  }

  private boolean isOn(String key) {
    String value = text(key, "false");
    if (!value.equals("true") && !value.equals("false")) {
      faults.add("--" + key + ": '" + value + "' is neither true nor false");
    }
    return value.equals("true");
  }

  /** {@code 10.0.0.7=default/web,fd00::7=default/web}. */
  private Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    for (String entry : text("names", "").split(",", -1)) {
      if (entry.isBlank()) {
        continue;
      }
      String[] parts = entry.strip().split("=", 2);
      if (parts.length != 2 || parts[1].isEmpty() || !isAddress(parts[0])) {
        faults.add("--names: '" + entry.strip() + "' is not ADDRESS=NAME");
      } else {
        names.put(parts[0], parts[1]);
      }
    }
    return names;
  }

  private static boolean isAddress(String text) {
    try {
      InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private @Nullable Path path(String key) {
    String value = text(key, "");
    try {
      return value.isEmpty() ? null : Path.of(value);
    } catch (InvalidPathException e) {
      faults.add("--" + key + ": '" + value + "' is no path: " + e.getReason());
      return null;
    }
  }

  private Path directory() {
    Path directory = path("directory");
    if (directory == null) {
      return Path.of("/var/log/retina/captures");
    }
    if (!directory.isAbsolute()) {
      faults.add("--directory: '" + directory + "' is not absolute");
    }
    return directory;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
    } catch (UnknownHostException _) {
      return "node";
    }
  }
}
