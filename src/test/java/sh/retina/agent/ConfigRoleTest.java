package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigRoleTest {
  @TempDir private Path directory;
  private String output = "";
  private String errors = "";

  @Test
  void shouldShowWhatAnAgentWouldRunWith() {
    assertThat(run("config", "view", "--retina.http.port=1234", "--retina.plugins=dns,dropreason"))
        .isZero();

    assertThat(output.lines())
        .contains(
            "retina.http.port=1234",
            "retina.plugins=dns,dropreason",
            "retina.http.access=loopback",
            "retina.journal.max-age=PT1H",
            "retina.sse.max-clients=32");
    assertThat(errors).isEmpty();
  }

  @Test
  void shouldPrintItInTheFormsOfEveryCommand() {
    assertThat(run("config", "view", "-o", "yaml", "--retina.http.port=1234")).isZero();
    assertThat(output.lines()).contains("retina.http.port: \"1234\"");
    assertThat(run("config", "view", "--retina.http.port=1234", "-o", "json")).isZero();
    assertThat(output).startsWith("{").contains("\"retina.http.port\" : \"1234\"");
    assertThat(run("config", "view", "-o", "table", "--retina.http.port=1234")).isZero();
    assertThat(output).startsWith("KEY").containsPattern("retina\\.http\\.port +1234");
    assertThat(run("config", "view", "-o", "xml")).isEqualTo(2);
    assertThat(errors).contains("-o xml: is table, wide, json or yaml");
    assertThat(run("config", "--help")).isZero();
  }

  @Test
  void shouldFindTheFaultsOfAFile() throws IOException {
    Path file = directory.resolve("application.yaml");
    Files.writeString(file, "retina:\n  plugins: [nosuch]\n  http: {access: kubernetes}\n");

    assertThat(run("config", "validate", file.toString())).isEqualTo(2);
    assertThat(errors).contains("'nosuch' is no plugin", "needs retina.http.tls.certificate");
    assertThat(output).isEmpty();

    Files.writeString(file, "retina:\n  plugins: [dns]\n");
    assertThat(run("config", "validate", file.toString())).isZero();
    assertThat(output).isEqualTo("no faults\n");
  }

  @Test
  void shouldSayWhatIsWanted() {
    assertThat(run("config")).isEqualTo(2);
    assertThat(run("config", "validate")).isEqualTo(2);
    assertThat(run("config", "validate", directory.resolve("none").toString())).isEqualTo(2);
  }

  private int run(String... words) {
    PrintStream realOutput = System.out;
    PrintStream realErrors = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      return ConfigRole.run(words);
    } finally {
      System.setOut(realOutput);
      System.setErr(realErrors);
      output = out.toString(StandardCharsets.UTF_8);
      errors = err.toString(StandardCharsets.UTF_8);
    }
  }
}
