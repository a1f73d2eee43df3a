package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sh.retina.journal.JournalFixture.append;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.journal.JournalFixture.FakeClock;
import sh.retina.journal.JournalFixture.Heard;

class JournalFilesTest {
  private final FakeClock clock = new FakeClock();

  @TempDir Path directory;

  private void writeBatches(int batches) {
    try (Journal journal = open(directory, clock)) {
      JournalSource flows = source(journal, "packetparser");
      for (int i = 0; i < batches; i++) {
        append(journal, flows, 10);
      }
    }
  }

  private Heard readAll() {
    Heard heard = new Heard();
    try (JournalReader reader = JournalReader.replay(directory, new Start.Oldest(), heard)) {
      return heard.drain(reader);
    }
  }

  @Test
  void shouldNameAForeignFileAndLeaveItAlone() throws IOException {
    Path foreign = Files.writeString(directory.resolve("backup.cq4"), "mine");

    assertThatThrownBy(() -> open(directory, clock))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining(foreign.toString())
        .hasMessageContaining("move it away");
    assertThat(foreign).hasContent("mine");
  }

  @Test
  void shouldNameADamagedFileAndMoveItAsideForWriting() throws IOException {
    writeBatches(3);
    Path file = JournalFiles.list(directory).firstEntry().getValue();
    overwrite(
        file,
        0,
        "no journal starts like this, it is text"
            .repeat(20)
            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    byte[] before = Files.readAllBytes(file);

    assertThatThrownBy(this::readAll)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining(file.toString());
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    writeBatches(2);

    assertThat(readAll().batches()).hasSize(2);
    assertThat(directory.resolve(CorruptFiles.FOLDER).resolve(file.getFileName()))
        .hasBinaryContent(before);
  }

  @Test
  void shouldNameDamagedMetadataAndWorkWithoutIt() throws IOException {
    writeBatches(3);
    Path metadata = directory.resolve(JournalFiles.METADATA);
    overwrite(
        metadata,
        0,
        "not what it was".repeat(50).getBytes(java.nio.charset.StandardCharsets.UTF_8));

    assertThatThrownBy(this::readAll)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining(metadata.toString())
        .hasMessageContaining("start at the oldest record");

    writeBatches(1);
    assertThat(readAll().batches()).hasSize(4);
  }

  @Test
  void shouldSetAsideAFileThatWasNeverBegun() throws IOException {
    writeBatches(3);
    int next = JournalFiles.list(directory).lastKey() + 1;
    Path unfinished = Files.createFile(JournalFiles.file(directory, next));
    overwrite(unfinished, 0, new byte[128 << 10]);

    writeBatches(2);

    assertThat(readAll().batches()).hasSize(5);
    assertThat(unfinished.resolveSibling(unfinished.getFileName() + ".unfinished")).exists();
  }

  /** Killed after the first excerpt's length was there, or in the word that follows. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5})
  void shouldSetAsideAFileWhoseFirstWordIsNotWhole(int written) throws IOException {
    writeBatches(3);
    Path unfinished =
        Files.createFile(JournalFiles.file(directory, JournalFiles.list(directory).lastKey() + 1));
    overwrite(unfinished, 0, new byte[128 << 10]);
    overwrite(unfinished, 0, new byte[] {0, 0, 0, (byte) 0xc0});
    overwrite(
        unfinished,
        4,
        Arrays.copyOf(new byte[] {(byte) 0xb9, 6, 'h', 'e', 'a', 'd', 'e', 'r'}, written));

    assertThat(readAll().batches()).hasSize(3);
    writeBatches(2);

    assertThat(readAll().batches()).hasSize(5);
    assertThat(unfinished.resolveSibling(unfinished.getFileName() + ".unfinished")).exists();
    assertThat(directory.resolve(CorruptFiles.FOLDER)).doesNotExist();
  }

  @Test
  void shouldIgnoreWhatIsNotItsBusiness() throws IOException {
    Files.createDirectory(directory.resolve("lost+found"));
    Files.writeString(directory.resolve("notes.txt"), "mine");

    writeBatches(1);

    assertThat(readAll().batches()).hasSize(1);
    assertThat(directory.resolve("notes.txt")).hasContent("mine");
  }

  @Test
  void shouldPassOverADamagedExcerptAfterNamingIt() throws IOException {
    writeBatches(3);
    Path file = JournalFiles.list(directory).firstEntry().getValue();
    List<Long> starts = batchesIn(file);
    assertThat(starts).hasSize(3);
    overwrite(file, starts.get(1), new byte[] {77});

    Heard heard = new Heard();
    try (JournalReader reader = JournalReader.replay(directory, new Start.Oldest(), heard)) {
      assertThatThrownBy(() -> heard.drain(reader))
          .isInstanceOf(JournalException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("damaged at position");
      heard.drain(reader);
    }
    assertThat(heard.batches()).containsExactly("packetparser:0-9", "packetparser:20-29");
    assertThat(heard.lost).containsEntry("packetparser", 10L);
  }

  /** Word by word, also those that are Chronicle's own. */
  @Test
  void shouldNameWhateverIsWrongWithAFileThatIsOnlyRead() throws IOException {
    writeBatches(2);
    Path file = JournalFiles.list(directory).firstEntry().getValue();
    byte[] words;
    try (InputStream in = Files.newInputStream(file)) {
      words = in.readNBytes(256 << 10);
    }
    for (int at = 0; at + 4 <= words.length; at += 4) {
      byte[] word = Arrays.copyOfRange(words, at, at + 4);
      if (!Arrays.equals(word, new byte[4])) {
        for (byte damage : new byte[] {0, 1, 0x41, (byte) 0x81, (byte) 0xff}) {
          overwrite(file, at, new byte[] {damage, damage, damage, damage});
          readUntilItEnds(at);
        }
        overwrite(file, at, word);
      }
    }
  }

  private void readUntilItEnds(int at) {
    JournalException last = null;
    try (JournalReader reader = JournalReader.replay(directory, new Start.Oldest(), new Heard())) {
      for (int steps = 0; steps < 1_000; steps++) {
        try {
          if (reader.next() == null) {
            return;
          }
        } catch (JournalException e) {
          assertThat(e).hasMessageContaining(directory.toString());
          last = e;
        }
      }
      throw new AssertionError("no end with damage at " + at, last);
    } catch (JournalException e) {
      assertThat(e).hasMessageContaining(directory.toString());
    }
  }

  @Test
  void shouldSayThatADirectoryHoldsNoJournal() {
    assertThatThrownBy(this::readAll)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("holds no journal");
    assertThatThrownBy(
            () -> JournalReader.replay(directory.resolve("none"), new Start.Oldest(), new Heard()))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("none");
  }

  /**
   * Where batches of ten records begin: kind, version, payload offset, source 0, count 10, 640
   * bytes.
   */
  private static List<Long> batchesIn(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    List<Long> starts = new ArrayList<>();
    for (int i = 0; i + 16 < content.length; i += 4) {
      ByteBuffer at = ByteBuffer.wrap(content, i, 16).order(java.nio.ByteOrder.LITTLE_ENDIAN);
      if (at.get() == Excerpt.BATCH
          && at.get() == 1
          && at.getShort() >= 48
          && at.getInt() == 0
          && at.getInt() == 10
          && at.getInt() == 640) {
        starts.add((long) i);
      }
    }
    return starts;
  }

  private static void overwrite(Path file, long at, byte[] with) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(with), at);
    }
  }
}
