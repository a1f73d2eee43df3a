package sh.retina.export.flowlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingFileTest {
  private static final String LINE = "x".repeat(99);

  @TempDir private Path directory;
  private Instant now = Instant.parse("2026-01-02T15:04:05Z");

  private RotatingFile open(int backups, boolean compresses) throws IOException {
    return new RotatingFile(directory.resolve("flows.log"), 1_000, backups, compresses, () -> now);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void shouldPutAsideWhatWouldBeTooLarge() throws IOException {
    try (RotatingFile file = open(2, false)) {
      for (int i = 0; i < 45; i++) { // ten lines each
        file.write(LINE);
        now = now.plusMillis(1);
      }
    }

    assertThat(names())
        .containsExactly(
            "flows-2026-01-02T15-04-05.030.log", "flows-2026-01-02T15-04-05.040.log", "flows.log");
    assertThat(directory.resolve("flows.log")).hasSize(500);
    assertThat(directory.resolve("flows-2026-01-02T15-04-05.040.log")).hasSize(1_000);
  }

  @Test
  void shouldCompressWhatIsPutAside() throws IOException {
    try (RotatingFile file = open(0, true)) {
      for (int i = 0; i < 25; i++) { // within one millisecond
        file.write(LINE);
      }
    }

    assertThat(names())
        .containsExactly(
            "flows-2026-01-02T15-04-05.000.log.gz",
            "flows-2026-01-02T15-04-05.001.log.gz",
            "flows.log");
    try (GZIPInputStream packed =
        new GZIPInputStream(
            Files.newInputStream(directory.resolve("flows-2026-01-02T15-04-05.000.log.gz")))) {
      assertThat(new String(packed.readAllBytes(), StandardCharsets.UTF_8).lines())
          .hasSize(10)
          .containsOnly(LINE);
    }
  }

  @Test
  void shouldLeaveOtherFilesAlone() throws IOException {
    Files.writeString(directory.resolve("flows-old.log"), "mine");
    Files.writeString(directory.resolve("flows-.log"), "mine");
    try (RotatingFile file = open(1, false)) {
      for (int i = 0; i < 45; i++) {
        file.write(LINE);
      }
    }

    assertThat(names()).contains("flows-old.log", "flows-.log").hasSize(4);
  }

  @Test
  void shouldCutOffTheLineThatADeadProcessWroteHalfOf() throws IOException {
    Path path = directory.resolve("flows.log");
    Files.writeString(path, "whole\nhal");
    try (RotatingFile file = open(1, false)) {
      file.write("next");
    }

    assertThat(path).hasContent("whole\nnext\n");
  }
}
