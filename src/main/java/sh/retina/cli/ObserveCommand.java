package sh.retina.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Live and past flows of one agent or all, with the filters of {@code /flows}. */
@Command(
    name = "observe",
    description = "Prints flows, live or past, of one node or all.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Filters are those of docs/flows.md; values of one are alternatives, different ones must all hold.",
      "Examples:",
      "  kubectl retina observe --pod shop/web --verdict DROPPED -f",
      "  kubectl retina observe --since 1h --namespace shop -o json",
      "  retina observe --agent http://127.0.0.1:10093 --last 20 --filter tcp-flags=RST"
    })
final class ObserveCommand implements Callable<Integer> {
  @Mixin private AgentOptions agents = new AgentOptions();

  @Option(
      names = {"-f", "--follow"},
      description = "Goes on until Ctrl-C.")
  private boolean follow;

  @Option(names = "--since", paramLabel = "TIME", description = "5m, 2h, or a date: from there on.")
  private @Nullable String since;

  @Option(names = "--until", paramLabel = "TIME", description = "Nothing later.")
  private @Nullable String until;

  @Option(names = "--last", paramLabel = "N", description = "The newest N of each agent.")
  private @Nullable Integer last;

  @Option(names = "--first", paramLabel = "N", description = "The oldest N of each agent.")
  private @Nullable Integer first;

  @Option(names = "--pod", paramLabel = "NS/NAME", description = "Either side; NAME is a prefix.")
  private List<String> pods = List.of();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "Either side.")
  private List<String> namespaces = List.of();

  @Option(names = "--ip", paramLabel = "ADDRESS", description = "Address or CIDR of either side.")
  private List<String> addresses = List.of();

  @Option(names = "--port", paramLabel = "PORT", description = "Of either side.")
  private List<String> ports = List.of();

  @Option(names = "--protocol", paramLabel = "NAME", description = "tcp, udp, icmp, dns, …")
  private List<String> protocols = List.of();

  @Option(names = "--verdict", paramLabel = "NAME", description = "FORWARDED, DROPPED, TRACED.")
  private List<String> verdicts = List.of();

  @Option(
      names = "--filter",
      paramLabel = "NAME=VALUE",
      description = "Any other filter; not.NAME=VALUE excludes.")
  private List<String> filters = List.of();

  @Mixin private FlowOutput output = new FlowOutput();

  @Override
  public Integer call() {
    return FlowStream.ofAll(agents, query(), this::say);
  }

  /** As an agent takes it: the newest 20 where nothing else says what. */
  String query() {
    List<String> parts = new ArrayList<>();
    parts.add("follow=" + follow);
    Map<String, @Nullable Object> range = new LinkedHashMap<>();
    range.put("since", since);
    range.put("until", until);
    range.put("last", last);
    range.put("first", first);
    range.forEach((name, value) -> {
      if (value != null) {
        parts.add(name + "=" + encoded(value.toString()));
      }
    });
    Map<String, List<String>> named = new LinkedHashMap<>();
    named.put("pod", pods);
    named.put("namespace", namespaces);
    named.put("ip", addresses);
    named.put("port", ports);
    named.put("protocol", protocols);
    named.put("verdict", verdicts);
    named.forEach(
        (name, values) -> values.forEach(value -> parts.add(name + "=" + encoded(value))));
    for (String filter : filters) {
      int at = filter.indexOf('=');
      if (at <= 0) {
        throw CliException.usage(
            "--filter " + filter + ": must be NAME=VALUE, such as label=app=web");
      }
      parts.add(encoded(filter.substring(0, at)) + "=" + encoded(filter.substring(at + 1)));
    }
    return parts.stream().collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private void say(String event, String data) {
    if (event.equals("lost")) {
      Console.complain("flows are missing here: " + data);
    } else {
      output.print(data);
    }
  }
}
