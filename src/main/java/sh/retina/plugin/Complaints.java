package sh.retina.plugin;

/** Lets one log line through a minute, for a fault that may come back each turn. Thread-safe. */
final class Complaints {
  private static final long SILENCE_NS = 60_000_000_000L;

  private boolean any;
  private long lastNs;

  /** Whether to speak now; {@code nowNs}: monotonic. */
  synchronized boolean isDue(long nowNs) {
    if (any && nowNs - lastNs < SILENCE_NS) {
      return false;
    }
    any = true;
    lastNs = nowNs;
    return true;
  }
}
