package sh.retina.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * A position in a journal. Reading begins at the start of the file that holds the position, so that
 * the listener hears of the sources and the context as they were there; batches before the position
 * are passed over. One thread at a time.
 */
public final class JournalReader implements AutoCloseable {
  private final SingleChronicleQueue queue;
  private final boolean ownsQueue;
  private final @Nullable PositionFile named;
  private final Listener listener;
  private final ExcerptTailer tailer;
  private final EventBatch batch = new EventBatch();
  private final Map<Integer, JournalSource> sources = new HashMap<>();
  private long[] expected = new long[0]; // by source id; 0: not known
  private @Nullable DocumentContext open;
  private long runId;
  private long after;
  private long sinceNs = Long.MIN_VALUE;
  private long unreadablePosition;

  /** Hears of what lies between the batches, before the batch that follows it. */
  public interface Listener {
    /** Records of this source can come from now on. */
    void onSource(JournalSource source);

    /** A change of context, or a snapshot that replaces all that was known. */
    void onContext(byte[] excerpt, boolean isSnapshot);

    /**
     * Records between the last batch and the next are gone: the retention was faster than this
     * reader, or the disk was full.
     */
    void onLost(String plugin, long records);
  }

  JournalReader(
      SingleChronicleQueue queue,
      boolean ownsQueue,
      Start start,
      @Nullable PositionFile named,
      Listener listener) {
    this.queue = queue;
    this.ownsQueue = ownsQueue;
    this.named = named;
    this.listener = listener;
    this.tailer = queue.createTailer();
    this.tailer.singleThreadedCheckDisabled(true);
    go(start);
  }

  /**
   * Opens a recorded journal that nobody writes to.
   *
   * @throws JournalException when the directory holds none
   */
  public static JournalReader open(Path directory, Start start, Listener listener) {
    if (!Files.isDirectory(directory) || Retention.files(directory).isEmpty()) {
      throw new JournalException("no journal in " + directory + ": it holds no .cq4 file");
    }
    try (var first = Files.newInputStream(Retention.files(directory).getFirst())) {
      if (first.readNBytes(4).length < 4) {
        throw new JournalException("the journal in " + directory + " is empty");
      }
    } catch (IOException e) {
      throw new JournalException(
          "the journal in " + directory + " cannot be read: " + e.getMessage(), e);
    }
    SingleChronicleQueue queue = Queues.open(directory, System::currentTimeMillis, true);
    return new JournalReader(queue, true, start, null, listener);
  }

  private void go(Start start) {
    switch (start) {
      case Start.Oldest() -> toStart();
      case Start.Newest() -> {
        tailer.toEnd();
        goAfter(tailer.index() - 1);
      }
      case Start.Since(Instant time) -> goSince(time);
      case Start.After(long position) -> goAfter(position);
      case Start.Named(String _) -> goAfter(named == null ? 0 : named.get());
    }
  }

  /** To the beginning of the file that holds a position, to pass over all up to it. */
  private void goAfter(long position) {
    int cycle = Queues.CYCLE.toCycle(position);
    if (position <= 0
        || cycle < firstCycle()
        || !tailer.moveToIndex(Queues.CYCLE.toIndex(cycle, 0))) {
      toStart();
      if (position > 0 && cycle < firstCycle()) {
        // How many there were is not known any more.
        listener.onLost("", 1);
      }
      return;
    }
    after = position;
  }

  /** To the beginning of the newest file whose first excerpt is older than the time. */
  private void goSince(Instant time) {
    sinceNs = time.getEpochSecond() * 1_000_000_000 + time.getNano();
    int first = firstCycle();
    for (int cycle = queue.lastCycle(); cycle >= first; cycle--) {
      if (tailer.moveToIndex(Queues.CYCLE.toIndex(cycle, 0)) && beginsBefore(sinceNs)) {
        tailer.moveToIndex(Queues.CYCLE.toIndex(cycle, 0));
        return;
      }
    }
    toStart();
  }

  /**
   * To the oldest file that is there: Chronicle's own list may still have one that was deleted by
   * hand.
   */
  private void toStart() {
    int first = firstCycle();
    if (first >= 0 && !tailer.moveToIndex(Queues.CYCLE.toIndex(first, 0))) {
      tailer.toStart();
    }
  }

  /** Of the oldest file; -1 while there is none. */
  private int firstCycle() {
    List<Path> files = Retention.files(queue.file().toPath());
    return files.isEmpty() ? -1 : Queues.cycle(files.getFirst());
  }

  private boolean beginsBefore(long timeNs) {
    try (DocumentContext document = tailer.readingDocument()) {
      Wire wire = document.isPresent() ? document.wire() : null;
      return wire != null
          && Excerpt.appendedNs(wire.bytes().addressForRead(wire.bytes().readPosition())) <= timeNs;
    }
  }

  /** The next batch, valid until the next call; null when there is none now. */
  public @Nullable EventBatch next() {
    release();
    while (true) {
      DocumentContext document = tailer.readingDocument();
      if (!document.isPresent()) {
        document.close();
        return null;
      }
      boolean keep = false;
      try {
        keep = accept(document);
      } finally {
        if (!keep) {
          document.close();
        }
      }
      if (keep) {
        open = document;
        return batch;
      }
    }
  }

  /**
   * Excerpts that no version of ours wrote and that were passed over: the position of the last; 0
   * if none.
   */
  public long unreadablePosition() {
    return unreadablePosition;
  }

  /** Whether the document is a batch that the caller wants. */
  private boolean accept(DocumentContext document) {
    Wire wire = document.wire();
    if (wire == null || document.isMetaData()) {
      return false;
    }
    Bytes<?> bytes = wire.bytes();
    long length = bytes.readRemaining();
    if (length < Excerpt.HEADER_LENGTH) {
      unreadablePosition = document.index();
      return false;
    }
    long start = bytes.addressForRead(bytes.readPosition());
    if (Excerpt.version(start) != Excerpt.VERSION) {
      unreadablePosition = document.index();
      return false;
    }
    if (Excerpt.runId(start) != runId) {
      runId = Excerpt.runId(start);
      sources.clear();
      Arrays.fill(expected, 0);
    }
    return switch (Excerpt.kind(start)) {
      case Excerpt.BATCH -> acceptBatch(document.index(), start, start + length);
      case Excerpt.SOURCE -> {
        acceptSource(start, payload(start, length));
        yield false;
      }
      case Excerpt.CONTEXT_CHANGE, Excerpt.CONTEXT_SNAPSHOT -> {
        listener.onContext(payload(start, length), Excerpt.kind(start) == Excerpt.CONTEXT_SNAPSHOT);
        yield false;
      }
      default -> {
        unreadablePosition = document.index();
        yield false;
      }
    };
  }

  private static byte[] payload(long start, long length) {
    long payload = Excerpt.payload(start);
    return Excerpt.read(payload, (int) Math.max(0, start + length - payload));
  }

  private void acceptSource(long start, byte[] description) {
    try {
      JournalSource source =
          Excerpt.decodeSource(Excerpt.source(start), Excerpt.runId(start), description);
      if (sources.put(source.id(), source) == null) {
        listener.onSource(source);
      }
    } catch (IllegalArgumentException e) {
      throw new JournalException(
          "the journal's description of source "
              + Excerpt.source(start)
              + " is damaged: "
              + e.getMessage()
              + ". Move the file away: "
              + queue.fileAbsolutePath(),
          e);
    }
  }

  private boolean acceptBatch(long position, long start, long end) {
    JournalSource source = sources.get(Excerpt.source(start));
    if (source == null) {
      unreadablePosition = position;
      return false;
    }
    long sequence = Excerpt.sequence(start);
    if (source.id() >= expected.length) {
      expected = Arrays.copyOf(expected, source.id() + 8);
    }
    long next = expected[source.id()];
    expected[source.id()] = sequence + Excerpt.records(start);
    if (position <= after || Excerpt.appendedNs(start) < sinceNs) {
      return false;
    }
    if (next != 0 && sequence > next) {
      listener.onLost(source.plugin(), sequence - next);
    }
    batch.set(source, position, start, end);
    return true;
  }

  private void release() {
    DocumentContext document = open;
    if (document != null) {
      open = null;
      if (named != null) {
        named.set(batch.position());
      }
      document.close();
    }
  }

  @Override
  public void close() {
    release();
    tailer.close();
    if (named != null) {
      named.close();
    }
    if (ownsQueue) {
      queue.close();
    }
  }
}
