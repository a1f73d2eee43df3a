package sh.retina.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** In place of Cilium's agent: src/test/go/ciliummonitor, a process of its own. */
final class MonitorServer implements AutoCloseable {
  private static final Path SOURCE =
      Path.of(System.getProperty("build.basedir", ""), "src/test/go/ciliummonitor")
          .toAbsolutePath();

  private final Process process;
  private final Writer commands;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

  private MonitorServer(Path program, Path socket) throws IOException {
    Files.deleteIfExists(socket);
    process =
        new ProcessBuilder(program.toString(), socket.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("monitor-answers").start(this::read);
    await("listening");
  }

  /** Whether there is a Go to build it with. */
  static boolean canBeBuilt() {
    try {
      return new ProcessBuilder("go", "version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The program, built of the standard library alone. */
  static Path build() throws IOException, InterruptedException {
    Path program =
        Path.of(System.getProperty("build.basedir", ""), "target/ciliummonitor").toAbsolutePath();
    ProcessBuilder build =
        new ProcessBuilder("go", "build", "-o", program.toString(), ".")
            .directory(SOURCE.toFile())
            .inheritIO();
    build.environment().put("GOTOOLCHAIN", "local");
    build.environment().put("GOFLAGS", "-mod=mod");
    if (build.start().waitFor() != 0) {
      throw new AssertionError("go build failed in " + SOURCE);
    }
    return program;
  }

  static MonitorServer start(Path program, Path socket) throws IOException {
    return new MonitorServer(program, socket);
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      in.lines().forEach(answers::add);
    } catch (IOException | UncheckedIOException e) {
      answers.add(e.toString());
    }
  }

  void await(String answer) {
    try {
      String came = answers.poll(60, TimeUnit.SECONDS);
      if (!answer.equals(came)) {
        throw new AssertionError("ciliummonitor said " + came + " and not " + answer);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  void say(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
      await("sent");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void sample(byte[] message) {
    say("sample " + HexFormat.of().formatHex(message));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
