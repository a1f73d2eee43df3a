package sh.retina.journal;

import java.nio.file.Path;
import java.util.OptionalInt;
import net.openhft.chronicle.bytes.MappedBytes;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueStore;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.Wires;

/**
 * How this project sets up a Chronicle queue, and what it asks of one beyond appending and reading.
 */
final class QueueDirectory {
  /** The value of a lock in Chronicle's metadata table that nobody holds. */
  private static final long UNLOCKED = 1L << 63;

  private static final String[] LOCKS = {"chronicle.write.lock", "chronicle.append.lock"};

  /**
   * Unit of mapping. A document may reach a quarter of it into the next one, which bounds a batch.
   * Its pages count in the process's memory while writer or reader are in it: measured in
   * docs/decisions/0003-chronicle-queue.md.
   */
  private static final long BLOCK_BYTES = 4L << 20;

  /**
   * How long to wait for what a dead process left half done. Nobody alive holds anything for longer
   * than a copy takes.
   */
  private static final long TIMEOUT_MS = 500;

  static {
    // It logs each mapping that took a while; whoever wants that has JFR.
    Jvm.disablePerfHandler();
  }

  private QueueDirectory() {}

  static SingleChronicleQueue open(Path directory, CycleClock clock, boolean readOnly) {
    try {
      return SingleChronicleQueueBuilder.single(directory.toFile())
          .rollCycle(LegacyRollCycles.MINUTELY)
          .blockSize(BLOCK_BYTES)
          .timeProvider(clock)
          .timeoutMS(TIMEOUT_MS)
          .readOnly(readOnly)
          .build();
    } catch (Exception | AssertionError e) { // checked ones too, undeclared
      throw new JournalException(
          directory,
          "cannot be opened as a journal: check the JVM flags (docs/decisions/0003) and the files in it",
          e);
    }
  }

  /** A journal that nobody writes; nothing in the directory is changed. */
  static SharedQueue openRecorded(Path directory) {
    JournalFiles.check(directory, false);
    OptionalInt newest = JournalFiles.newest(directory);
    if (newest.isEmpty()) {
      throw new JournalException(
          directory, "holds no journal: name the directory with the .cq4 files");
    }
    return new SharedQueue(open(directory, new CycleClock(newest.getAsInt()), true), () -> {});
  }

  /**
   * Frees the write lock, whoever is noted as its holder: a dead process that had our number (in a
   * container each one has the same), or ourselves before a fault. For the one who holds the
   * directory's own lock only.
   */
  static void unlock(SingleChronicleQueue queue) {
    for (String lock : LOCKS) {
      if (queue.tableStoreGet(lock) != UNLOCKED) {
        queue.tableStorePut(lock, UNLOCKED);
      }
    }
  }

  /**
   * Wall clock of the first excerpt of a file, ns since 1970; {@link Long#MIN_VALUE} when it has
   * none.
   */
  static long startedNs(SingleChronicleQueue queue, int cycle) {
    try (ExcerptTailer tailer = queue.createTailer()) {
      if (!tailer.moveToIndex(queue.rollCycle().toIndex(cycle, 0))) {
        return Long.MIN_VALUE;
      }
      try (DocumentContext document = tailer.readingDocument()) {
        if (!document.isPresent()) {
          return Long.MIN_VALUE;
        }
        var bytes = document.wire().bytes();
        long address = bytes.addressForRead(bytes.readPosition());
        return Excerpt.isSound(address, bytes.readRemaining())
            ? Excerpt.appendedNs(address)
            : Long.MIN_VALUE;
      }
    }
  }

  /** Bytes of a file up to its last excerpt; what lies behind is a hole. */
  static long writtenBytes(SingleChronicleQueue queue, int cycle) {
    SingleChronicleQueueStore store = queue.storeForCycle(cycle, queue.epoch(), false, null);
    if (store == null) {
      return 0;
    }
    try {
      long last = store.writePosition();
      MappedBytes bytes = store.bytes();
      try {
        return last + Integer.BYTES + Wires.lengthOf(bytes.readVolatileInt(last));
      } finally {
        bytes.releaseLast();
      }
    } finally {
      queue.closeStore(store);
    }
  }
}
