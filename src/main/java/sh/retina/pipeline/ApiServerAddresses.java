package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.List;
import sh.retina.event.IpAddress;

/** Where the API server listens: addresses, each with its port. Immutable. */
public final class ApiServerAddresses {
  public static final ApiServerAddresses NONE = new ApiServerAddresses(List.of());

  /** Of the API server where none is said. */
  public static final int DEFAULT_PORT = 443;

  private static final int MAX_PORT = 65_535;

  private final long[] highs;
  private final long[] lows;
  private final int[] ports;

  /** One place. */
  public record Place(IpAddress address, int port) {}

  public ApiServerAddresses(List<Place> places) {
    highs = places.stream().mapToLong(place -> place.address().high()).toArray();
    lows = places.stream().mapToLong(place -> place.address().low()).toArray();
    ports = places.stream().mapToInt(Place::port).toArray();
  }

  /**
   * Reads {@code 192.0.2.1:6443}, {@code [2001:db8::1]:6443}, or an address alone for port 443.
   *
   * @throws IllegalArgumentException that names what is neither
   */
  public static ApiServerAddresses parse(List<String> words) {
    List<Place> places = new ArrayList<>();
    for (String word : words) {
      int end = word.lastIndexOf(':');
      boolean hasPort = end > 0 && (word.indexOf(':') == end || word.charAt(end - 1) == ']');
      String address = hasPort ? word.substring(0, end) : word;
      places.add(
          new Place(
              IpAddress.parse(
                  address.startsWith("[") && address.endsWith("]")
                      ? address.substring(1, address.length() - 1)
                      : address),
              hasPort ? port(word, word.substring(end + 1)) : DEFAULT_PORT));
    }
    return new ApiServerAddresses(places);
  }

  private static int port(String word, String digits) {
    try {
      int port = Integer.parseInt(digits);
      if (port > 0 && port <= MAX_PORT) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new IllegalArgumentException("no port in '" + word + "'");
  }

  boolean contains(long high, long low, int port) {
    for (int i = 0; i < ports.length; i++) {
      if (ports[i] == port && lows[i] == low && highs[i] == high) {
        return true;
      }
    }
    return false;
  }
}
