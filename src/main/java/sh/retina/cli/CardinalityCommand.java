package sh.retina.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sh.retina.event.SafeText;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Which label costs how many series, of all agents together or one by one. */
@Command(
    name = "cardinality",
    description = "Shows how many pod-level series there are, and which label makes how many.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "A label that saves much has many values: leave it out, or bound or switch off the metric",
      "(docs/configuration.md#metrics-one-by-one).",
      "Exit code 1 where an agent does not answer.",
      "Examples:",
      "  kubectl retina cardinality",
      "  kubectl retina cardinality --metric dns_request --by-node",
      "  retina cardinality --agent http://127.0.0.1:10093 -o json"
    })
final class CardinalityCommand implements Callable<Integer> {
  private static final String ALL = "all";
  private static final int TOP = 3;

  @Mixin private AgentOptions agents = new AgentOptions();

  @Option(
      names = "--metric",
      paramLabel = "NAME",
      description = "This one only, as retina.pod-level.metrics calls it; as often as you like.")
  private List<String> metrics = List.of();

  @Option(names = "--by-node", description = "Each agent for itself.")
  private boolean isByNode;

  @Mixin private Output output = new Output();

  /** What an agent answers; see its {@code /metrics/cardinality}. */
  record Report(int maxSeries, long series, List<Family> metrics) {
    Report {
      metrics = List.copyOf(metrics); // what has none is no report
    }
  }

  /** Metrics that are counted together. */
  record Family(
      String metric,
      List<String> names,
      long series,
      int maxSeries,
      long overflowed,
      List<Label> labels) {
    Family {
      labels = List.copyOf(labels);
    }
  }

  /** {@code seriesWithout}: how many there would be without this label. */
  record Label(String name, long values, long seriesWithout, List<Value> top) {
    Label {
      top = List.copyOf(top);
    }
  }

  record Value(String value, long series) {}

  /** An agent and its report; {@code error} is empty where it answered. */
  record Answer(String node, String error, Report report) {}

  @Override
  public Integer call() {
    List<Answer> all = new ArrayList<>();
    try (Agents open = agents.open()) {
      for (Agents.Agent agent : open.all()) {
        all.add(ask(open, agent));
      }
    }
    if (output.isTable()) {
      Console.answer(agents(all), output.isWide());
      Console.answer("");
    }
    output.print(all, _ -> labels(all, isByNode));
    List<String> errors = all.stream().map(Answer::error).filter(one -> !one.isEmpty()).toList();
    errors.forEach(Console::complain);
    return errors.isEmpty() ? 0 : 1;
  }

  private Answer ask(Agents open, Agents.Agent agent) {
    try {
      Report said =
          JsonMapper.shared().readValue(open.ownText(agent, "/metrics/cardinality"), Report.class);
      List<Family> wanted =
          said.metrics().stream()
              .filter(family -> metrics.isEmpty() || metrics.contains(family.metric()))
              .toList();
      return new Answer(agent.name(), "", new Report(said.maxSeries(), said.series(), wanted));
    } catch (CliException e) {
      return failed(agent, String.valueOf(e.getMessage()));
    } catch (JacksonException e) {
      return failed(agent, agent.name() + ": not a report: " + e.getOriginalMessage());
    }
  }

  private static Answer failed(Agents.Agent agent, String why) {
    return new Answer(agent.name(), why, new Report(0, 0, List.of()));
  }

  static Table agents(List<Answer> all) {
    Table agents = new Table("NODE", "SERIES", "BOUND", "USED", "OVERFLOWED");
    for (Answer answer : all) {
      if (answer.error().isEmpty()) {
        agents.add(
            answer.node(),
            "" + answer.report().series(),
            "" + answer.report().maxSeries(),
            percent(answer.report().series(), answer.report().maxSeries()),
            "" + answer.report().metrics().stream().mapToLong(Family::overflowed).sum());
      } else {
        agents.add(Colour.RED, answer.node(), "-", "-", "-", "no answer");
      }
    }
    return agents;
  }

  /** Costly metrics first, and of each the costly labels. */
  static Table labels(List<Answer> all, boolean isByNode) {
    Table labels =
        new Table(
            "NODE",
            "METRIC",
            "SERIES",
            "LABEL",
            "VALUES",
            "WITHOUT",
            "SAVES",
            "VALUES WITH MOST SERIES");
    Map<String, List<Report>> groups = new LinkedHashMap<>();
    for (Answer answer : all) {
      if (answer.error().isEmpty()) {
        groups
            .computeIfAbsent(isByNode ? answer.node() : ALL, _ -> new ArrayList<>())
            .add(answer.report());
      }
    }
    groups.forEach((node, reports) -> addRows(labels, node, reports));
    return labels;
  }

  private static void addRows(Table table, String node, List<Report> reports) {
    Map<String, List<Family>> byMetric =
        reports.stream()
            .flatMap(report -> report.metrics().stream())
            .collect(Collectors.groupingBy(Family::metric));
    byMetric.values().stream()
        .sorted(Comparator.comparingLong(CardinalityCommand::series).reversed())
        .forEach(families -> {
          for (Label label : merged(families)) {
            table.add(
                node,
                families.getFirst().metric(),
                "" + series(families),
                label.name(),
                "" + label.values(),
                "" + label.seriesWithout(),
                percent(series(families) - label.seriesWithout(), series(families)),
                most(label));
          }
        });
  }

  private static long series(List<Family> families) {
    return families.stream().mapToLong(Family::series).sum();
  }

  /**
   * One metric's labels over several agents, the costliest first. Series of two agents are never
   * the same one, so their numbers add up; of values that is not known, so the most of one agent.
   */
  private static List<Label> merged(List<Family> families) {
    return families.stream()
        .flatMap(family -> family.labels().stream().map(Label::name))
        .distinct()
        .map(name -> merged(name, families))
        .sorted(Comparator.comparingLong(Label::seriesWithout).thenComparing(Label::name))
        .toList();
  }

  private static Label merged(String name, List<Family> families) {
    Map<String, Long> top = new TreeMap<>();
    long values = 0;
    long without = 0;
    for (Family family : families) {
      without += family.series(); // where an agent does not have the label, nothing is saved
      for (Label label : family.labels()) {
        if (label.name().equals(name)) {
          values = Math.max(values, label.values());
          without -= family.series() - label.seriesWithout();
          label.top().forEach(value -> top.merge(value.value(), value.series(), Long::sum));
        }
      }
    }
    return new Label(
        name,
        values,
        without,
        top.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(TOP)
            .map(entry -> new Value(entry.getKey(), entry.getValue()))
            .toList());
  }

  private static String most(Label label) {
    return label.top().stream()
        .map(value -> SafeText.TEXT.of(value.value()) + " " + value.series())
        .collect(Collectors.joining(", "));
  }

  private static String percent(long part, long whole) {
    return whole == 0 ? "-" : String.format(Locale.ROOT, "%.0f%%", 100.0 * part / whole);
  }
}
