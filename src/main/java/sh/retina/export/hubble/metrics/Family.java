package sh.retina.export.hubble.metrics;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A metric and its series, in Prometheus' text format. Thread-safe. */
sealed interface Family permits Counter, Histogram {
  /** Series that it has; a histogram has several for one set of labels. */
  int size();

  /** Nothing without a series. */
  void write(StringBuilder text);

  static void writeHead(String name, String type, String help, StringBuilder text) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  /**
   * Labels in the order of their names, and the blank behind them.
   *
   * @param bound of a bucket, which stands last; empty: this is none
   */
  static void writeLabels(
      List<String> labels, List<String> values, String bound, StringBuilder text) {
    Map<String, String> pairs = new TreeMap<>();
    for (int i = 0; i < labels.size(); i++) {
      pairs.put(labels.get(i), values.get(i));
    }
    String before = "{";
    for (Map.Entry<String, String> pair : pairs.entrySet()) {
      text.append(before).append(pair.getKey()).append("=\"");
      escape(pair.getValue(), text);
      text.append('"');
      before = ",";
    }
    if (!bound.isEmpty()) {
      text.append(before).append("le=\"").append(bound).append('"');
      before = ",";
    }
    text.append(before.equals("{") ? " " : "} ");
  }

  private static void escape(String value, StringBuilder text) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '"' -> text.append("\\\"");
        case '\n' -> text.append("\\n");
        default -> text.append(c);
      }
    }
  }
}
