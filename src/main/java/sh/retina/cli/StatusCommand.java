package sh.retina.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** Each agent with its plugins, losses and cost. */
@Command(
    name = "status",
    description = "Shows each agent: its plugins, what it saw and lost, what it costs.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Exit code 1 where an agent does not answer, or a plugin of it has failed.",
      "Examples:",
      "  kubectl retina status",
      "  retina status --agent http://127.0.0.1:10093 -o json"
    })
final class StatusCommand implements Callable<Integer> {
  private static final List<String> BAD = List.of("failed", "unsupported");

  @Mixin private AgentOptions agents = new AgentOptions();

  @Option(
      names = {"-o", "--output"},
      description = "table or json. Default: table.")
  private Format format = Format.TABLE;

  enum Format {
    TABLE,
    JSON
  }

  /**
   * What one says of itself.
   *
   * @param error empty where it answered; what follows means nothing otherwise
   * @param plugins state by name
   */
  record Status(
      String node,
      String error,
      Map<String, String> plugins,
      long events,
      long lostEvents,
      long lostPackets,
      double cpuSeconds,
      long memoryBytes,
      int guardStep) {
    boolean isWell() {
      return error.isEmpty() && plugins.values().stream().noneMatch(BAD::contains);
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
    Console.answer(
        format == Format.JSON
            ? JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(all)
            : table(all));
    all.stream()
        .filter(status -> !status.error().isEmpty())
        .forEach(status -> Console.complain(status.error()));
    return all.stream().allMatch(Status::isWell) ? 0 : 1;
  }

  private static Status ask(Agents open, Agents.Agent agent) {
    try {
      return of(agent.name(), open.get(agent, "/metrics"));
    } catch (CliException e) {
      return new Status(agent.name(), String.valueOf(e.getMessage()), Map.of(), 0, 0, 0, 0, 0, 0);
    }
  }

  /** What a scrape says. */
  static Status of(String node, String scrape) {
    Scraped read = new Scraped(scrape);
    return new Status(
        node,
        "",
        read.states("retina_agent_plugin_status", "plugin", "status"),
        (long)
            read.sum("retina_agent_events_total", labels -> "kernel".equals(labels.get("stage"))),
        (long) read.sum("retina_agent_lost_events_total"),
        (long) read.sum("retina_agent_lost_packets_total"),
        read.sum("retina_agent_cpu_seconds_total"),
        (long) read.sum("retina_agent_overhead_memory_bytes"),
        (int) read.sum("retina_agent_overhead_step"));
  }

  private static String table(List<Status> all) {
    Table table = new Table("NODE", "EVENTS", "LOST", "CPU", "MEMORY", "GUARD", "PLUGINS");
    for (Status status : all) {
      if (status.error().isEmpty()) {
        table.add(
            status.node(),
            "" + status.events(),
            "" + status.lostEvents(),
            String.format(Locale.ROOT, "%.1fs", status.cpuSeconds()),
            (status.memoryBytes() >> 20) + "Mi",
            "" + status.guardStep(),
            plugins(status.plugins()));
      } else {
        table.add(status.node(), "-", "-", "-", "-", "-", "no answer");
      }
    }
    return table.toString();
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
