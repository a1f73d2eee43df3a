package sh.retina.journal;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NavigableMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * A journal file with bytes changed where its excerpts lie: each reads as far as it can and ends,
 * and nothing beyond the file is touched.
 */
class JournalReaderFuzz {
  private static final int RECORDS = 4;

  /** As many batches or damaged places as a replay may pass before it counts as endless. */
  private static final int MOST_STEPS = 10_000;

  @TempDir private static Path directory;

  private static FileChannel file;
  private static int first;
  private static int last;

  @BeforeAll
  static void write() throws IOException {
    try (Journal journal = JournalFixture.open(directory, new JournalFixture.FakeClock())) {
      JournalSource a = JournalFixture.source(journal, "a");
      JournalSource b = JournalFixture.source(journal, "b");
      JournalFixture.append(journal, a, RECORDS);
      journal.appendContext(JournalFixture.bytes("context"));
      JournalFixture.append(journal, b, RECORDS);
      JournalFixture.append(journal, a, RECORDS);
    }
    NavigableMap<Integer, Path> files = JournalFiles.list(directory);
    file =
        FileChannel.open(
            files.lastEntry().getValue(), StandardOpenOption.READ, StandardOpenOption.WRITE);
    findExcerpts();
  }

  @AfterAll
  static void close() throws IOException {
    file.close();
  }

  /** Where the bytes of the journal's own begin and end in the file. */
  private static void findExcerpts() throws IOException {
    ByteBuffer head = ByteBuffer.allocate(1 << 20);
    file.read(head, 0);
    for (int i = 0; i < head.limit(); i++) {
      if (head.get(i) != 0) {
        last = i;
      }
    }
    first = 512;
  }

  private record Changed(int at, ByteBuffer before) {}

  @FuzzTest
  void shouldReadAsFarAsItCan(FuzzedDataProvider data) throws IOException {
    Deque<Changed> changed = new ArrayDeque<>();
    try {
      for (int changes = data.consumeInt(1, 4); changes > 0; changes--) {
        int at = data.consumeInt(first, last + 8);
        byte[] bytes = data.consumeBytes(data.consumeInt(1, 8));
        ByteBuffer old = ByteBuffer.allocate(bytes.length);
        file.read(old, at);
        changed.push(new Changed(at, old.flip()));
        file.write(ByteBuffer.wrap(bytes), at);
      }
      readAll();
    } finally {
      for (Changed last : changed) { // the newest first, as they may overlap
        file.write(last.before, last.at);
      }
    }
  }

  private static void readAll() {
    try (JournalReader reader =
        JournalReader.replay(directory, new Start.Oldest(), new JournalFixture.Heard())) {
      for (int step = 0; step < MOST_STEPS; step++) {
        try {
          EventBatch batch = reader.next();
          if (batch == null) {
            return;
          }
          touch(batch);
        } catch (JournalException e) {
          // named and passed over
        }
      }
      throw new AssertionError("the replay does not end");
    } catch (JournalException e) {
      // refused as a whole
    }
  }

  private static void touch(EventBatch batch) {
    MemorySegment bytes =
        MemorySegment.ofAddress(batch.address()).reinterpret(Math.max(0, batch.byteCount()));
    for (long i = 0; i < bytes.byteSize(); i++) {
      bytes.get(ValueLayout.JAVA_BYTE, i);
    }
  }
}
