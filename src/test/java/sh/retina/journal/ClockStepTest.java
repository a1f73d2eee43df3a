package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.journal.JournalFixture.append;
import static sh.retina.journal.JournalFixture.bytes;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.journal.JournalFixture.FakeClock;
import sh.retina.journal.JournalFixture.Heard;

/** The wall clock is set while the agent runs, and while it does not. */
class ClockStepTest {
  private static final int FILES = 3;

  private final FakeClock clock = new FakeClock();

  @TempDir Path directory;

  /** A file each 11 minutes, one record in each. */
  private void writeFiles(Journal journal) {
    JournalSource flows = source(journal, "packetparser");
    for (int file = 0; file < FILES; file++) {
      append(journal, flows, 1);
      clock.pass(Duration.ofMinutes(11));
      journal.maintain();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"P20000D", "PT-3H"})
  void shouldKeepWhatIsYoungAndDropWhatIsOldWhicheverWayTheClockIsSet(Duration step) {
    try (Journal journal = open(directory, clock)) {
      writeFiles(journal);
      clock.step(step);
      journal.maintain();
      append(journal, source(journal, "packetparser"), 1);

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        heard.drain(reader);
      }
      assertThat(heard.batches()).as("after the step").hasSize(FILES + 1);
      assertThat(heard.lost).isEmpty();

      clock.pass(Duration.ofMinutes(61));
      journal.maintain();
      append(journal, source(journal, "packetparser"), 1);
      clock.pass(Duration.ofMinutes(61));
      journal.maintain();
      // The last two: what ended when the newest began, and that.
      assertThat(JournalFiles.list(directory)).as("two hours later").hasSizeLessThan(FILES);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"P20000D", "PT-3H"})
  void shouldBeginFilesByAgeAndNameThemInTheirOrderWhicheverWayTheClockIsSet(Duration step) {
    try (Journal journal = open(directory, clock)) {
      writeFiles(journal);
      List<Integer> before = List.copyOf(JournalFiles.list(directory).keySet());
      clock.step(step);
      journal.maintain();
      assertThat(JournalFiles.list(directory)).as("a step is no age").hasSameSizeAs(before);

      writeFiles(journal);

      List<Integer> after = List.copyOf(JournalFiles.list(directory).keySet());
      assertThat(after).hasSize(before.size() + FILES).startsWith(before.toArray(Integer[]::new));
    }
  }

  @Test
  void shouldKeepFilesOfAnEarlierRunThatSeemToComeFromTheFuture() {
    try (Journal journal = open(directory, clock)) {
      writeFiles(journal);
    }
    // A node without a clock of its own starts in the past and is set right by NTP later.
    clock.step(Duration.ofDays(-20_000));
    try (Journal journal = open(directory, clock)) {
      append(journal, source(journal, "packetparser"), 1);
      journal.maintain();
      clock.step(Duration.ofDays(20_000));
      journal.maintain();
      assertThat(JournalFiles.list(directory)).hasSizeGreaterThan(FILES);

      clock.pass(Duration.ofMinutes(61));
      journal.maintain();
      append(journal, source(journal, "packetparser"), 1);
      clock.pass(Duration.ofMinutes(61));
      journal.maintain();
      assertThat(JournalFiles.list(directory)).hasSizeLessThan(FILES);
    }
  }

  @Test
  void shouldReadInTheOrderOfWritingWhateverTheTimesSay() {
    try (Journal journal = open(directory, clock)) {
      JournalSource flows = source(journal, "packetparser");
      append(journal, flows, 1);
      clock.step(Duration.ofHours(-3));
      append(journal, flows, 1);
      clock.step(Duration.ofHours(5));
      append(journal, flows, 1);

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        heard.drain(reader);
      }
      assertThat(heard.batches())
          .containsExactly("packetparser:0-0", "packetparser:1-1", "packetparser:2-2");
    }
  }

  @Test
  void shouldFindWhatWasWrittenSinceATimeThatCameTwice() {
    Instant moment;
    try (Journal journal = open(directory, clock)) {
      writeFiles(journal);
      clock.step(Duration.ofMinutes(-22));
      moment = clock.instant();
      append(journal, source(journal, "packetparser"), 1);
    }

    Heard heard = new Heard();
    try (JournalReader reader = JournalReader.replay(directory, new Start.Since(moment), heard)) {
      heard.drain(reader);
    }
    assertThat(heard.batches()).endsWith("packetparser:3-3");
  }

  @Test
  void shouldSayHowFarBehindAReaderIsInTimeThatPassed() {
    try (Journal journal = open(directory, clock)) {
      JournalSource flows = source(journal, "packetparser");
      append(journal, flows, 1);
      try (JournalReader reader = journal.reader(new Start.Oldest(), new Heard())) {
        assertThat(reader.lagNs()).as("before its first look").isZero();
        assertThat(reader.next()).isNotNull();
        assertThat(reader.next()).isNull();
        append(journal, flows, 1);
        clock.pass(Duration.ofSeconds(2));
        clock.step(Duration.ofHours(3));

        assertThat(reader.lagNs()).isEqualTo(Duration.ofSeconds(2).toNanos());
      }
    }
  }

  @Test
  void shouldTryTheDirectoryAgainAfterItsPauseThoughTheClockWasSetBack() throws IOException {
    Path configured = directory.resolve("journal");
    Path memory = Files.createDirectory(directory.resolve("memory"));
    Files.writeString(configured, "in the way");
    try (JournalKeeper keeper =
        JournalKeeper.open(
            new JournalSettings(configured, 64 << 20, Duration.ofHours(1)),
            memory,
            clock.both(),
            () -> bytes("snapshot"))) {
      assertThat(keeper.isDegraded()).isTrue();
      Files.delete(configured);
      clock.step(Duration.ofDays(-1));
      clock.pass(Duration.ofSeconds(2));

      keeper.maintain();

      assertThat(keeper.isDegraded()).isFalse();
    }
  }
}
