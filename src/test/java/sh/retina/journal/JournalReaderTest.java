package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sh.retina.journal.JournalFixture.append;
import static sh.retina.journal.JournalFixture.bytes;
import static sh.retina.journal.JournalFixture.next;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.journal.JournalFixture.FakeClock;
import sh.retina.journal.JournalFixture.Heard;

/**
 * Three files of an hour ago, half an hour ago and now, each with two batches of ten records and a
 * change between them.
 */
class JournalReaderTest {
  private final FakeClock clock = new FakeClock();

  @TempDir Path directory;

  @BeforeEach
  void writeThreeFiles() {
    try (Journal journal = open(directory, clock)) {
      JournalSource flows = source(journal, "packetparser");
      for (int file = 0; file < 3; file++) {
        append(journal, flows, 10);
        journal.appendContext(bytes("change " + file));
        clock.pass(Duration.ofSeconds(1));
        append(journal, flows, 10);
        clock.pass(Duration.ofMinutes(11));
      }
    }
  }

  private Heard read(Start start) {
    Heard heard = new Heard();
    try (JournalReader reader = JournalReader.replay(directory, start, heard)) {
      return heard.drain(reader);
    }
  }

  @Test
  void shouldReadARecordingFromTheOldest() {
    Heard heard = read(new Start.Oldest());

    assertThat(heard.events)
        .containsExactly(
            "+packetparser",
            "=snapshot",
            "packetparser:0-9",
            "~change 0",
            "packetparser:10-19",
            "=snapshot",
            "packetparser:20-29",
            "~change 1",
            "packetparser:30-39",
            "=snapshot",
            "packetparser:40-49",
            "~change 2",
            "packetparser:50-59");
    assertThat(heard.lost).isEmpty();
  }

  @Test
  void shouldReadEachFileAlone() throws IOException {
    NavigableMap<Integer, Path> files = JournalFiles.list(directory);
    assertThat(files).hasSize(3);
    Files.delete(files.firstEntry().getValue());
    Files.delete(files.lastEntry().getValue());

    Heard heard = read(new Start.Oldest());

    assertThat(heard.events)
        .containsExactly(
            "+packetparser", "=snapshot", "packetparser:20-29", "~change 1", "packetparser:30-39");
    assertThat(heard.lost).isEmpty();
  }

  @Test
  void shouldTellTheRecordsOfAFileThatIsMissingInTheMiddle() throws IOException {
    NavigableMap<Integer, Path> files = JournalFiles.list(directory);
    Files.delete(files.get(files.firstKey() + 1));

    Heard heard = read(new Start.Oldest());

    assertThat(heard.batches())
        .containsExactly(
            "packetparser:0-9", "packetparser:10-19", "packetparser:40-49", "packetparser:50-59");
    assertThat(heard.lost).containsExactly(Map.entry("packetparser", 20L));
  }

  @Test
  void shouldReadACopyWithoutMetadataAndWithoutWritePermission() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("copy"));
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(name -> name.toString().endsWith(".cq4")).toList()) {
        Path to = Files.copy(file, copy.resolve(String.valueOf(file.getFileName())));
        assertThat(to.toFile().setReadOnly()).isTrue();
      }
    }
    assertThat(copy.toFile().setReadOnly()).isTrue();

    Heard heard = new Heard();
    try (JournalReader reader = JournalReader.replay(copy, new Start.Oldest(), heard)) {
      heard.drain(reader);
    }

    assertThat(heard.batches()).hasSize(6);
    try (Stream<Path> files = Files.list(copy)) {
      assertThat(files).hasSize(3);
    }
  }

  @Test
  void shouldStartSinceATimeWithTheContextOfThen() {
    Heard heard =
        read(new Start.Since(JournalFixture.START.plus(Duration.ofMinutes(11)).plusSeconds(2)));

    assertThat(heard.events)
        .containsExactly(
            "+packetparser",
            "=snapshot",
            "~change 1",
            "packetparser:30-39",
            "=snapshot",
            "packetparser:40-49",
            "~change 2",
            "packetparser:50-59");
    assertThat(heard.lost).isEmpty();
  }

  @Test
  void shouldStartWithAllWhenSinceIsBeforeEverything() {
    assertThat(read(new Start.Since(JournalFixture.START.minusSeconds(1))).batches()).hasSize(6);
  }

  @Test
  void shouldStartAfterAPositionWithTheContextOfThen() {
    long third = read(new Start.Oldest()).positions.get(2);

    Heard heard = read(new Start.After(third));

    assertThat(heard.events)
        .startsWith("+packetparser", "=snapshot", "~change 1", "packetparser:30-39", "=snapshot")
        .hasSize(8);
    assertThat(heard.lost).isEmpty();
  }

  @Test
  void shouldGoOnWithTheOldestAndTellWhenThePositionIsGone() throws IOException {
    long first = read(new Start.Oldest()).positions.getFirst();
    Files.delete(JournalFiles.list(directory).firstEntry().getValue());

    Heard heard = read(new Start.After(first));

    assertThat(heard.batches()).startsWith("packetparser:20-29").hasSize(4);
    assertThat(heard.lost)
        .as("one, which means one or more")
        .containsExactly(Map.entry("packetparser", 1L));
  }

  @Test
  void shouldStartWithTheNewestAndTheContextOfNow() {
    try (Journal journal = open(directory, clock)) {
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Newest(), heard)) {
        assertThat(reader.next()).isNull();
        assertThat(heard.events).containsExactly("+packetparser", "=snapshot", "~change 2");

        append(journal, source(journal, "packetparser"), 4);

        heard.drain(reader);
      }
      assertThat(heard.batches()).containsExactly("packetparser:0-3");
      assertThat(heard.lost).isEmpty();
    }
  }

  @Test
  void shouldWaitForTheFirstBatchOfAnEmptyJournal() {
    for (Start start :
        new Start[] {
          new Start.Oldest(), new Start.Newest(), new Start.Since(JournalFixture.START)
        }) {
      try (Journal journal = open(directory.resolve(start.getClass().getSimpleName()), clock)) {
        Heard heard = new Heard();
        try (JournalReader reader = journal.reader(start, heard)) {
          assertThat(reader.next()).isNull();
          append(journal, source(journal, "packetparser"), 1);
          heard.drain(reader);
        }
        assertThat(heard.batches()).as(start.toString()).containsExactly("packetparser:0-0");
      }
    }
  }

  @Test
  void shouldGoOnWhereTheNamedReaderStopped() {
    Start named = new Start.Named("metrics");
    try (Journal journal = open(directory, clock)) {
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(named, heard)) {
        for (int i = 0; i < 3; i++) {
          heard.add(next(reader));
        }
      }
      assertThat(heard.batches()).endsWith("packetparser:20-29");
    }

    try (Journal journal = open(directory, clock)) {
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(named, heard)) {
        heard.drain(reader);
      }
      assertThat(heard.events)
          .as("the batch that was not followed by another next() comes again, with its context")
          .startsWith(
              "+packetparser",
              "=snapshot",
              "~change 0",
              "=snapshot",
              "packetparser:20-29",
              "~change 1");
      append(journal, source(journal, "packetparser"), 2);
    }

    try (Journal journal = open(directory, clock)) {
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(named, heard)) {
        heard.drain(reader);
      }
      assertThat(heard.batches()).containsExactly("packetparser:0-1");
      assertThat(heard.lost).isEmpty();
    }
  }

  @Test
  void shouldTellTheNamedReaderExactlyWhatWentWhileItWasAway() throws IOException {
    Start named = new Start.Named("metrics");
    try (Journal journal = open(directory, clock);
        JournalReader reader = journal.reader(named, new Heard())) {
      assertThat(reader.next()).isNotNull();
      assertThat(reader.next()).isNotNull();
    }
    NavigableMap<Integer, Path> files = JournalFiles.list(directory);
    Files.delete(files.pollFirstEntry().getValue());
    Files.delete(files.pollFirstEntry().getValue());

    try (Journal journal = open(directory, clock)) {
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(named, heard)) {
        heard.drain(reader);
      }
      assertThat(heard.batches()).containsExactly("packetparser:40-49", "packetparser:50-59");
      assertThat(heard.lost).containsExactly(Map.entry("packetparser", 30L));
    }
  }

  @Test
  void shouldRefuseASecondReaderOfAName() {
    try (Journal journal = open(directory, clock);
        JournalReader first = journal.reader(new Start.Named("metrics"), new Heard())) {
      assertThat(first.lagNs()).isZero();

      assertThatThrownBy(() -> journal.reader(new Start.Named("metrics"), new Heard()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("metrics");
    }
  }

  @Test
  void shouldSayHowFarBehindItIs() {
    try (Journal journal = open(directory, clock)) {
      JournalSource flows = source(journal, "packetparser");
      try (JournalReader reader = journal.reader(new Start.Newest(), new Heard())) {
        assertThat(reader.next()).isNull();
        clock.pass(Duration.ofMinutes(1));
        append(journal, flows, 5);
        append(journal, flows, 6);
        clock.pass(Duration.ofSeconds(3));

        assertThat(reader.lagRecords()).isEqualTo(11);
        assertThat(reader.lagNs()).isEqualTo(Duration.ofSeconds(63).toNanos());

        assertThat(reader.next()).isNotNull();
        assertThat(reader.lagRecords()).isEqualTo(6);
        assertThat(reader.next()).isNotNull();
        assertThat(reader.next()).isNull();
        assertThat(reader.lagRecords()).isZero();
        assertThat(reader.lagNs()).isZero();
      }
    }
  }
}
