package sh.retina.documentation;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.web.util.UriComponentsBuilder;
import picocli.CommandLine;
import sh.retina.agent.ConfigRole;
import sh.retina.cli.Cli;
import sh.retina.flow.FlowFilterException;
import sh.retina.flow.FlowNode;
import sh.retina.flow.FlowQuery;

/**
 * What is wrong with the words of a command, without running it: verbs and options by the program's
 * own parsers, queries by the agent's, words of scripts by what is written in these.
 */
final class WordCheck {
  private static final Pattern WORD = Pattern.compile("[a-z][a-z-]*");
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");
  private static final Set<String> CURL_PATHS =
      Set.of("/", "/metrics", "/metrics/cardinality", "/flows", "/actuator/prometheus", "/livez");
  private static final FlowNode NODE = new FlowNode("node-1", "", "0");

  private final Path project;

  WordCheck(Path project) {
    this.project = project;
  }

  /** Empty: nothing that can be seen. */
  String fault(List<String> command) {
    String program = command.getFirst();
    List<String> words = command.subList(1, command.size());
    if (program.equals("kubectl") && !words.isEmpty() && words.getFirst().equals("retina")) {
      return retina(words.subList(1, words.size()));
    }
    return switch (program) {
      case "retina", "bin/retina" -> retina(words);
      case "curl" -> words.stream().map(this::url).collect(Collectors.joining());
      case "make" -> words.isEmpty() ? "" : make(words);
      case "./mvnw", ".ci/run" ->
          Files.isExecutable(project.resolve(program)) ? "" : "no such file";
      default -> program.startsWith("bin/") ? script(program, words) : "";
    };
  }

  private String retina(List<String> words) {
    String role = words.isEmpty() ? "" : words.getFirst();
    List<String> rest = words.subList(Math.min(1, words.size()), words.size());
    return switch (role) {
      case "agent", "preflight" -> settings(rest);
      case "operator" -> rest.isEmpty() ? "" : "settings of the operator are not checked";
      case "config" -> "view validate".contains(rest.getFirst()) ? "" : "no such verb";
      case "demo" -> script("bin/demo", rest);
      case "capture-worker" -> unknown(rest, "docs/captures.md");
      default -> {
        try {
          Cli.commands(role)
              .setCaseInsensitiveEnumValuesAllowed(true)
              .parseArgs(words.toArray(String[]::new));
          yield "";
        } catch (CommandLine.MissingParameterException e) {
          yield ""; // named in a sentence, without all its words
        } catch (CommandLine.ParameterException e) {
          yield String.valueOf(e.getMessage());
        }
      }
    };
  }

  private static String settings(List<String> words) {
    String[] all =
        Stream.concat(
                Stream.of("config", "view"), words.stream().filter(word -> word.startsWith("--")))
            .toArray(String[]::new);
    PrintStream output = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    try {
      return ConfigRole.run(all) == 0 ? "" : "the agent refuses these settings";
    } finally {
      System.setOut(output);
    }
  }

  /** Of addresses only; other words of curl are its own. */
  private String url(String word) {
    if (!word.matches("(https?://)?(localhost|127\\.0\\.0\\.1|ADDRESS)(:.*|/.*)")) {
      return "";
    }
    String text = word.replace(":PORT", ":6443").replaceFirst("^(?!http)", "http://");
    URI uri = UriComponentsBuilder.fromUriString(text).encode().build().toUri();
    if (!CURL_PATHS.contains(uri.getPath())) {
      return "no path " + uri.getPath();
    }
    if (!uri.getPath().equals("/flows")) {
      return "";
    }
    Map<String, List<String>> query =
        UriComponentsBuilder.fromUriString(text).build().getQueryParams();
    try {
      FlowQuery.parse(query, NODE, Instant.now());
      return "";
    } catch (FlowFilterException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private String make(List<String> words) {
    Path makefile = project.resolve(words.get(words.indexOf("-C") + 1)).resolve("Makefile");
    return Pattern.compile("(?m)^" + words.getLast() + ":").matcher(read(makefile)).find()
        ? ""
        : "no target " + words.getLast();
  }

  /** A script says what it takes in its first lines; what these start, in their own text. */
  private String script(String program, List<String> words) {
    if (!Files.isExecutable(project.resolve(program))) {
      return "no program " + program;
    }
    String verb = words.isEmpty() ? "" : words.getFirst();
    if (WORD.matcher(verb).matches() && !contains(program, verb)) {
      return "no verb " + verb;
    }
    return unknown(words, program);
  }

  private boolean contains(String program, String word) {
    return Pattern.compile("(?<![\\w-])" + Pattern.quote(word) + "(?![\\w-])")
        .matcher(read(project.resolve(program)))
        .find();
  }

  private String unknown(List<String> words, String program) {
    Set<String> known = new TreeSet<>();
    try (Stream<Path> measuring = Files.walk(project.resolve("src/main/python"))) {
      Stream.concat(
              Stream.of(project.resolve(program)),
              measuring.filter(
                  file -> program.equals("bin/bench") && file.toString().endsWith("y")))
          .forEach(file ->
              OPTION.matcher(read(file)).results().forEach(found -> known.add(found.group())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return words.stream()
        .filter(word -> word.startsWith("--"))
        .map(word -> word.replaceFirst("=.*", ""))
        .filter(word -> !known.contains(word))
        .map(word -> "no option " + word)
        .collect(Collectors.joining(", "));
  }

  private static String read(Path file) {
    return String.join("\n", Block.lines(file));
  }
}
