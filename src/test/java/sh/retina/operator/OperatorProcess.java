package sh.retina.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import sh.retina.agent.Program;

/** The packaged program in the role operator, as a process of its own. */
final class OperatorProcess implements AutoCloseable {
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final Process process;
  private final Path log;
  private final int port;

  OperatorProcess(Path directory, Path kubeconfig, int port, String... settings) {
    this(directory, List.of("env", "KUBECONFIG=" + kubeconfig), port, settings);
  }

  /**
   * @param before command to run the JVM with, which says where the API server is
   */
  OperatorProcess(Path directory, List<String> before, int port, String... settings) {
    this.port = port;
    this.log = directory.resolve("operator-" + port + ".log");
    List<String> command = new ArrayList<>(before);
    command.addAll(Program.command("operator", "--retina.operator.port=" + port));
    command.addAll(List.of(settings));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isReady() {
    if (!process.isAlive()) {
      throw new IllegalStateException("it ended: " + output());
    }
    try {
      return get("/actuator/health/readiness").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  boolean leads() {
    return metrics().lines().anyMatch(line -> line.equals("retina_operator_leader 1.0"));
  }

  String metrics() {
    try {
      return get("/actuator/prometheus").body();
    } catch (IOException e) {
      return "";
    }
  }

  private HttpResponse<String> get(String path) throws IOException {
    try {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofSeconds(20))
              .build(),
          HttpResponse.BodyHandlers.ofString(UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    ended();
  }

  /** SIGTERM; waits for the end. */
  int terminate() {
    process.destroy();
    return ended();
  }

  private int ended() {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("did not end: " + output());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    ended();
    http.close();
  }
}
