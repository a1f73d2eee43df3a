package sh.retina.kubernetes;

import io.fabric8.kubernetes.client.http.AsyncBody;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as it comes: blocks for the next bytes, for a bounded time. Asks for more
 * only when all is read, so that a large list is never held as a whole. One reader; {@link #close}
 * from any thread.
 */
final class ResponseStream extends InputStream {
  /** What stands in the queue: bytes, or how it ended. */
  private record Part(List<ByteBuffer> bytes, boolean isEnd, @Nullable Throwable failure) {}

  private final Duration silence;
  private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
  private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>();
  private volatile @Nullable AsyncBody body;
  private volatile boolean isClosed;
  private boolean isAtEnd;

  /** {@code silence}: how long no byte may come before a read fails. */
  ResponseStream(Duration silence) {
    this.silence = silence;
  }

  /** Takes bytes from the client's thread. */
  void take(List<ByteBuffer> bytes) {
    parts.add(new Part(bytes, false, null));
  }

  /** The head of the answer is there. */
  ResponseStream attach(AsyncBody of) {
    body = of;
    of.done().whenComplete((_, failure) -> parts.add(new Part(List.of(), true, failure)));
    if (isClosed) {
      of.cancel();
    }
    return this;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    while (!isAtEnd) {
      ByteBuffer next = buffers.peek();
      if (next != null && next.hasRemaining()) {
        int count = Math.min(length, next.remaining());
        next.get(to, offset, count);
        return count;
      }
      if (next != null) {
        buffers.remove();
      } else {
        await();
      }
    }
    return -1;
  }

  private void await() throws IOException {
    AsyncBody of = body;
    if (isClosed || of == null) {
      throw new IOException("closed");
    }
    if (parts.isEmpty()) {
      of.consume();
    }
    Part part;
    try {
      part = parts.poll(silence.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    if (part == null) {
      throw new SilenceException(silence);
    }
    if (part.isEnd()) {
      isAtEnd = true;
      if (part.failure() != null) {
        throw new IOException("the answer broke off: " + part.failure(), part.failure());
      }
    }
    buffers.addAll(part.bytes());
  }

  @Override
  public void close() {
    isClosed = true;
    AsyncBody of = body;
    if (of != null) {
      of.cancel();
    }
    parts.add(new Part(List.of(), true, new IOException("closed")));
  }

  /** Nothing came for longer than a living server leaves its clients alone. */
  static final class SilenceException extends IOException {
    private static final long serialVersionUID = 1;

    SilenceException(Duration silence) {
      super("nothing came for " + silence.toSeconds() + " s");
    }
  }
}
