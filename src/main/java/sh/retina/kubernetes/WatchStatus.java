package sh.retina.kubernetes;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** How the watch of one kind of objects does. One writer; any thread reads. */
public final class WatchStatus {
  private final String resource;
  private final LongSupplier nanoClock;
  private final Map<ApiFailure.Cause, LongAdder> failures = new EnumMap<>(ApiFailure.Cause.class);
  private final LongAdder lists = new LongAdder();
  private volatile boolean isUp;
  private volatile boolean isSynced;
  private volatile boolean isAbsent;
  private volatile long heardNs;
  private volatile String fault = "";

  WatchStatus(String resource, LongSupplier nanoClock) {
    this.resource = resource;
    this.nanoClock = nanoClock;
    for (ApiFailure.Cause cause : ApiFailure.Cause.values()) {
      failures.put(cause, new LongAdder());
    }
    heardNs = nanoClock.getAsLong();
  }

  void heard() {
    heardNs = nanoClock.getAsLong();
  }

  void up() {
    isUp = true;
    isAbsent = false;
    fault = "";
    heard();
  }

  void listed() {
    isSynced = true;
    lists.increment();
    up();
  }

  void failed(ApiFailure failure) {
    isUp = false;
    fault = String.valueOf(failure.getMessage());
    LongAdder count = failures.get(failure.reason());
    if (count != null) {
      count.increment();
    }
  }

  /** The cluster does without this kind, which is no fault. */
  void absent() {
    isUp = false;
    isAbsent = true;
    fault = "";
  }

  /** As the API has it, plural. */
  public String resource() {
    return resource;
  }

  /** Whether changes are followed now. */
  public boolean isUp() {
    return isUp;
  }

  /** Whether all objects were known once. */
  public boolean isSynced() {
    return isSynced;
  }

  /** Whether nobody installed this kind. */
  public boolean isAbsent() {
    return isAbsent;
  }

  /** How old what is known may be, seconds: since the server was last heard of. */
  public double ageSeconds() {
    return isAbsent ? 0 : (nanoClock.getAsLong() - heardNs) / 1e9;
  }

  /** How often all objects were listed. */
  public long lists() {
    return lists.sum();
  }

  /** What was wrong at the last try; empty if nothing. */
  public String fault() {
    return fault;
  }

  /** Failures by cause. */
  public Map<String, Long> failures() {
    Map<String, Long> byCause = new java.util.TreeMap<>();
    failures.forEach((cause, count) -> byCause.put(cause.label(), count.sum()));
    return byCause;
  }
}
