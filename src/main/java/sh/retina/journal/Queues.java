package sh.retina.journal;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import net.openhft.chronicle.core.time.TimeProvider;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;

/** How our queues are made: the same for the writer and for readers of a recording. */
final class Queues {
  /** A file's cycle; its length only matters for the names of the files, see {@link RollClock}. */
  static final RollCycle CYCLE = RollCycles.FIVE_MINUTELY;

  /** A file grows by this. A document must fit in the quarter of it that two mappings share. */
  static final int BLOCK_BYTES = 4 << 20;

  static final int MAX_DOCUMENT_BYTES = BLOCK_BYTES / 4 - 4096;

  /** A lock older than this is a dead writer's. */
  private static final long LOCK_TIMEOUT_MS = 1_000;

  private Queues() {}

  /** The cycle that a file's name stands for. Throws JournalException when it stands for none. */
  static int cycle(Path file) {
    String name = file.getFileName().toString();
    try {
      LocalDateTime time =
          LocalDateTime.parse(
              name.substring(0, name.length() - ".cq4".length()),
              DateTimeFormatter.ofPattern(CYCLE.format(), Locale.ROOT));
      return (int) (time.toInstant(ZoneOffset.UTC).toEpochMilli() / CYCLE.lengthInMillis());
    } catch (DateTimeParseException e) {
      throw new JournalException(file + " is no file of this journal: move it away", e);
    }
  }

  static SingleChronicleQueue open(Path directory, TimeProvider clock, boolean readOnly) {
    try {
      return SingleChronicleQueueBuilder.single(directory.toFile())
          .rollCycle(CYCLE)
          .blockSize(BLOCK_BYTES)
          .timeProvider(clock)
          .timeoutMS(LOCK_TIMEOUT_MS)
          .checkInterrupts(false)
          .readOnly(readOnly)
          .build();
    } catch (RuntimeException | InternalError e) {
      throw new JournalException(
          "the journal in "
              + directory
              + " cannot be opened: "
              + e.getMessage()
              + ". Is the disk full, or the directory not ours? Move it away to start a new one.",
          e);
    }
  }
}
