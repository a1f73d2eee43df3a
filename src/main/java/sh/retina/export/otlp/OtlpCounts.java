package sh.retina.export.otlp;

import java.util.concurrent.atomic.AtomicLong;

/** Pushes by how they ended; apart, so that it is there without the rest. Thread-safe. */
public final class OtlpCounts {
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  void sent() {
    sent.incrementAndGet();
  }

  void failed() {
    failed.incrementAndGet();
  }

  /** Pushes that arrived whole. */
  public long sentSoFar() {
    return sent.get();
  }

  /** Pushes that did not. */
  public long failedSoFar() {
    return failed.get();
  }
}
