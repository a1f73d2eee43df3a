package sh.retina.export.sse;

import java.util.concurrent.atomic.AtomicInteger;

/** How many clients read the flow stream now. Thread-safe. */
public final class SseSubscribers {
  private final AtomicInteger count = new AtomicInteger();

  SseSubscribers() {}

  /** For the gauge {@code retina_agent_stream_subscribers{kind="sse"}}. */
  public int count() {
    return count.get();
  }

  /** One more, unless there are {@code max} already. */
  boolean enter(int max) {
    int before = count.getAndUpdate(now -> now < max ? now + 1 : now);
    return before < max;
  }

  void leave() {
    count.decrementAndGet();
  }
}
