package sh.retina.pipeline;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A count that only grows, written on the path of the events and read by scrapes. {@link #add} is
 * for a count with one writer at a time and costs a plain store; {@link #addShared} for one that
 * several threads write. A count uses one of the two. Reads are from any thread and never torn.
 */
public final class Tally {
  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Tally.class, "value", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // by VALUE
  private long value;

  /** Adds; for the only writer. */
  public void add(long n) {
    VALUE.setRelease(this, (long) VALUE.getOpaque(this) + n);
  }

  /** Adds; for one of several writers. */
  public void addShared(long n) {
    long _ = (long) VALUE.getAndAdd(this, n);
  }

  /** The sum so far. */
  public long sum() {
    return (long) VALUE.getAcquire(this);
  }
}
