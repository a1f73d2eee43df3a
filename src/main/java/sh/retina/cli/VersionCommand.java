package sh.retina.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/** The version of this program, as its build wrote it down. */
@Command(
    name = "version",
    description = "Prints the version of this program; -o wide: and of what it runs on.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  kubectl retina version -o json"})
final class VersionCommand implements Runnable, IVersionProvider {
  @Mixin private Output output = new Output();

  /** What is known of it. */
  record Version(String version, String java, String system) {}

  private static final String BUILD = "/META-INF/build-info.properties";

  @Override
  public void run() {
    if (output.isTable() && !output.isWide()) {
      Console.answer("retina " + version());
      return;
    }
    Version all =
        new Version(
            version(),
            System.getProperty("java.vm.version", ""),
            System.getProperty("os.name", "") + " " + System.getProperty("os.arch", ""));
    output.print(
        all,
        _ -> {
          Table table = new Table("VERSION", "JAVA", "SYSTEM");
          table.add(all.version(), all.java(), all.system());
          return table;
        });
  }

  @Override
  public String[] getVersion() {
    return new String[] {"retina " + version()};
  }

  private static String version() {
    try (InputStream file = VersionCommand.class.getResourceAsStream(BUILD)) {
      if (file == null) {
        return "(not built by Maven)";
      }
      Properties build = new Properties();
      build.load(file);
      return build.getProperty("build.version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
