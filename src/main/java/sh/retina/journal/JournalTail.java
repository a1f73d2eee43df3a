package sh.retina.journal;

import java.nio.file.Path;
import java.util.List;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;

/**
 * The file being written: when the next one begins, what it begins with, and which old ones go for
 * it. Used under the journal's lock only, but for the figures.
 */
final class JournalTail implements AutoCloseable {
  private final Path directory;
  private final CycleClock cycles;
  private final ExcerptWriter writer;
  private final Retention retention;
  private final long configuredMaxBytes;
  private final long fileAgeNs;
  private final long maxAgeNs;
  private final JournalClock clock;

  /** The settings' bound, or less on a volume that is smaller. */
  private long maxBytes;

  private boolean isWhole;

  /** Whether the file has more than its head. */
  private boolean hasExcerpts;

  /** By the running clock. */
  private long startedNs;

  private volatile long currentBytes;

  JournalTail(
      JournalSettings settings,
      SingleChronicleQueue queue,
      CycleClock cycles,
      long runId,
      JournalClock clock) {
    this.directory = settings.directory();
    this.cycles = cycles;
    this.writer = new ExcerptWriter(queue, cycles, directory, runId);
    this.retention = new Retention(queue, directory, clock);
    this.clock = clock;
    this.configuredMaxBytes = settings.maxBytes();
    this.fileAgeNs = settings.fileAge().toNanos();
    this.maxAgeNs = settings.maxAge().toNanos();
    this.maxBytes = configuredMaxBytes;
  }

  /**
   * Whether there is a file with its head written in full, and nothing meant for it has failed
   * since.
   */
  boolean isWhole() {
    return isWhole;
  }

  boolean isRollDue(int byteCount) {
    if (!isWhole) {
      return true;
    }
    return hasExcerpts
        && (writer.fileBytes() + byteCount > JournalSettings.fileBytes(maxBytes)
            || clock.runningNs() - startedNs > fileAgeNs);
  }

  /** False when there is no space for it, or the file had to be given up. */
  boolean appendBatch(
      JournalSource source,
      long address,
      int byteCount,
      int records,
      long realtimeOffsetNs,
      long nowNs) {
    if (!isWhole || !hasSpace(byteCount + Excerpt.HEADER_BYTES)) {
      return false;
    }
    return appended(
        writer.writeBatch(source, address, byteCount, records, realtimeOffsetNs, nowNs));
  }

  /**
   * Without a file nothing is written: the next one begins with every source. The same when this
   * one cannot take it.
   */
  void appendSource(JournalSource source, long nowNs) {
    if (isWhole) {
      appended(hasSpace(source.description().length) && writer.writeSource(source, nowNs));
    }
  }

  /**
   * Without a file nothing is written: the next one begins with a snapshot. The same when this one
   * cannot take it.
   */
  void appendContext(byte[] change, long nowNs) {
    if (isWhole) {
      appended(hasSpace(change.length) && writer.writeContext(change, 0, nowNs));
    }
  }

  private boolean appended(boolean isWritten) {
    isWhole = isWritten;
    hasExcerpts = true;
    currentBytes = writer.fileBytes();
    return isWritten;
  }

  /** Begins the next file, if there is space for its head. */
  void beginFile(List<JournalSource> sources, byte[] snapshot, List<byte[]> changes, long nowNs) {
    long headBytes = snapshot.length;
    for (JournalSource source : sources) {
      headBytes += source.description().length;
    }
    fitToVolume();
    if (!hasSpace(headBytes)) {
      return;
    }
    long endedBytes = writer.fileBytes();
    writer.nextFile();
    retention.rolled(endedBytes, cycles.cycle(), nowNs);
    isWhole = true;
    for (JournalSource source : sources) {
      isWhole = isWhole && writer.writeSource(source, nowNs);
    }
    isWhole = isWhole && writer.writeContext(snapshot, Excerpt.SNAPSHOT, nowNs);
    for (byte[] change : changes) {
      isWhole = isWhole && writer.writeContext(change, 0, nowNs);
    }
    hasExcerpts = false;
    startedNs = clock.runningNs();
    currentBytes = writer.fileBytes();
    enforceRetention();
  }

  /**
   * History yields to what happens now: while the volume is short, the oldest files go. The current
   * one never does.
   */
  boolean hasSpace(long bytes) {
    if (writer.hasSpace(bytes)) {
      return true;
    }
    fitToVolume();
    enforceRetention();
    return writer.hasSpace(bytes);
  }

  private void fitToVolume() {
    long usable = directory.toFile().getUsableSpace();
    long volumeShare = (bytesOnDisk() + usable) / 10 * 9;
    maxBytes = Math.max(JournalSettings.SMALLEST_BYTES, Math.min(configuredMaxBytes, volumeShare));
  }

  /**
   * Leaves room for the current file to grow to its end, so that all together stay within the
   * bound.
   */
  void enforceRetention() {
    long room = Math.max(currentBytes, JournalSettings.fileBytes(maxBytes));
    retention.enforce(maxBytes, room, maxAgeNs);
  }

  /** Any thread. */
  long bytesOnDisk() {
    return retention.closedBytes() + currentBytes;
  }

  /** Wall clock of the oldest excerpt; {@link Long#MAX_VALUE} for none. Any thread. */
  long oldestNs() {
    return retention.oldestNs();
  }

  /** Of the file being written, or the last before the first. */
  int newestCycle() {
    return cycles.cycle();
  }

  /** Any thread. */
  int oldestCycle() {
    return retention.oldestCycle();
  }

  @Override
  public void close() {
    isWhole = false;
    writer.close();
  }
}
