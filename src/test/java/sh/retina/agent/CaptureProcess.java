package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The role capture-worker, which runs until it ends by itself or is told to. */
record CaptureProcess(Process process) implements AutoCloseable {
  static CaptureProcess start(String... options) throws IOException {
    return start(Map.of(), List.of(), options);
  }

  /** With variables of the environment, and options of Java. */
  static CaptureProcess start(
      Map<String, String> environment, List<String> javaOptions, String... options)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC"));
    command.addAll(javaOptions);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "sh.retina.RetinaApplication",
            "capture-worker",
            "--name=it",
            "--node=n1"));
    command.addAll(Arrays.asList(options));
    return start(command, environment);
  }

  /** As the build packaged it. */
  static CaptureProcess startPackaged(String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("capture-worker", "--name=it", "--node=n1"));
    arguments.addAll(Arrays.asList(options));
    return start(Program.command(arguments.toArray(String[]::new)), Map.of());
  }

  private static CaptureProcess start(List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return new CaptureProcess(builder.start());
  }

  /** Waits until it has opened a file below the directory. */
  CaptureProcess awaitRecording(Path directory) throws IOException {
    for (int i = 0; i < 600 && process.isAlive(); i++) {
      if (!names(directory, ".part").isEmpty()) {
        return this;
      }
      LockSupport.parkNanos(20_000_000);
    }
    throw new AssertionError("it does not record: " + error());
  }

  /** SIGTERM, by the handle: the other way closes the streams too. */
  CaptureProcess terminate() {
    process.toHandle().destroy();
    return this;
  }

  int exitCode() throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ended").isTrue();
    return process.exitValue();
  }

  /** The last that it says of itself. */
  JsonNode status() throws IOException {
    List<String> lines =
        new String(output().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    return JsonMapper.shared().readTree(lines.getLast());
  }

  /** Reads what it says of itself until it says this. */
  void await(Predicate<JsonNode> wanted) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = output().read(); c >= 0; c = output().read()) {
      if (c != '\n') {
        line.append((char) c);
      } else if (wanted.test(JsonMapper.shared().readTree(line.toString()))) {
        return;
      } else {
        line.setLength(0);
      }
    }
    throw new AssertionError("it ended before: " + error());
  }

  InputStream output() {
    return process.getInputStream();
  }

  String error() throws IOException {
    return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Of files below a directory. */
  static List<String> names(Path directory, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(suffix))
          .sorted()
          .toList();
    }
  }
}
