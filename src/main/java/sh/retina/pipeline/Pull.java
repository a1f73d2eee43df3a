package sh.retina.pipeline;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;

/**
 * A Flux over something that is polled: each {@code request(n)} polls n times, nothing is read
 * ahead and nothing is buffered. While there is demand and no item, the scheduler's thread waits as
 * the source says.
 */
final class Pull {
  private Pull() {}

  /**
   * What is polled. Used by one thread at a time; {@link #close} is called once, never during
   * {@link #poll}.
   *
   * @param <T> of the items
   */
  interface Source<T> extends AutoCloseable {
    /** The next item; null when there is none now. */
    @Nullable T poll();

    /** Whether no item will ever come again after {@link #poll} gave null. */
    boolean isFinished();

    /**
     * Waits for the next item to be there, or so long; may return early, and does when the thread
     * is unparked.
     */
    default void await(long maxNs) {
      LockSupport.parkNanos(this, maxNs);
    }

    @Override
    void close();
  }

  /**
   * @param open makes the source, on subscription
   * @param waitNs longest pause between two polls of an empty source
   */
  static <T> Flux<T> from(Supplier<Source<T>> open, Scheduler scheduler, long waitNs) {
    return from(open, scheduler, waitNs, waitNs);
  }

  /**
   * @param open makes the source, on subscription
   * @param minWaitNs pause after the poll that found it empty; doubles with each further one
   * @param maxWaitNs longest pause between two polls of an empty source
   */
  static <T> Flux<T> from(
      Supplier<Source<T>> open, Scheduler scheduler, long minWaitNs, long maxWaitNs) {
    return Flux.defer(() -> {
      Waiting<T> waiting = new Waiting<>(minWaitNs, maxWaitNs);
      return Flux.<T, Source<T>>generate(
              () -> survived(open),
              (source, sink) -> {
                T item = waiting.next(source);
                if (item == null) {
                  sink.complete();
                } else {
                  deliver(item, sink);
                }
                return source;
              },
              Source::close)
          .doOnCancel(waiting::stop)
          .subscribeOn(scheduler);
    });
  }

  /**
   * Reactor lets errors of the JVM itself pass by the subscriber, who would then wait for ever: a
   * fault in mapped memory (the disk is full, or broken) is one of them. Such a stream ends by an
   * error like any other.
   */
  private static <R extends @Nullable Object> R survived(Supplier<R> step) {
    try {
      return step.get();
    } catch (VirtualMachineError | LinkageError e) {
      throw new IllegalStateException("the stream ends: " + e, e);
    }
  }

  /** The same for what the subscriber throws: without this nobody would end its stream. */
  private static <T> void deliver(T item, SynchronousSink<T> sink) {
    try {
      sink.next(item);
    } catch (VirtualMachineError | LinkageError e) {
      sink.error(new IllegalStateException("the stream ends: " + e, e));
    }
  }

  private static final class Waiting<T> {
    private final long minWaitNs;
    private final long maxWaitNs;
    private volatile boolean stopped;
    private @Nullable volatile Thread waiter;

    Waiting(long minWaitNs, long maxWaitNs) {
      this.minWaitNs = minWaitNs;
      this.maxWaitNs = maxWaitNs;
    }

    /** Null: finished or cancelled. */
    @Nullable T next(Source<T> source) {
      long waitNs = minWaitNs;
      while (!stopped) {
        T item = survived(source::poll);
        if (item != null) {
          return item;
        }
        if (source.isFinished()) {
          return null;
        }
        waiter = Thread.currentThread();
        if (!stopped) {
          source.await(waitNs);
        }
        waiter = null;
        waitNs = Math.min(waitNs * 2, maxWaitNs);
      }
      return null;
    }

    void stop() {
      stopped = true;
      LockSupport.unpark(waiter);
    }
  }
}
