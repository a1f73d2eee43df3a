package sh.retina.capture.output;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The programs that {@code bin/object-stores} builds; a build that is under way is waited for. */
public final class ObjectStores {
  private static final int PATIENCE_SECONDS = 30;
  private static final int BUILD_SECONDS = 20 * 60;

  private ObjectStores() {}

  /** Whether somebody has built them on this machine. */
  public static boolean areThere() {
    try {
      return Files.isExecutable(programs().resolve("versitygw"));
    } catch (IllegalStateException e) {
      return false;
    }
  }

  static Path programs() {
    String script =
        Path.of(System.getProperty("build.basedir", ""), "bin/object-stores")
            .toAbsolutePath()
            .toString();
    try {
      Process process =
          new ProcessBuilder(script, "path").redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(BUILD_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException("run bin/object-stores build");
      }
      return Path.of(output.strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server that listens on a port of loopback, and waits until it does. */
  static Process start(List<String> command, Map<String, String> environment, Path log, int port)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    for (int i = 0; i < PATIENCE_SECONDS * 50 && process.isAlive(); i++) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        return process;
      } catch (IOException e) {
        LockSupport.parkNanos(20_000_000); // it does not listen yet
      }
    }
    process.destroyForcibly();
    throw new IllegalStateException(command + " does not listen: " + Files.readString(log));
  }
}
