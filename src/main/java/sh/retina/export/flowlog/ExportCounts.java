package sh.retina.export.flowlog;

import java.util.concurrent.atomic.LongAdder;

/** What went wrong with exports of flows, all together, since the agent started. Thread-safe. */
public final class ExportCounts {
  private final LongAdder failures = new LongAdder();
  private final LongAdder refused = new LongAdder();

  void failed() {
    failures.increment();
  }

  void refused() {
    refused.increment();
  }

  /** Times that an export could not go on; what it had not written it tries again. */
  public long failures() {
    return failures.sum();
  }

  /** Flows that were left out, as where they go has no room for one of their size. */
  public long refusedFlows() {
    return refused.sum();
  }
}
