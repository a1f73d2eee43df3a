package sh.retina.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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
      "  kubectl retina trace --node worker-1",
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

  /** What is printed. */
  enum Kind {
    DROPS,
    RESETS,
    RETRANSMISSIONS,
    FAILURES
  }

  @Override
  public Integer call() {
    Set<Kind> wanted = EnumSet.copyOf(only);
    return FlowStream.ofAll(agents, query(wanted), (event, data) -> say(wanted, event, data));
  }

  private String query(Set<Kind> wanted) {
    StringBuilder query = new StringBuilder("follow=").append(!isPast);
    if (!since.isEmpty()) {
      query.append("&since=").append(encoded(since));
    }
    if (wanted.contains(Kind.DROPS)) {
      query.append("&allowlist=").append(encoded("{\"verdict\":[\"DROPPED\"]}"));
    }
    if (wanted.size() > 1 || !wanted.contains(Kind.DROPS)) {
      query.append("&allowlist=").append(encoded("{\"event_type\":[{\"type\":7}]}"));
    }
    return query.toString();
  }

  private static void say(Set<Kind> wanted, String event, String data) {
    if (event.equals("lost")) {
      Console.complain("flows are missing here: " + data);
      return;
    }
    JsonNode read = JsonMapper.shared().readTree(data);
    JsonNode flow = read.has("flow") ? read.get("flow") : read;
    if (isWanted(wanted, flow)) {
      Console.answer(FlowLine.of(flow));
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
