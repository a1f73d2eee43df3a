package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.journal.JournalFixture.Heard;
import sh.retina.journal.JournalFixture.Span;

class JournalAllocationTest {
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path directory;

  /** Batches stored through the mapping, and such as are written past it. */
  @ParameterizedTest
  @CsvSource({"4, 30_000, 10_000", "500, 6_000, 2_000"})
  void shouldAllocateNothingPerBatch(int recordsPerBatch, int warmUp, int batches) {
    try (Journal journal = open(directory, 8L << 30, JournalClock.system());
        JournalReader reader = journal.reader(new Start.Named("metrics"), new Heard());
        Span span = new Span(recordsPerBatch)) {
      JournalSource flows = source(journal, "packetparser");
      for (int i = 0; i < warmUp; i++) {
        span.append(journal, flows);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < batches; i++) {
        span.append(journal, flows);
      }
      long forAppending = threads.getCurrentThreadAllocatedBytes() - before;

      read(reader, warmUp);
      before = threads.getCurrentThreadAllocatedBytes();
      long records = read(reader, batches);
      long forReading = threads.getCurrentThreadAllocatedBytes() - before;

      // One object for each would be 16 bytes and more; Chronicle makes some for each 4 MiB.
      long bound = 8L * batches;
      assertThat(records).isEqualTo((long) recordsPerBatch * batches);
      assertThat(forAppending).as("bytes for %d appends", batches).isLessThan(bound);
      assertThat(forReading).as("bytes for %d reads", batches).isLessThan(bound);
    }
  }

  private static long read(JournalReader reader, int batches) {
    long records = 0;
    for (int i = 0; i < batches; i++) {
      records += JournalFixture.next(reader).records();
    }
    return records;
  }
}
