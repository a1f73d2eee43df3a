package sh.retina.job;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.CaptureSpec;

/**
 * The one expression of libpcap that all conditions of a capture make: each group of alternatives
 * is in brackets, and all groups must hold. libpcap has the last word on what the user wrote.
 */
final class PacketFilter {
  private static final Pattern WITH_PORT =
      Pattern.compile("(?:\\[(?<six>[^]]+)]|(?<four>[^:\\[\\]]+))(?::(?<port>[^:]+))?");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final int LAST_PORT = 65_535;
  private static final String ANY = "*";

  private PacketFilter() {}

  /**
   * The expression; empty: every packet.
   *
   * @param addresses of pods that are meant
   * @throws CaptureRefused when an address or a port is none
   */
  static String of(CaptureSpec.Configuration configuration, List<String> addresses)
      throws CaptureRefused {
    List<String> groups = new ArrayList<>();
    add(groups, alternatives("host ", addresses));
    CaptureSpec.Option option = configuration.captureOption();
    add(groups, given(configuration.tcpdumpFilter()));
    if (option != null) {
      add(groups, given(option.pcapFilter()));
      add(groups, alternatives("src host ", checked(option.sourceIPs())));
      add(groups, alternatives("dst host ", checked(option.destinationIPs())));
    }
    CaptureSpec.Filters filters = configuration.filters();
    if (filters != null) {
      add(groups, entries(filters.include()));
      String excluded = entries(filters.exclude());
      if (!excluded.isEmpty()) {
        groups.add("not (" + excluded + ")");
      }
    }
    return String.join(" and ", groups);
  }

  private static void add(List<String> groups, String group) {
    if (!group.isEmpty()) {
      groups.add("(" + group + ")");
    }
  }

  private static String given(@Nullable String text) {
    return text == null ? "" : text.strip();
  }

  private static String alternatives(String word, List<String> addresses) {
    return addresses.stream().map(word::concat).collect(Collectors.joining(" or "));
  }

  private static List<String> checked(@Nullable List<String> addresses) throws CaptureRefused {
    if (addresses == null) {
      return List.of();
    }
    for (String address : addresses) {
      if (!isAddress(address)) {
        throw CaptureRefused.other("'" + address + "' is no IP address: write 10.0.0.1 or fd00::1");
      }
    }
    return addresses;
  }

  private static String entries(@Nullable List<String> entries) throws CaptureRefused {
    if (entries == null) {
      return "";
    }
    List<String> parts = new ArrayList<>();
    for (String entry : entries) {
      parts.add("(" + entry(entry.strip()) + ")");
    }
    return String.join(" or ", parts);
  }

  /** {@code 10.0.0.1}, {@code 80}, {@code 10.0.0.1:80}, {@code *:80}, {@code [fd00::1]:80}. */
  private static String entry(String entry) throws CaptureRefused {
    if (PORT.matcher(entry).matches()) {
      return port(entry, entry);
    }
    if (isAddress(entry)) {
      return "host " + entry;
    }
    Matcher parts = WITH_PORT.matcher(entry);
    if (!parts.matches()) {
      throw wrong(entry);
    }
    String host = parts.group("six") == null ? parts.group("four") : parts.group("six");
    String port = parts.group("port");
    boolean anyPort = port == null || port.equals(ANY);
    if (host.equals(ANY)) {
      if (port == null || anyPort) {
        throw wrong(entry); // would mean everything
      }
      return port(port, entry);
    }
    if (!isAddress(host)) {
      throw wrong(entry);
    }
    return port == null || anyPort ? "host " + host : "host " + host + " and " + port(port, entry);
  }

  private static String port(String port, String entry) throws CaptureRefused {
    if (!PORT.matcher(port).matches() || Integer.parseInt(port) > LAST_PORT) {
      throw wrong(entry);
    }
    return "port " + port;
  }

  private static CaptureRefused wrong(String entry) {
    return CaptureRefused.other(
        "filter '"
            + entry
            + "' is neither an address, a port nor both: write 10.0.0.1, 80, 10.0.0.1:80, *:80 or"
            + " [fd00::1]:80");
  }

  private static boolean isAddress(String text) {
    try {
      InetAddress.ofLiteral(text);
      return !text.contains("%")
          && !text.startsWith("[")
          && (text.contains(":") || text.split("[.]", -1).length == 4);
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
