package sh.retina.plugin.linuxutil;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the counters' files of /proc/net. What is cut short, unknown or no number is left out; the
 * rest is there. Values are unsigned 64-bit numbers, as doubles.
 */
public final class ProcNet {
  private static final int LONGEST_NUMBER = 20;
  private static final int DROPPED = 1;
  private static final int SQUEEZED = 2;

  /**
   * Of all CPUs together.
   *
   * @param dropped as the input queue was full
   * @param squeezed times that the budget was used up
   */
  public record Softnet(double dropped, double squeezed) {}

  private ProcNet() {}

  /**
   * {@code netstat} and {@code snmp} (net/ipv4/proc.c): two lines for each section, {@code Section:
   * name name} and {@code Section: value value}.
   */
  public static Map<String, Map<String, Double>> sections(byte[] file) {
    Map<String, Map<String, Double>> sections = new LinkedHashMap<>();
    List<String> lines = lines(file);
    for (int i = 0; i + 1 < lines.size(); i++) {
      String[] names = lines.get(i).split(" +", -1);
      String[] values = lines.get(i + 1).split(" +", -1);
      if (!names[0].endsWith(":") || !names[0].equals(values[0])) {
        continue;
      }
      Map<String, Double> section =
          sections.computeIfAbsent(
              names[0].substring(0, names[0].length() - 1), _ -> new LinkedHashMap<>());
      for (int column = 1; column < Math.min(names.length, values.length); column++) {
        put(section, names[column], number(values[column], 10));
      }
      i++; // the line of values
    }
    return sections;
  }

  /** {@code snmp6} (net/ipv6/proc.c): a name and a value in each line. */
  public static Map<String, Double> pairs(byte[] file) {
    Map<String, Double> pairs = new LinkedHashMap<>();
    for (String line : lines(file)) {
      String[] words = line.split("[ \\t]+", -1);
      if (words.length >= 2) {
        put(pairs, words[0], number(words[1], 10));
      }
    }
    return pairs;
  }

  /**
   * {@code sockstat} and {@code sockstat6}: {@code TCP: inuse 5 orphan 0} as {@code TCP_inuse} and
   * {@code TCP_orphan}.
   */
  public static Map<String, Double> sockets(byte[] file) {
    Map<String, Double> sockets = new LinkedHashMap<>();
    for (String line : lines(file)) {
      String[] words = line.split(" +", -1);
      if (!words[0].endsWith(":")) {
        continue;
      }
      String protocol = words[0].substring(0, words[0].length() - 1);
      for (int i = 1; i + 1 < words.length; i += 2) {
        put(sockets, protocol + "_" + words[i], number(words[i + 1], 10));
      }
    }
    return sockets;
  }

  /** {@code softnet_stat} (net/core/net-procfs.c): a line of hexadecimal columns for each CPU. */
  public static Softnet softnet(byte[] file) {
    double dropped = 0;
    double squeezed = 0;
    for (String line : lines(file)) {
      String[] columns = line.split(" +", -1);
      if (columns.length > SQUEEZED) {
        double drops = number(columns[DROPPED], 16);
        double squeezes = number(columns[SQUEEZED], 16);
        dropped += Double.isNaN(drops) ? 0 : drops;
        squeezed += Double.isNaN(squeezes) ? 0 : squeezes;
      }
    }
    return new Softnet(dropped, squeezed);
  }

  /** A file of one number; NaN when it is none. */
  public static double number(byte[] file) {
    return number(new String(file, StandardCharsets.ISO_8859_1).strip(), 10);
  }

  private static void put(Map<String, Double> to, String name, double value) {
    if (!name.isEmpty() && !Double.isNaN(value)) {
      to.put(name, value);
    }
  }

  private static double number(String digits, int radix) {
    if (digits.isEmpty() || digits.length() > LONGEST_NUMBER) {
      return Double.NaN;
    }
    for (int i = 0; i < digits.length(); i++) {
      if (digits.charAt(i) > 'f' || Character.digit(digits.charAt(i), radix) < 0) {
        return Double.NaN;
      }
    }
    try {
      long bits = Long.parseUnsignedLong(digits, radix);
      return bits >= 0 ? bits : (bits >>> 1) * 2.0 + (bits & 1);
    } catch (NumberFormatException e) {
      return Double.NaN; // of 20 digits and more than 64 bits
    }
  }

  private static List<String> lines(byte[] file) {
    return new String(file, StandardCharsets.ISO_8859_1).lines().toList();
  }
}
