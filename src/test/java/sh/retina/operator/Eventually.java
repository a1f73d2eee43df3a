package sh.retina.operator;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Asks again until an assertion holds; fails with its last answer. */
final class Eventually {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private Eventually() {}

  static void eventually(ThrowingCallable assertion) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        assertion.call();
        return;
      } catch (Throwable e) {
        if (System.nanoTime() > end) {
          throw e instanceof Error error ? error : new AssertionError(e);
        }
        LockSupport.parkNanos(50_000_000);
      }
    }
  }
}
