package sh.retina.documentation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import sh.retina.cli.Cli;

/**
 * Runs a line of a page as it stands, in a directory from which the project looks as it does from a
 * checkout, with a cluster of its own. What never ends is interrupted.
 */
public final class Terminal {
  private static final int PATIENCE_S = 90;
  private static final String CURL = "fail\nsilent\nshow-error\nmax-time = 0.7\nnoproxy = \"*\"\n";

  private final Path home;
  private final Path kubeconfig;
  private final Map<String, String> environment;
  private boolean hasStarted;

  /** How a command ended, and what it said. */
  public record Answer(int code, String text) {}

  /**
   * @param home an empty directory
   * @param programs by their names: the original ones that pages call
   * @param java options of the JVM that runs the command line; may be empty
   */
  public Terminal(
      Path project, Path home, Path kubeconfig, Map<String, String> programs, Path jar, String java)
      throws IOException {
    this.home = home;
    this.kubeconfig = kubeconfig;
    Path bin = Files.createDirectory(home.resolve("programs"));
    for (Map.Entry<String, String> program : programs.entrySet()) {
      Files.createSymbolicLink(bin.resolve(program.getKey()), Path.of(program.getValue()));
    }
    for (String name : List.of("bin", "helm", "src")) {
      Files.createSymbolicLink(home.resolve(name), project.resolve(name));
    }
    Files.writeString(home.resolve(".curlrc"), CURL);
    environment =
        Map.of(
            "HOME", home.toString(),
            "KUBECONFIG", kubeconfig.toString(),
            "RETINA_JAR", jar.toString(),
            "RETINA_JAVA_OPTS", java,
            "PATH", bin + ":" + System.getenv("PATH") + ":" + project.resolve("bin"));
  }

  /**
   * Runs it to its end. Of ours the first goes by its script and its own process, and each that
   * follows; the others in this process, as starts take most of their time.
   */
  public Answer run(String line) throws IOException, InterruptedException {
    List<List<String>> commands = Simple.commands(line);
    List<String> words = new ArrayList<>(commands.getFirst());
    boolean isOurs = words.removeFirst().equals("retina");
    if (!isOurs && !words.isEmpty() && words.getFirst().equals("retina")) {
      words.removeFirst();
      isOurs = true;
    }
    boolean isFirst = isOurs && !hasStarted;
    hasStarted |= isOurs;
    return !isOurs || isFirst || words.contains("-f")
        ? shell(words.contains("-f") ? "timeout --preserve-status --signal=INT 3 " + line : line)
        : command(words);
  }

  private Answer shell(String line) throws IOException, InterruptedException {
    Path said = Files.createTempFile(home, "said", "");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-o", "pipefail", "-c", line)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      return new Answer(-1, "no end: " + Files.readString(said));
    }
    return new Answer(process.exitValue(), Files.readString(said));
  }

  private Answer command(List<String> words) {
    List<String> all = new ArrayList<>(words);
    if (!all.contains("--agent")) {
      all.addAll(List.of("--kubeconfig", kubeconfig.toString()));
    }
    PrintStream output = System.out;
    PrintStream errors = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (PrintStream to = new PrintStream(said, true, UTF_8)) {
      System.setOut(to);
      System.setErr(to);
      int code = Cli.execute(all.toArray(String[]::new));
      return new Answer(code, said.toString(UTF_8));
    } finally {
      System.setOut(output);
      System.setErr(errors);
    }
  }
}
