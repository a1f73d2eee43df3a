package sh.retina.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** What goes wrong, as it happens: drops, resets, retransmissions, connections that failed. */
@Command(
    name = "trace",
    aliases = "bpftrace",
    description = "Prints drops, resets, retransmissions and failed connections as they happen.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Goes on until Ctrl-C. Resets and failed connections need the plugin tcplife, retransmissions",
      "tcpretrans, drops dropreason.",
      "Examples:",
      "  kubectl retina trace worker-1",
      "  kubectl retina trace --only drops,resets --since 10m"
    })
final class TraceCommand implements Callable<Integer> {
  @Mixin private AgentOptions agents = new AgentOptions();

  @Option(
      names = "--only",
      paramLabel = "KIND",
      split = ",",
      description = "Some of drops, resets, retransmissions, failures. Default: all.")
  private List<Kind> only = List.of(Kind.values());

  @Option(names = "--since", paramLabel = "TIME", description = "Past ones first: 10m, or a date.")
  private String since = "";

  @Option(names = "--no-follow", description = "Only what is past; with --since.")
  private boolean isPast;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      description = "Ends after so long: 30s, 10m. Default: at Ctrl-C.")
  private String duration = "";

  @Option(
      names = {"--ip", "--cidr"},
      paramLabel = "ADDRESS",
      description = "Address or CIDR of either side.")
  private List<String> addresses = List.of();

  @Option(names = "--drops", description = "As --only drops; so the next ones.")
  private boolean isDrops;

  @Option(names = "--rst", description = "Resets.")
  private boolean isResets;

  @Option(names = "--retransmits", description = "Retransmissions.")
  private boolean isRetransmissions;

  @Option(names = "--errors", description = "Failures.")
  private boolean isFailures;

  @Option(names = "--all", description = "All of them, the default.")
  private boolean isAll;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NODE",
      description = "As --node: the agent of this node only.")
  private @Nullable String node;

  @Mixin private FlowOutput output = new FlowOutput();

  /** What is printed. */
  enum Kind {
    DROPS,
    RESETS,
    RETRANSMISSIONS,
    FAILURES
  }

  @Override
  public Integer call() {
    if (node != null) {
      agents.choose(node);
    }
    Set<Kind> wanted = wanted();
    Duration end = duration.isEmpty() ? null : Times.duration(duration, "--duration");
    return FlowStream.ofAll(agents, query(wanted), end, (event, data) -> say(wanted, event, data));
  }

  private Set<Kind> wanted() {
    Set<Kind> chosen = EnumSet.noneOf(Kind.class);
    Map<Kind, Boolean> switches =
        Map.of(
            Kind.DROPS, isDrops,
            Kind.RESETS, isResets,
            Kind.RETRANSMISSIONS, isRetransmissions,
            Kind.FAILURES, isFailures);
    switches.forEach((kind, isOn) -> {
      if (isOn) {
        chosen.add(kind);
      }
    });
    return isAll || chosen.isEmpty() ? EnumSet.copyOf(only) : chosen;
  }

  private String query(Set<Kind> wanted) {
    StringBuilder query = new StringBuilder("follow=").append(!isPast);
    if (!since.isEmpty()) {
      query.append("&since=").append(encoded(since));
    }
    addresses.forEach(address -> query.append("&ip=").append(encoded(address)));
    if (wanted.contains(Kind.DROPS)) {
      query.append("&allowlist=").append(encoded("{\"verdict\":[\"DROPPED\"]}"));
    }
    if (wanted.size() > 1 || !wanted.contains(Kind.DROPS)) {
      query.append("&allowlist=").append(encoded("{\"event_type\":[{\"type\":7}]}"));
    }
    return query.toString();
  }

  private void say(Set<Kind> wanted, String event, String data) {
    if (event.equals("lost")) {
      Console.complain("flows are missing here: " + data);
      return;
    }
    if (isWanted(wanted, FlowOutput.flow(data))) {
      output.print(data);
    }
  }

  private static boolean isWanted(Set<Kind> wanted, JsonNode flow) {
    if ("DROPPED".equals(flow.path("verdict").asString(""))) {
      return wanted.contains(Kind.DROPS);
    }
    JsonNode more = flow.path("extensions");
    JsonNode fields = more.has("value") ? more.path("value") : more;
    return switch (fields.path("socket_report").asString("")) {
      case "reset" -> wanted.contains(Kind.RESETS);
      case "retransmission" -> wanted.contains(Kind.RETRANSMISSIONS);
      case "connection" ->
          wanted.contains(Kind.FAILURES)
              && !List.of("closed", "open", "unknown")
                  .contains(
                      fields.path("tcp_outcome").asString("unknown").toLowerCase(Locale.ROOT));
      default -> false;
    };
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
