package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The original Hubble server and its metrics over flows from a file. */
record OriginalServer(Process process, String observer, String metrics) implements AutoCloseable {
  /**
   * @param flows as {@code hubble observe -o jsonpb} prints them
   * @param metrics as Hubble's configuration writes them
   */
  static OriginalServer over(Path flows, String metrics) {
    try {
      Process process =
          new ProcessBuilder(
                  HubbleClients.find().programs().resolve("original").toString(),
                  "-flows",
                  flows.toString(),
                  "-metrics",
                  metrics)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      Map<String, String> addresses = new HashMap<>();
      for (String name : List.of("observer", "metrics")) {
        String line = String.valueOf(output.readLine());
        assertThat(line).as("the original server has ended").startsWith(name + " ");
        addresses.put(name, line.substring(name.length() + 1));
      }
      return new OriginalServer(
          process,
          addresses.getOrDefault("observer", ""),
          "http://" + addresses.get("metrics") + "/metrics");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
