package sh.retina.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import sh.retina.event.SafeText;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each agent with its plugins, losses and cost. */
@Command(
    name = "status",
    description = "Shows each agent: its plugins, what it saw and lost, what it costs.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Why a plugin does not run is asked of the agent by a port-forward.",
      "Exit code 1 where an agent does not answer, or a plugin of it has failed.",
      "Examples:",
      "  kubectl retina status",
      "  kubectl retina status -o wide",
      "  retina status --agent http://127.0.0.1:10093 -o json"
    })
final class StatusCommand implements Callable<Integer> {
  private static final List<String> BAD = List.of("failed", "unsupported");
  private static final String DETAILS = "/actuator/health/details";
  private static final Pattern REASON = Pattern.compile("\\w+\\[reason=(.*)]", Pattern.DOTALL);

  @Mixin private AgentOptions agents = new AgentOptions();
  @Mixin private Output output = new Output();

  /**
   * What one says of itself.
   *
   * @param error empty where it answered; what follows means nothing otherwise
   * @param level of aggregation of packets: low, an event each, or high
   * @param plugins state by name
   * @param reasons why a plugin is not running, by its name
   */
  record Status(
      String node,
      String error,
      String version,
      String controlPlane,
      String level,
      Map<String, String> plugins,
      Map<String, String> reasons,
      long events,
      long lostEvents,
      long lostPackets,
      double cpuSeconds,
      long memoryBytes,
      int guardStep) {
    static Status silent(String node, String error) {
      return new Status(node, error, "", "", "", Map.of(), Map.of(), 0, 0, 0, 0, 0, 0);
    }

    boolean isWell() {
      return error.isEmpty() && plugins.values().stream().noneMatch(BAD::contains);
    }

    boolean isWhole() {
      return plugins.values().stream().allMatch("running"::equals);
    }
  }

  @Override
  public Integer call() {
    List<Status> all = new ArrayList<>();
    try (Agents open = agents.open()) {
      for (Agents.Agent agent : open.all()) {
        all.add(ask(open, agent));
      }
    }
    output.print(all, isWide -> table(all, isWide));
    for (Status status : all) {
      if (!status.error().isEmpty()) {
        Console.complain(status.error());
      }
      status
          .reasons()
          .forEach((plugin, why) ->
              Console.complain(
                  status.node() + ": " + plugin + " " + status.plugins().get(plugin) + ": " + why));
    }
    return all.stream().allMatch(Status::isWell) ? 0 : 1;
  }

  private static Status ask(Agents open, Agents.Agent agent) {
    try {
      Scraped read = new Scraped(open.get(agent, "/metrics"));
      Map<String, String> plugins = read.states("retina_agent_plugin_status", "plugin", "status");
      boolean isWhole = plugins.values().stream().allMatch("running"::equals);
      return of(agent.name(), read, plugins, isWhole ? Map.of() : reasons(open, agent, plugins));
    } catch (CliException e) {
      return Status.silent(agent.name(), String.valueOf(e.getMessage()));
    }
  }

  private static Status of(
      String node, Scraped read, Map<String, String> plugins, Map<String, String> reasons) {
    Map<String, String> planes = read.states("retina_agent_version", "version", "control_plane");
    List<Double> levels = new ArrayList<>();
    read.forEach("retina_agent_aggregation_level", (_, level) -> levels.add(level));
    return new Status(
        node,
        "",
        planes.keySet().stream().findFirst().orElse("-"),
        planes.values().stream().findFirst().orElse("-"),
        levels.isEmpty() ? "-" : levels.contains(0.0) ? "low" : "high",
        plugins,
        reasons,
        (long)
            read.sum("retina_agent_events_total", labels -> "kernel".equals(labels.get("stage"))),
        (long) read.sum("retina_agent_lost_events_total"),
        (long) read.sum("retina_agent_lost_packets_total"),
        read.sum("retina_agent_cpu_seconds_total"),
        (long) read.sum("retina_agent_overhead_memory_bytes"),
        (int) read.sum("retina_agent_overhead_step"));
  }

  /** What only its own node is told; where that fails, why. */
  private static Map<String, String> reasons(
      Agents open, Agents.Agent agent, Map<String, String> plugins) {
    Map<String, String> reasons = new TreeMap<>();
    JsonNode said;
    String unknown = "it does not say why";
    try {
      said =
          JsonMapper.shared()
              .readTree(open.ownText(agent, DETAILS))
              .path("components")
              .path("plugins")
              .path("details");
    } catch (CliException | JacksonException e) {
      said = JsonMapper.shared().missingNode();
      unknown = "why cannot be asked (" + e.getMessage() + "); the agent's log says it";
    }
    for (Map.Entry<String, String> plugin : plugins.entrySet()) {
      if (!plugin.getValue().equals("running")) {
        Matcher reason = REASON.matcher(said.path(plugin.getKey()).asString(""));
        reasons.put(
            plugin.getKey(), SafeText.TEXT.of(reason.matches() ? reason.group(1) : unknown));
      }
    }
    return reasons;
  }

  private static Table table(List<Status> all, boolean isWide) {
    Table table =
        isWide
            ? new Table(
                "NODE",
                "VERSION",
                "CONTROL-PLANE",
                "LEVEL",
                "EVENTS",
                "LOST",
                "LOST-PACKETS",
                "CPU",
                "MEMORY",
                "GUARD",
                "PLUGINS")
            : new Table("NODE", "VERSION", "EVENTS", "LOST", "CPU", "MEMORY", "GUARD", "PLUGINS");
    for (Status status : all) {
      List<String> cells = new ArrayList<>(List.of(status.node()));
      if (status.error().isEmpty()) {
        cells.add(status.version());
        if (isWide) {
          cells.addAll(List.of(status.controlPlane(), status.level()));
        }
        cells.addAll(List.of("" + status.events(), "" + status.lostEvents()));
        if (isWide) {
          cells.add("" + status.lostPackets());
        }
        cells.addAll(
            List.of(
                String.format(Locale.ROOT, "%.1fs", status.cpuSeconds()),
                (status.memoryBytes() >> 20) + "Mi",
                "" + status.guardStep(),
                plugins(status.plugins())));
      } else {
        for (int i = 0; i < (isWide ? 9 : 6); i++) {
          cells.add("-");
        }
        cells.add("no answer");
      }
      Colour colour =
          !status.isWell() ? Colour.RED : status.isWhole() ? Colour.NONE : Colour.YELLOW;
      table.add(colour, cells.toArray(String[]::new));
    }
    return table;
  }

  private static String plugins(Map<String, String> plugins) {
    return plugins.entrySet().stream()
        .map(plugin ->
            plugin.getValue().equals("running")
                ? plugin.getKey()
                : plugin.getKey() + "=" + plugin.getValue())
        .collect(Collectors.joining(" "));
  }
}
