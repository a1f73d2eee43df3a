package sh.retina.export.prometheus;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A label of a pod-level series, and where its value is. */
record SeriesLabel(String name, int index) {
  /** Sorted by name, as everywhere else in a scrape. */
  static SeriesLabel[] sorted(List<String> names) {
    return IntStream.range(0, names.size())
        .boxed()
        .sorted(Comparator.comparing(names::get))
        .map(i -> new SeriesLabel(names.get(i), i))
        .toArray(SeriesLabel[]::new);
  }
}
