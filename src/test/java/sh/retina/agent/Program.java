package sh.retina.agent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The program as the build packaged it, with the cache of classes that a node starts it with. */
public final class Program {
  private Program() {}

  /** The command that runs a role of it, such as {@code agent}. */
  public static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(property("build.jvm.flags").split(" ", -1)));
    command.add("-jar");
    command.add(System.getProperty("build.program", jar().toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** What is shipped, in one file. */
  static Path jar() {
    return Path.of(property("build.jar"));
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name);
  }
}
