package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The rule files of the chart. */
public final class RuleFiles {
  public static final Path DIRECTORY = Path.of("helm", "retina", "rules");

  private RuleFiles() {}

  /**
   * One rule of any file.
   *
   * @param name of the alert or the recorded series
   * @param runbook page of an alert, empty otherwise
   */
  public record Rule(String name, boolean isAlert, String expression, String runbook) {
    /** What an alert compares, without the threshold and what was an hour ago. */
    public String compared() {
      return isAlert
          ? expression
              .lines()
              .filter(line -> !line.matches(" *(and|unless) .*"))
              .collect(Collectors.joining("\n"))
              .replaceFirst("(>|==) [0-9.]+\\s*$", ">= 0")
          : expression;
    }
  }

  public static Rule named(String name) {
    return all().stream().filter(rule -> rule.name().equals(name)).findFirst().orElseThrow();
  }

  public static List<Rule> all() {
    List<Rule> rules = new ArrayList<>();
    for (String file : List.of("recording.yaml", "alerts.yaml")) {
      for (Object group : list(read(DIRECTORY.resolve(file)), "groups")) {
        list(group, "rules").forEach(rule -> rules.add(rule(rule)));
      }
    }
    return rules;
  }

  public static List<Rule> alerts() {
    return all().stream().filter(Rule::isAlert).toList();
  }

  private static Rule rule(Object of) {
    boolean isAlert = of instanceof Map<?, ?> map && map.containsKey("alert");
    return new Rule(
        text(of, isAlert ? "alert" : "record"),
        isAlert,
        text(of, "expr"),
        isAlert ? text(map(of, "annotations"), "runbook") : "");
  }

  private static Object read(Path file) {
    try {
      return new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<?, ?> map(Object of, String key) {
    if (of instanceof Map<?, ?> map && map.get(key) instanceof Map<?, ?> inner) {
      return inner;
    }
    throw new AssertionError("no " + key + " in " + of);
  }

  private static List<?> list(Object of, String key) {
    if (of instanceof Map<?, ?> map && map.get(key) instanceof List<?> list) {
      return list;
    }
    throw new AssertionError("no list " + key + " in " + of);
  }

  private static String text(Object of, String key) {
    if (of instanceof Map<?, ?> map && map.get(key) instanceof String text) {
      return text;
    }
    throw new AssertionError("no " + key + " in " + of);
  }
}
