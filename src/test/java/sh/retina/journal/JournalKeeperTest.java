package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sh.retina.journal.JournalFixture.append;
import static sh.retina.journal.JournalFixture.bytes;
import static sh.retina.journal.JournalFixture.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.journal.JournalFixture.FakeClock;
import sh.retina.journal.JournalFixture.Heard;

/** A directory that fails and comes back, and readers that follow. */
class JournalKeeperTest {
  private final FakeClock clock = new FakeClock();

  @TempDir Path temporary;
  private Path directory = Path.of("");
  private Path memory = Path.of("");

  @BeforeEach
  void name() throws IOException {
    directory = temporary.resolve("journal");
    memory = Files.createDirectory(temporary.resolve("memory"));
  }

  private JournalKeeper open() {
    return JournalKeeper.open(
        new JournalSettings(directory, 64 << 20, Duration.ofHours(1)),
        memory,
        clock.both(),
        () -> bytes("snapshot"));
  }

  private static JournalReader follow(JournalReader reader, Heard heard) {
    boolean isSuperseded = reader.isSuperseded();
    heard.drain(reader);
    if (!isSuperseded) {
      return reader;
    }
    JournalReader next = reader.successor();
    reader.close();
    heard.drain(next);
    return next;
  }

  private static void appendTen(JournalKeeper keeper) {
    Journal journal = keeper.current();
    assertThat(append(journal, source(journal, "packetparser"), 10)).isTrue();
  }

  @Test
  void shouldStartWithoutHistoryAndComeBackWithNothingLost() throws IOException {
    Files.writeString(directory, "a file where the directory should be");
    Heard heard = new Heard();
    try (JournalKeeper keeper = open()) {
      assertThat(keeper.isDegraded()).isTrue();
      JournalReader reader = keeper.current().reader(new Start.Named("metrics"), heard);
      appendTen(keeper);

      Files.delete(directory);
      appendTen(keeper);
      clock.pass(Duration.ofMinutes(2));
      keeper.maintain();
      assertThat(keeper.isDegraded()).isFalse();
      appendTen(keeper);

      reader = follow(reader, heard);
      assertThat(heard.batches())
          .containsExactly("packetparser:0-9", "packetparser:10-19", "packetparser:0-9");
      assertThat(heard.lost).isEmpty();
      reader.close();
    }
    assertThat(memory).isEmptyDirectory();
    assertThat(JournalFiles.list(directory)).isNotEmpty();
  }

  @Test
  void shouldBeginAnewWhenTheDirectoryIsDeleted() throws IOException {
    Heard heard = new Heard();
    try (JournalKeeper keeper = open()) {
      JournalReader reader = keeper.current().reader(new Start.Oldest(), heard);
      appendTen(keeper);
      heard.drain(reader);
      deleteDirectory();
      appendTen(keeper);
      keeper.maintain();
      assertThat(keeper.isDegraded()).isTrue();
      reader = follow(reader, heard);
      clock.pass(Duration.ofMinutes(2));
      keeper.maintain();
      appendTen(keeper);

      reader = follow(reader, heard);
      assertThat(keeper.isDegraded()).isFalse();
      assertThat(heard.batches()).hasSize(3);
      assertThat(heard.lost).isEmpty();
      reader.close();
    }
    assertThat(JournalFiles.list(directory)).isNotEmpty();
  }

  @Test
  void shouldSayWhatADeletedDirectoryTookWithIt() throws IOException {
    Heard heard = new Heard();
    try (JournalKeeper keeper = open()) {
      JournalReader reader = keeper.current().reader(new Start.Named("metrics"), heard);
      appendTen(keeper);
      deleteDirectory();
      keeper.maintain();
      clock.pass(Duration.ofMinutes(2));
      keeper.maintain();
      appendTen(keeper);

      reader = follow(reader, heard);
      reader = follow(reader, heard);
      long lost = heard.lost.getOrDefault("packetparser", 0L);
      assertThat(heard.batches().size() * 10L + lost).isEqualTo(20);
      reader.close();
    }
  }

  @Test
  void shouldNotReadAgainWhatIsOlderThanTheReturn() throws IOException {
    try (JournalKeeper keeper = open()) {
      appendTen(keeper);
    }
    Path kept = temporary.resolve("kept");
    Files.move(directory, kept);
    Files.writeString(directory, "in the way");
    Heard heard = new Heard();
    try (JournalKeeper keeper = open()) {
      JournalReader reader = keeper.current().reader(new Start.Newest(), heard);
      Files.delete(directory);
      Files.move(kept, directory);
      clock.pass(Duration.ofMinutes(2));
      keeper.maintain();
      appendTen(keeper);

      reader = follow(reader, heard);
      assertThat(heard.batches()).hasSize(1);
      reader.close();
    }
  }

  @Test
  void shouldRefuseADirectoryThatAnotherWrites() {
    try (JournalKeeper keeper = open()) {
      assertThat(keeper.isDegraded()).isFalse();
      assertThatThrownBy(this::open)
          .isInstanceOf(JournalException.class)
          .hasMessageContaining("in use by another writer");
    }
  }

  private void deleteDirectory() throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
