package sh.retina;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Where a page says which test shows something, there is such a test, and such a method in it. */
class DocumentedTestsTest {
  private static final Path TESTS = Path.of("src/test/java");
  private static final Pattern NAME =
      Pattern.compile("`([A-Z][a-z][A-Za-z0-9]*(?:Test|IT))(?:\\.(should\\w+))?`");

  private static List<MatchResult> names(Path page) throws IOException {
    return NAME.matcher(Files.readString(page)).results().toList();
  }

  private static List<Path> files(Path root, String end) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(end)).toList();
    }
  }

  @Test
  void shouldFindEachTestThatAPageNames() throws IOException {
    List<Path> tests = files(TESTS, ".java");
    List<String> missing = new ArrayList<>();
    List<Path> pages = new ArrayList<>(files(Path.of("docs"), ".md"));
    pages.addAll(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
    for (Path page : pages) {
      for (MatchResult name : names(page)) {
        if (!isThere(tests, name.group(1), name.group(2))) {
          missing.add(page + ": " + name.group());
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  private static boolean isThere(
      List<Path> tests, String type, @org.jspecify.annotations.Nullable String method)
      throws IOException {
    for (Path test : tests) {
      if (test.endsWith(type + ".java")) {
        return method == null || Files.readString(test).contains("void " + method + "(");
      }
    }
    return false;
  }

  @Test
  void shouldNameATestForEachPromise() throws IOException {
    Set<String> named =
        names(Path.of("docs/reliability.md")).stream()
            .map(name -> name.group(1))
            .collect(Collectors.toSet());

    assertThat(named).hasSizeGreaterThan(15);
    List<String> rows =
        Files.readAllLines(Path.of("docs/reliability.md")).stream()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| what happens"))
            .toList();
    assertThat(rows).allMatch(row -> NAME.matcher(row).find());
  }
}
