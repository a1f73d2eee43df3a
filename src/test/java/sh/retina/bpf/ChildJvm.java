package sh.retina.bpf;

import java.io.File;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sh.retina.Command;

/** A Java process of its own, for what a test must not do to this one. */
final class ChildJvm {
  static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

  private ChildJvm() {}

  /**
   * Runs a class's main method and answers what it printed.
   *
   * @param prefix shell words before the command, such as {@code setpriv …}
   * @param expectedCode the exit code that it must end with
   */
  static String run(
      String prefix, String option, int expectedCode, Class<?> main, String... arguments) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return Command.run(
        "sh",
        "-c",
        String.join(
                " ",
                prefix,
                java,
                "-XX:TieredStopAtLevel=1",
                option,
                "-cp",
                "'" + ourClasses() + "'",
                "'" + main.getName() + "'",
                String.join(" ", arguments))
            + "; test $? = "
            + expectedCode);
  }

  /** The class path without libraries: the package needs none. */
  private static String ourClasses() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> new File(entry).isDirectory())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
