package sh.retina;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The source tree keeps its conventions, and each check finds what is planted in a tree made for
 * it.
 */
class ConventionTest {
  private static final Path PROJECT = Path.of("").toAbsolutePath();

  @TempDir Path planted;

  @Test
  void shouldLookAtTheProject() {
    assertThat(PROJECT.resolve("pom.xml")).exists();
    assertThat(PROJECT.resolve("src/main/java/sh/retina/plugin")).isDirectory();
  }

  @ParameterizedTest
  @EnumSource
  void shouldHold(Conventions convention) {
    assertThat(convention.violations(PROJECT)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void shouldFindWhatIsPlanted(Conventions convention) throws IOException {
    String expected =
        switch (convention) {
          case A_PLUGIN_IS_COMPLETE -> plant("src/main/c/bpf/lonely.bpf.c", "");
          case EVERY_PACKAGE_HAS_ITS_SENTENCE ->
              plant("src/main/java/sh/retina/mute/Mute.java", "");
          case FILES_ARE_SHORT ->
              plant("src/main/java/Long.java", "\n".repeat(Conventions.LONGEST_FILE + 1));
          case NO_BINARIES -> plant("src/main/resources/old.o", "");
          case NOTHING_IS_LEFT_FOR_LATER -> plant("bin/later", "#!/bin/sh\n# " + "TO" + "DO\n");
          case THROWABLE_IS_CAUGHT_BY_NATIVE_CALLS_AND_LOOPS_ONLY ->
              plant("src/main/java/sh/retina/pipeline/Wide.java", "} catch (Throwable t) {");
          case PROGRAMS_ARE_EXECUTABLE -> plant("bin/program", "#!/bin/sh\n");
          case TEST_NETWORKS_ARE_OF_ONE_CLASS -> {
            plant("src/test/java/FirstIT.java", "new TestNetwork(\"twin\", 1)");
            yield plant("src/test/java/SecondIT.java", "new TestNetwork(\n  \"twin\", 1)");
          }
        };

    assertThat(convention.violations(planted))
        .isNotEmpty()
        .allSatisfy(found -> assertThat(related(found, expected)).isTrue());
  }

  private String plant(String path, String text) throws IOException {
    Path file = planted.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return path;
  }

  /** The planted file itself, its folder, or the missing parts of the same plugin. */
  private static boolean related(String found, String planted) {
    String path = found.substring(0, found.indexOf(' '));
    return planted.startsWith(path) || path.contains("lonely");
  }
}
