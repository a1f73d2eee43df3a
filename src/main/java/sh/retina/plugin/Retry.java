package sh.retina.plugin;

/**
 * When a plugin is tried next, and how long to wait should that fail too: twice as long each time.
 *
 * @param atNs monotonic
 */
record Retry(long atNs, long waitNs) {
  private static final long FIRST_NS = 10_000_000_000L;
  private static final long MAX_NS = 300_000_000_000L;
  private static final long MAX_UNSUPPORTED_NS = 3_600_000_000_000L;

  static Retry now(long nowNs) {
    return new Retry(nowNs, FIRST_NS);
  }

  boolean isDue(long nowNs) {
    return atNs - nowNs <= 0;
  }

  /** After an attempt that ended so. */
  Retry after(PluginStatus status, long nowNs) {
    long most = status instanceof PluginStatus.Unsupported ? MAX_UNSUPPORTED_NS : MAX_NS;
    return new Retry(nowNs + waitNs, Math.min(waitNs * 2, most));
  }
}
