package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the dashboards of the chart ask Prometheus. */
public final class Dashboards {
  static final Path DIRECTORY = Path.of("helm", "retina", "dashboards");
  private static final String CAPTURES = "captures.json";

  private Dashboards() {}

  /**
   * A panel's query.
   *
   * @param place file and title, as {@code drops: By reason}
   */
  public record Query(String place, String unit, String expression) {
    /** With a window, and all of every variable. */
    public String with(String window) {
      return expression
          .replace("$__rate_interval", window)
          .replaceAll("\\$(cluster|node|namespace|workload|pod)\\b", ".*");
    }

    /** The same of some pods only, by a pattern of their names. */
    public String with(String window, String pods) {
      return new Query(place, unit, expression.replaceAll("\\$pod\\b", pods)).with(window);
    }
  }

  static List<Path> files() {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode read(Path file) {
    try {
      return JsonMapper.shared().readTree(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of all dashboards that agents answer. */
  public static List<Query> queries() {
    return queries(files().stream().filter(file -> !file.endsWith(CAPTURES)).toList());
  }

  /** Of the dashboard that the operator answers. */
  public static List<Query> captureQueries() {
    return queries(List.of(DIRECTORY.resolve(CAPTURES)));
  }

  private static List<Query> queries(List<Path> files) {
    List<Query> queries = new ArrayList<>();
    for (Path file : files) {
      String name = file.getFileName().toString().replace(".json", "");
      for (JsonNode panel : read(file).get("panels")) {
        if (panel.has("targets")) {
          for (JsonNode target : panel.get("targets")) {
            queries.add(
                new Query(
                    name + ": " + panel.get("title").asString(),
                    panel.get("fieldConfig").get("defaults").get("unit").asString(),
                    target.get("expr").asString()));
          }
        }
      }
    }
    return queries;
  }

  /** The queries of variables, {@code label_values(SELECTOR, LABEL)}. */
  public static List<String> variables() {
    return variables(files().stream().filter(file -> !file.endsWith(CAPTURES)).toList());
  }

  /** The same of the dashboard that the operator answers. */
  public static List<String> captureVariables() {
    return variables(List.of(DIRECTORY.resolve(CAPTURES)));
  }

  private static List<String> variables(List<Path> files) {
    List<String> found = new ArrayList<>();
    for (Path file : files) {
      for (JsonNode variable : read(file).get("templating").get("list")) {
        if (variable.has("definition")) {
          found.add(variable.get("definition").asString());
        }
      }
    }
    return found.stream().distinct().toList();
  }
}
