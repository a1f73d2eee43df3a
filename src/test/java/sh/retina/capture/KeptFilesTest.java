package sh.retina.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptFilesTest {
  private static final int MEGABYTE = 1_000_000;

  @TempDir private Path directory;

  @BeforeEach
  void fill() throws IOException {
    write("ring-n1-20260101000001UTC.pcapng");
    write("ring-n1-20260101000001UTC-metadata.zip");
    write("ring-n1-20260101000002UTC-00001.pcapng");
    write("ring-n1-20260101000002UTC-00002.pcapng");
    write("ring-n1-20260101000003UTC.pcapng");
    write("ring-n2-20260101000000UTC.pcapng"); // another node's, on a disk that they share
    write("web-n1-20260101000000UTC.pcapng");
    write("ring-n1-notes.txt");
  }

  private void write(String name) throws IOException {
    Files.write(Files.createDirectories(directory.resolve("ring")).resolve(name), new byte[1_000]);
  }

  private String trim(String... more) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "--name=ring",
                "--node=n1",
                "--duration=1s",
                "--trigger-reason=NO_SOCKET",
                "--rearm",
                "--directory=" + directory,
                "--host-path=ring"));
    words.addAll(List.of(more));
    return KeptFiles.trim(SettingsReader.read(words, Map.of()));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("ring"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void shouldKeepAllWithoutBounds() throws IOException {
    assertThat(trim()).isEmpty();
    assertThat(trim("--keep-files=5", "--keep-size=1")).isEmpty();

    assertThat(names()).hasSize(8);
  }

  @Test
  void shouldDeleteTheOldestCapturesWhole() throws IOException {
    assertThat(trim("--keep-files=4"))
        .isEqualTo(
            "deleted 2 files of older captures, 2000 bytes, from " + directory.resolve("ring"));

    assertThat(names())
        .containsExactly(
            "ring-n1-20260101000002UTC-00001.pcapng",
            "ring-n1-20260101000002UTC-00002.pcapng",
            "ring-n1-20260101000003UTC.pcapng",
            "ring-n1-notes.txt",
            "ring-n2-20260101000000UTC.pcapng",
            "web-n1-20260101000000UTC.pcapng");
  }

  @Test
  void shouldKeepTheNewestWhateverItsSize() throws IOException {
    Files.write(directory.resolve("ring/ring-n1-20260101000003UTC.pcapng"), new byte[2 * MEGABYTE]);

    assertThat(trim("--keep-size=1")).startsWith("deleted 4 files of older captures");

    assertThat(names()).hasSize(4).contains("ring-n1-20260101000003UTC.pcapng");
  }

  @Test
  void shouldDeleteWhatAKilledWorkerLeft() throws IOException {
    write("ring-n1-20260101000004UTC.pcapng.part");
    write("web-n1-20260101000004UTC.pcapng.part");

    assertThat(trim("--keep-files=9")).startsWith("deleted 1 files");

    assertThat(names())
        .doesNotContain("ring-n1-20260101000004UTC.pcapng.part")
        .contains("web-n1-20260101000004UTC.pcapng.part");
  }
}
