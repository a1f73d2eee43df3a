package sh.retina.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The version of this program, as its build wrote it down. */
@Command(name = "version", description = "Prints the version of this program.")
final class VersionCommand implements Runnable, IVersionProvider {
  private static final String BUILD = "/META-INF/build-info.properties";

  @Override
  public void run() {
    Console.answer(version());
  }

  @Override
  public String[] getVersion() {
    return new String[] {version()};
  }

  private static String version() {
    try (InputStream file = VersionCommand.class.getResourceAsStream(BUILD)) {
      if (file == null) {
        return "retina (not built by Maven)";
      }
      Properties build = new Properties();
      build.load(file);
      return "retina " + build.getProperty("build.version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
