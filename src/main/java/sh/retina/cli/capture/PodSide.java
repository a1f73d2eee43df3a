package sh.retina.cli.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import sh.retina.cli.CliException;
import sh.retina.cli.Console;

/** What runs in a {@link HelperPod}: an image without a shell has no cat and no sleep. */
final class PodSide {
  private PodSide() {}

  /** Is there until it is told to go, or nobody came for so long. */
  @Command(name = "hold", hidden = true, description = "Waits.")
  static final class Hold implements Callable<Integer> {
    @Option(names = "--seconds", paramLabel = "N", description = "Default: 3600.")
    private long seconds = 3_600;

    @Override
    public Integer call() throws InterruptedException {
      boolean ended = new CountDownLatch(1).await(seconds, TimeUnit.SECONDS);
      return ended ? 1 : 0;
    }
  }

  /** A file below a directory, as it is, to standard output. */
  @Command(name = "send", hidden = true, description = "Writes a file to standard output.")
  static final class Send implements Callable<Integer> {
    @Option(names = "--directory", required = true, paramLabel = "DIR", description = "Base.")
    private Path directory = Path.of("/");

    @Parameters(paramLabel = "FILE", description = "Below it.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws IOException {
      if (!Files.isRegularFile(file)) {
        throw CliException.failed(file + " is not there any more");
      }
      if (!file.toRealPath().startsWith(directory.toRealPath())) {
        throw CliException.failed(file + " is not below " + directory);
      }
      OutputStream out = Console.bytes();
      Files.copy(file, out);
      out.flush();
      return 0;
    }
  }
}
