package sh.retina.plugin;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.SpanHandler;

/** A {@link StreamPlugin} on its thread, and its records. */
final class RunningStream implements RecordSource, StreamWriter {
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
  private static final long FIRST_WAIT_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long MAX_WAIT_NS = TimeUnit.SECONDS.toNanos(30);

  private final StreamPlugin plugin;
  private final RecordSink.Writer writer;
  private final StreamBuffer buffer = new StreamBuffer();
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final Thread thread;
  private volatile String sourceTrouble = "the source has not answered yet";
  private volatile @Nullable String readerTrouble;
  private volatile boolean stopping;
  private boolean answered; // of the thread

  RunningStream(StreamPlugin plugin, RecordSink sink) {
    this.plugin = plugin;
    this.writer = sink.open(plugin.name(), new byte[0], plugin.attributes());
    this.thread = Thread.ofPlatform().name("stream-" + plugin.name()).unstarted(this::follow);
  }

  /** The thread is in the network namespace of the one that calls this. */
  void start() {
    thread.start();
  }

  private void follow() {
    long waitNs = FIRST_WAIT_NS;
    while (!stopping) {
      answered = false;
      try {
        plugin.run(this);
        sourceTrouble = "the source ended";
      } catch (IOException | RuntimeException | Error e) {
        sourceTrouble = e instanceof IOException ? String.valueOf(e.getMessage()) : e.toString();
      }
      waitNs = answered ? FIRST_WAIT_NS : Math.min(waitNs * 2, MAX_WAIT_NS);
      if (!stopping) {
        LockSupport.parkNanos(this, waitNs);
      }
    }
  }

  /** Ends the thread; false when it does not end in time. */
  boolean stop() {
    stopping = true;
    thread.interrupt();
    try {
      return thread.join(STOP_PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Frees the memory; after the thread has ended and the reader has let go. */
  void free() {
    buffer.close();
  }

  StreamPlugin running() {
    return plugin;
  }

  /** How it is: what the source or the reader has, else that it runs. */
  PluginStatus status() {
    String reader = readerTrouble;
    if (reader != null) {
      return new PluginStatus.Degraded(reader);
    }
    String source = sourceTrouble;
    return source.isEmpty() ? new PluginStatus.Running() : PluginStatuses.failed(plugin, source);
  }

  RetiredCounts counts() {
    return new RetiredCounts(
        Map.of(KernelCounter.EVENTS, events.get(), KernelCounter.LOST_EVENTS, lost.get()), 0, 0);
  }

  @Override
  public void ready() {
    answered = true;
    sourceTrouble = "";
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    (buffer.write(bytes, offset, length) ? events : lost).incrementAndGet();
  }

  @Override
  public void lost(long count) {
    lost.addAndGet(count);
  }

  @Override
  public String plugin() {
    return plugin.name();
  }

  @Override
  public RecordSink.Writer writer() {
    return writer;
  }

  @Override
  public int drain(SpanHandler handler, long maxBytes) {
    return buffer.drain(handler);
  }

  @Override
  public long sizeBytes() {
    return buffer.sizeBytes();
  }

  @Override
  public void trouble(@Nullable String what) {
    readerTrouble = what;
  }
}
