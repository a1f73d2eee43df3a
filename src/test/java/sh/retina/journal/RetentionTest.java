package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.journal.JournalFixture.append;
import static sh.retina.journal.JournalFixture.next;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.journal.JournalFixture.FakeClock;
import sh.retina.journal.JournalFixture.Heard;

class RetentionTest {
  private static final long MAX_BYTES = 8 << 20;
  private static final int BATCH_RECORDS = 4096;

  private final FakeClock clock = new FakeClock();

  @TempDir Path directory;

  /** Each batch is a quarter of a file: 256 KiB of the 1 MiB that 8 MiB allow. */
  private static void fill(Journal journal, JournalSource source, int batches) {
    try (JournalFixture.Span span = new JournalFixture.Span(BATCH_RECORDS)) {
      for (int i = 0; i < batches; i++) {
        assertThat(span.append(journal, source)).isTrue();
      }
    }
  }

  @Test
  void shouldRollByBytesAndStayWithinThem() {
    try (Journal journal = open(directory, MAX_BYTES, clock)) {
      JournalSource flows = source(journal, "packetparser");

      fill(journal, flows, 6);
      assertThat(JournalFiles.list(directory)).hasSize(2);

      fill(journal, flows, 100);
      assertThat(JournalFiles.list(directory)).hasSizeBetween(7, 10);
      assertThat(journal.bytesOnDisk()).isBetween(MAX_BYTES * 3 / 4, MAX_BYTES);
    }
  }

  @Test
  void shouldBoundTheFilesOfEarlierRunsToo() {
    for (int run = 0; run < 4; run++) {
      try (Journal journal = open(directory, MAX_BYTES, clock)) {
        fill(journal, source(journal, "packetparser"), 15);

        assertThat(journal.bytesOnDisk()).isLessThan(MAX_BYTES);
      }
    }
    assertThat(JournalFiles.list(directory)).hasSizeBetween(7, 10);
  }

  @Test
  void shouldRollByAgeAndLetOldFilesGo() {
    try (Journal journal = open(directory, MAX_BYTES, clock)) {
      JournalSource flows = source(journal, "packetparser");
      for (int minute = 0; minute < 180; minute++) {
        append(journal, flows, 1);
        clock.pass(Duration.ofMinutes(1));
        journal.maintain();
      }

      assertThat(JournalFiles.list(directory)).hasSizeBetween(6, 8);
      Instant oldest = journal.oldest().orElseThrow();
      assertThat(Duration.between(oldest, clock.instant()))
          .isBetween(Duration.ofMinutes(60), Duration.ofMinutes(75));
    }
  }

  @Test
  void shouldLetHistoryGoWhenNothingHappens() {
    try (Journal journal = open(directory, MAX_BYTES, clock)) {
      fill(journal, source(journal, "packetparser"), 20);

      clock.pass(Duration.ofHours(2));
      journal.maintain();
      clock.pass(Duration.ofHours(2));
      journal.maintain();
      clock.pass(Duration.ofHours(2));
      journal.maintain();

      assertThat(JournalFiles.list(directory)).as("the last, empty but for its head").hasSize(1);
    }
  }

  @Test
  void shouldTellALaggingReaderExactlyWhatItLost() {
    try (Journal journal = open(directory, MAX_BYTES, clock)) {
      JournalSource flows = source(journal, "packetparser");
      JournalSource drops = source(journal, "dropreason");
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        fill(journal, flows, 1);
        append(journal, drops, 7);
        EventBatch first = next(reader);
        long read = first.records();

        append(journal, drops, 5);
        fill(journal, flows, 100);

        for (EventBatch batch = reader.next(); batch != null; batch = reader.next()) {
          JournalFixture.assertWhole(batch);
          read += batch.records();
        }
        assertThat(heard.lost).containsEntry("dropreason", 12L);
        long lost = heard.lost.values().stream().mapToLong(Long::longValue).sum();
        assertThat(read + lost).isEqualTo(journal.appendedRecords());
        assertThat(lost).isGreaterThan(50L * BATCH_RECORDS);
        assertThat(reader.lagRecords()).isZero();
      }
    }
  }

  @Test
  void shouldTellTheLossOfAReaderOfAnEarlierRunThatIsOvertaken() {
    try (Journal journal = open(directory, MAX_BYTES, clock)) {
      append(journal, source(journal, "packetparser"), 10);
      try (JournalReader reader = journal.reader(new Start.Named("metrics"), new Heard())) {
        assertThat(reader.next()).isNotNull();
        assertThat(reader.next()).isNull();
      }
    }
    try (Journal journal = open(directory, MAX_BYTES, clock)) {
      JournalSource flows = source(journal, "packetparser");
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Named("metrics"), heard)) {
        fill(journal, flows, 100);
        long read = 0;
        for (EventBatch batch = reader.next(); batch != null; batch = reader.next()) {
          read += batch.records();
        }

        assertThat(heard.lost).isEqualTo(Map.of("packetparser", journal.appendedRecords() - read));
      }
    }
  }

  /** A reader that opens a file just as it is deleted makes it anew, empty. */
  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void shouldPassOverAFileThatAReaderMadeOfADeletedOne() throws IOException {
    try (Journal journal = open(directory, MAX_BYTES, clock)) {
      JournalSource flows = source(journal, "packetparser");
      Heard heard = new Heard();
      try (JournalReader overtaken = journal.reader(new Start.Oldest(), heard)) {
        fill(journal, flows, 1);
        long read = next(overtaken).records();
        fill(journal, flows, 100);
        Path stray = JournalFiles.file(directory, journal.oldestCycle() - 1);
        Files.createFile(stray);

        read += readAll(overtaken);
        assertThat(heard.lost)
            .containsExactly(Map.entry("packetparser", journal.appendedRecords() - read));
        for (Start start : List.of(new Start.Oldest(), new Start.Since(Instant.EPOCH))) {
          try (JournalReader another = journal.reader(start, new Heard())) {
            assertThat(readAll(another)).as("%s", start).isPositive();
          }
        }

        fill(journal, flows, 10);
        assertThat(stray).doesNotExist();
      }
    }
    Files.createFile(JournalFiles.file(directory, JournalFiles.list(directory).firstKey() - 1));
    try (JournalReader replay = JournalReader.replay(directory, new Start.Oldest(), new Heard())) {
      assertThat(readAll(replay)).isPositive();
    }
  }

  private static long readAll(JournalReader reader) {
    long read = 0;
    for (EventBatch batch = reader.next(); batch != null; batch = reader.next()) {
      read += batch.records();
    }
    return read;
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void shouldAccountForEveryRecordToAReaderOnAnotherThread() throws Exception {
    try (Journal journal = open(directory, MAX_BYTES, clock);
        ExecutorService writers = Executors.newSingleThreadExecutor()) {
      JournalSource flows = source(journal, "packetparser");
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        Future<?> written = writers.submit(() -> fill(journal, flows, 1500));

        long read = 0;
        long lost = 0;
        while (!written.isDone() || reader.lagRecords() > 0) {
          EventBatch batch = reader.next();
          if (batch != null) {
            JournalFixture.assertWhole(batch);
            lost = heard.lost.getOrDefault("packetparser", 0L);
            assertThat(batch.firstSequence()).isEqualTo(read + lost);
            read += batch.records();
          }
        }
        written.get();

        assertThat(read + lost)
            .isEqualTo(journal.appendedRecords())
            .isEqualTo(1500L * BATCH_RECORDS);
      }
    }
  }
}
