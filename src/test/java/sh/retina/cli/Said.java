package sh.retina.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;

/** What a command left behind. The process's own streams are its as long as it runs. */
public record Said(int exitCode, String output, String errors) {
  /** Runs a command of the command line. */
  public static Said of(String... words) {
    PrintStream realOutput = System.out;
    PrintStream realErrors = System.err;
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    System.setOut(new PrintStream(output, true, UTF_8));
    System.setErr(new PrintStream(errors, true, UTF_8));
    try {
      int code = Cli.execute(words);
      return new Said(code, output.toString(UTF_8), errors.toString(UTF_8));
    } finally {
      System.setOut(realOutput);
      System.setErr(realErrors);
    }
  }

  List<String> lines() {
    return output.lines().toList();
  }
}
