package sh.retina.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CrdFilesTest {
  private static final Path CHART = Path.of("helm", "retina", "crds");
  private static final Path PAGE = Path.of("docs", "crds.md");
  private static final String REWRITE = "retina.docs.write";

  @Test
  void shouldBeTheFilesOfTheChart() throws IOException {
    Map<String, String> files = CrdFiles.all();
    if (Boolean.getBoolean(REWRITE)) {
      Files.createDirectories(CHART);
      for (Map.Entry<String, String> file : files.entrySet()) {
        Files.writeString(CHART.resolve(file.getKey()), file.getValue());
      }
    }

    for (Map.Entry<String, String> file : files.entrySet()) {
      assertThat(Files.readString(CHART.resolve(file.getKey())))
          .as(
              "%s; rewrite it with: ./mvnw test -Dtest=CrdFilesTest -D%s=true",
              file.getKey(), REWRITE)
          .isEqualTo(file.getValue());
    }
    try (var found = Files.list(CHART)) {
      assertThat(found.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(files.keySet());
    }
  }

  @Test
  void shouldBeThePageOfTheDocumentation() throws IOException {
    String page = CrdPage.text();
    if (Boolean.getBoolean(REWRITE)) {
      Files.writeString(PAGE, page);
    }

    assertThat(Files.readString(PAGE))
        .as("%s; rewrite it with: ./mvnw test -Dtest=CrdFilesTest -D%s=true", PAGE, REWRITE)
        .isEqualTo(page);
  }

  @Test
  void shouldSayInEachSentenceWhatToDo() {
    assertThat(CrdFiles.sentences())
        .hasSizeGreaterThan(30)
        .allSatisfy(sentence -> assertThat(sentence).doesNotEndWith(".").hasSizeBetween(20, 500));
  }
}
