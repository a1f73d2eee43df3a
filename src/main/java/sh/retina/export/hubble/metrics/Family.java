package sh.retina.export.hubble.metrics;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A counter and its series. Thread-safe. */
final class Family {
  private final String name;
  private final String help;
  private final List<String> labels;
  private final Room room;
  private final Map<List<String>, AtomicLong> series = new ConcurrentHashMap<>();

  /**
   * @param room of all families together; what has none there is not counted
   */
  Family(String name, String help, List<String> labels, Room room) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.room = room;
  }

  void add(List<String> values, long count) {
    AtomicLong known = series.get(values);
    if (known == null) {
      if (!room.takeFor(count)) {
        return;
      }
      known = series.computeIfAbsent(values, _ -> new AtomicLong());
    }
    known.addAndGet(count);
  }

  /** Series that it has. */
  int size() {
    return series.size();
  }

  /** In Prometheus' text format, labels by name; nothing without a series. */
  void write(StringBuilder text) {
    if (series.isEmpty()) {
      return;
    }
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(" counter\n");
    series.forEach((values, count) -> {
      Map<String, String> pairs = new TreeMap<>();
      for (int i = 0; i < labels.size(); i++) {
        pairs.put(labels.get(i), values.get(i));
      }
      text.append(name);
      String before = "{";
      for (Map.Entry<String, String> pair : pairs.entrySet()) {
        text.append(before).append(pair.getKey()).append("=\"");
        escape(pair.getValue(), text);
        text.append('"');
        before = ",";
      }
      text.append(pairs.isEmpty() ? " " : "} ").append(count.get()).append('\n');
    });
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
