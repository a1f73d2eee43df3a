package sh.retina.export.access;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * So many at once, and so many a second from then on, for each key of a bounded number: the one
 * that was quiet for longest is forgotten, and full again. Thread-safe.
 */
final class Buckets {
  private static final double NANOS = 1e9;

  private final double size;
  private final double perSecond;
  private final int maxKeys;
  private final LongSupplier nanoClock;
  private final LinkedHashMap<String, Level> levels = new LinkedHashMap<>(16, 0.75f, true);

  private record Level(double left, long atNs) {}

  Buckets(int size, double perSecond, int maxKeys, LongSupplier nanoClock) {
    this.size = size;
    this.perSecond = perSecond;
    this.maxKeys = maxKeys;
    this.nanoClock = nanoClock;
  }

  /** Takes one, if there is one. */
  synchronized boolean take(String key) {
    long now = nanoClock.getAsLong();
    Level level = levels.getOrDefault(key, new Level(size, now));
    double left = Math.min(size, level.left() + (now - level.atNs()) / NANOS * perSecond);
    levels.put(key, new Level(left >= 1 ? left - 1 : left, now));
    if (levels.size() > maxKeys) {
      Map.Entry<String, Level> eldest = levels.firstEntry();
      levels.remove(eldest.getKey());
    }
    return left >= 1;
  }
}
