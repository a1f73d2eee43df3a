package sh.retina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.Command;
import sh.retina.RetinaApplication;

/**
 * What the command line loads before it says anything. Its start is a matter of classes: their
 * number does not depend on how busy the machine is, so a time is not asserted.
 */
class CliStartTest {
  /** Of our own and of libraries; 196 for {@code version} and 273 for {@code --help} as of now. */
  private static final int MOST_CLASSES = 340;

  /** Eleven of the client are named by commands' methods, so the verifier looks at them. */
  private static final int MOST_OF_THE_CLIENT = 16;

  private static final Pattern LOADED = Pattern.compile(".*\\] (\\S+) source: file:.*");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"--help", "version", "status --help", "observe --help"})
  void shouldLoadNeitherSpringNorAServerToSayHowItIsUsed(String words) throws Exception {
    Path log = directory.resolve("classes");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load:file=" + log + ":uptime,tags",
                "-cp",
                System.getProperty("java.class.path"),
                RetinaApplication.class.getName()));
    command.addAll(List.of(words.split(" ", -1)));

    Command.run(command);

    List<String> classes;
    try (Stream<String> lines = Files.lines(log)) {
      classes = lines.map(LOADED::matcher).filter(m -> m.matches()).map(m -> m.group(1)).toList();
    }
    assertThat(classes).contains("sh.retina.cli.Cli").hasSizeLessThan(MOST_CLASSES);
    assertThat(classes)
        .noneMatch(name ->
            name.matches(
                "(org\\.springframework|io\\.netty|io\\.grpc|reactor|ch\\.qos|net\\.openhft"
                    + "|com\\.fasterxml|com\\.google|software\\.amazon)\\..*"));
    assertThat(classes.stream().filter(name -> name.startsWith("io.fabric8.")))
        .hasSizeLessThan(MOST_OF_THE_CLIENT);
  }
}
