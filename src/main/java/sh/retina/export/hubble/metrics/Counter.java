package sh.retina.export.hubble.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A counter and its series. Thread-safe. */
final class Counter implements Family {
  private final String name;
  private final String help;
  private final List<String> labels;
  private final Room room;
  private final Map<List<String>, AtomicLong> series = new ConcurrentHashMap<>();

  /**
   * @param room of all families together; what has none there is not counted
   */
  Counter(String name, String help, List<String> labels, Room room) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.room = room;
  }

  void add(List<String> values, long count) {
    AtomicLong known = series.get(values);
    if (known == null) {
      if (!room.takeFor(1, count)) {
        return;
      }
      known = series.computeIfAbsent(values, _ -> new AtomicLong());
    }
    known.addAndGet(count);
  }

  @Override
  public int size() {
    return series.size();
  }

  @Override
  public void write(StringBuilder text) {
    if (series.isEmpty()) {
      return;
    }
    Family.writeHead(name, "counter", help, text);
    series.forEach((values, count) -> {
      text.append(name);
      Family.writeLabels(labels, values, "", text);
      text.append(count.get()).append('\n');
    });
  }
}
