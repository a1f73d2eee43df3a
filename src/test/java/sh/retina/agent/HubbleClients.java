package sh.retina.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The original command line and relay, which {@code bin/hubble-clients} builds; a build that is
 * under way is waited for.
 */
record HubbleClients(Path programs) {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int PATIENCE_SECONDS = 60;
  private static final int BUILD_SECONDS = 20 * 60;

  /** What a command said and how it ended. */
  record Answer(int code, String output, String errors) {
    /** One JSON document a line. */
    List<JsonNode> json() {
      return output.lines().filter(line -> line.startsWith("{")).map(JSON::readTree).toList();
    }
  }

  /** Whether somebody has built them on this machine. */
  static boolean areThere() {
    try {
      return Files.isExecutable(find().programs().resolve("hubble"));
    } catch (IllegalStateException e) {
      return false;
    }
  }

  static boolean relayIsThere() {
    return areThere() && Files.isExecutable(find().programs().resolve("hubble-relay"));
  }

  static boolean originalIsThere() {
    return areThere() && Files.isExecutable(find().programs().resolve("original"));
  }

  static HubbleClients find() {
    String script =
        Path.of(System.getProperty("build.basedir", ""), "bin/hubble-clients")
            .toAbsolutePath()
            .toString();
    Answer answer = run(List.of(script, "path"), BUILD_SECONDS);
    if (answer.code() != 0) {
      throw new IllegalStateException(answer.errors());
    }
    return new HubbleClients(Path.of(answer.output().strip()));
  }

  /** {@code hubble} with these words, against this server. */
  Answer hubble(String server, String... words) {
    List<String> command = new ArrayList<>(List.of(programs.resolve("hubble").toString()));
    command.addAll(List.of(words));
    command.addAll(List.of("--server", server));
    return run(command, PATIENCE_SECONDS);
  }

  /** The same for what does not end by itself: what it said in so many seconds. */
  String watch(int seconds, String server, String... words) {
    List<String> command = new ArrayList<>(List.of(programs.resolve("hubble").toString()));
    command.addAll(List.of(words));
    command.addAll(List.of("--server", server));
    return run(command, seconds).output();
  }

  /** The relay in the background. */
  Process relay(List<String> words, Path log) {
    List<String> command =
        new ArrayList<>(List.of(programs.resolve("hubble-relay").toString(), "serve"));
    command.addAll(words);
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Answer run(List<String> command, int seconds) {
    try {
      Path errors = Files.createTempFile("hubble", ".err");
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      process.getOutputStream().close();
      Thread watch =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                    process.destroy();
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      watch.interrupt();
      String said = Files.readString(errors);
      Files.delete(errors);
      return new Answer(code, output, said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
