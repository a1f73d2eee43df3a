package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.journal.JournalFixture.Heard;
import sh.retina.journal.JournalFixture.Span;

class JournalAllocationTest {
  private static final int WARM_UP = 30_000;
  private static final int BATCHES = 10_000;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path directory;

  @Test
  void shouldAllocateNothingPerBatch() {
    try (Journal journal = open(directory, 1L << 30, JournalClock.system());
        JournalReader reader = journal.reader(new Start.Named("metrics"), new Heard());
        Span span = new Span(4)) {
      JournalSource flows = source(journal, "packetparser");
      for (int i = 0; i < WARM_UP; i++) {
        span.append(journal, flows);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < BATCHES; i++) {
        span.append(journal, flows);
      }
      long forAppending = threads.getCurrentThreadAllocatedBytes() - before;

      read(reader, WARM_UP);
      before = threads.getCurrentThreadAllocatedBytes();
      long records = read(reader, BATCHES);
      long forReading = threads.getCurrentThreadAllocatedBytes() - before;

      assertThat(records).isEqualTo(4L * BATCHES);
      assertThat(forAppending).as("bytes for %d appends", BATCHES).isLessThan(BATCHES);
      assertThat(forReading).as("bytes for %d reads", BATCHES).isLessThan(BATCHES);
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
