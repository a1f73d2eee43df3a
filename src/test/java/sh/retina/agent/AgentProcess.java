package sh.retina.agent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.NetworkNamespace;
import tools.jackson.databind.json.JsonMapper;

/** The packaged jar as a process of its own, as on a node. */
final class AgentProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** For one answer; who waits for something asks again. */
  private static final Duration ANSWER = Duration.ofSeconds(20);

  private final Process process;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final Thread listener;
  private final int port;
  private @Nullable NetworkNamespace namespace;

  /**
   * @param before command to run the JVM with, such as setpriv; may be empty
   */
  AgentProcess(List<String> before, int port, String... settings) {
    this(command(before, port, settings), port);
  }

  private AgentProcess(List<String> command, int port) {
    this.port = port;
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("MALLOC_ARENA_MAX", "2"); // as bin/retina does
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    listener = Thread.ofPlatform().daemon().start(this::listen);
  }

  /** One that another command starts, such as a container's. */
  static AgentProcess of(List<String> command, int port) {
    return new AgentProcess(command, port);
  }

  private static List<String> command(List<String> before, int port, String... settings) {
    List<String> command = new ArrayList<>(before);
    command.addAll(Program.command("agent", "--retina.http.port=" + port));
    command.addAll(List.of(AgentSettings.withPlugins(settings)));
    return command;
  }

  /** So that it never waits for somebody to read, and its words are there when it is killed. */
  private void listen() {
    try (InputStream output = process.getInputStream()) {
      output.transferTo(said);
    } catch (IOException e) {
      // Closed by its death.
    }
  }

  /** Waits until it is ready; fails with what it said when it ended instead. */
  AgentProcess awaitReady() {
    await("readiness", () -> status("/actuator/health/readiness") == 200);
    return this;
  }

  void await(String what, java.util.function.BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (!process.isAlive()) {
        throw new AssertionError(
            "ended with " + process.exitValue() + " before " + what + ": " + output());
      }
      if (System.nanoTime() > end) {
        process.destroyForcibly();
        throw new AssertionError("no " + what + ": " + output());
      }
      LockSupport.parkNanos(100_000_000);
    }
  }

  /** From now on it is asked from inside a network namespace, as where it listens. */
  AgentProcess listeningIn(NetworkNamespace namespace) {
    this.namespace = namespace;
    return this;
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  int status(String path) {
    try {
      return ask(path).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  /** The body of an answer that ends; empty for an error. */
  String get(String path) {
    try {
      return ask(path).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The status that {@code /actuator/health} says: UP, DEGRADED, … */
  String health() {
    try {
      return JsonMapper.shared().readTree(ask("/actuator/health").body()).get("status").asString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Value of the one series of {@code /metrics} that begins so; 0 while there is none. */
  double metric(String series) {
    double sum = 0;
    for (Map.Entry<String, Double> entry : scrape().entrySet()) {
      if (entry.getKey().startsWith(series)) {
        sum += entry.getValue();
      }
    }
    return sum;
  }

  /** One scrape: value by series, as the text has it. */
  Map<String, Double> scrape() {
    try {
      return RunningAgent.series(ask("/metrics").body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A number of {@code /proc/PID/status}: {@code VmRSS} in KiB, {@code Threads}. */
  long processStatus(String key) {
    try (var lines = Files.lines(Path.of("/proc", String.valueOf(process.pid()), "status"))) {
      return lines
          .filter(line -> line.startsWith(key + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Answer(int statusCode, String body) {}

  private Answer ask(String path) throws IOException {
    NetworkNamespace in = namespace;
    return in == null ? fetch(path) : in.call(() -> fetch(path));
  }

  /** On the calling thread, as that is what is in a namespace. */
  private Answer fetch(String path) throws IOException {
    var connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + port + path).toURL().openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout((int) ANSWER.toMillis());
    connection.setReadTimeout((int) ANSWER.toMillis());
    connection.setRequestProperty("Connection", "close");
    int status = connection.getResponseCode();
    try (InputStream body =
        status < 400 ? connection.getInputStream() : InputStream.nullInputStream()) {
      return new Answer(status, new String(body.readAllBytes(), StandardCharsets.UTF_8));
    } finally {
      connection.disconnect();
    }
  }

  /** SIGTERM. */
  AgentProcess terminate() {
    process.destroy();
    return this;
  }

  /** SIGKILL. */
  AgentProcess kill() {
    process.destroyForcibly();
    return this;
  }

  int exitCode() {
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("did not end: " + output());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What it has written so far. */
  String saidSoFar() {
    return said.toString(StandardCharsets.UTF_8);
  }

  /** What it wrote, once it has ended. */
  String output() {
    try {
      listener.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return said.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    exitCode();
  }
}
