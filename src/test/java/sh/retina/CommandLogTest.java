package sh.retina;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the libraries of a command log does not come between its answer's lines. */
class CommandLogTest {
  /** A command whose process logs in the end. */
  static final class Logging {
    public static void main(String[] arguments) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> LoggerFactory.getLogger("library").warn("said by a library")));
      RetinaApplication.main(arguments);
    }
  }

  @Test
  void shouldLogToStandardError() throws Exception {
    Process command =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Logging.class.getName(),
                "completion")
            .start();
    String output = new String(command.getInputStream().readAllBytes(), UTF_8);
    String errors = new String(command.getErrorStream().readAllBytes(), UTF_8);

    assertThat(command.waitFor()).as(errors).isZero();
    assertThat(output).isNotEmpty().doesNotContain("said by a library");
    assertThat(errors).contains("WARN  library: said by a library");
  }
}
