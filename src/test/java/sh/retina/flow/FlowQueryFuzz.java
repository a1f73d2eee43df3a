package sh.retina.flow;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Queries as a client may send them: an answer or faults, and no pattern that takes for ever. */
class FlowQueryFuzz {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  static Stream<byte[]> queries() {
    return Stream.of(
            "pod=prod/web&not.port=80&verdict=DROPPED&since=5m&first=10",
            "label=k8s:app=web,tier in (1,2),!old&ip=10.0.0.0/8&ip=::/0",
            "allowlist={\"source_pod\":[\"a/\"],\"tcp_flags\":[{\"SYN\":true}]}",
            "from-namespace=a&from-namespace=b&from-service=c&to-workload=Deployment/x",
            "tcp-flags=SYN,ACK&type=trace:to-endpoint&node-name=c*/n*&interface=eth0&identity=world",
            "until=2026-01-01&last=5&uuid=1&reply=true&ip-version=v6&protocol=icmp&all-namespaces")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @DictionaryEntries({
    "from-pod=",
    "to-label=",
    "denylist=",
    "not.",
    "since=",
    "drop-reason-desc=",
    "\"destination_",
    "notin(",
    "traffic-direction=",
    "cel-expression=",
    "_label\":[\"",
    "{\"experimental\":{"
  })
  @MethodSource("queries")
  @FuzzTest
  void shouldAnswerOrNameTheFaults(byte[] query) {
    try {
      FlowQuery parsed = FlowQuery.parse(parameters(query), Observations.NODE, NOW);
      FlowFilter filter =
          FlowFilters.compile(parsed.whitelist(), parsed.blacklist(), Observations.NODE);
      filter.matches(Observations.tcp());
    } catch (FlowFilterException e) {
      if (e.faults().isEmpty()) {
        throw new AssertionError("refused without a reason", e);
      }
    }
  }

  private static Map<String, List<String>> parameters(byte[] query) {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    for (String pair : new String(query, StandardCharsets.UTF_8).split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      parameters
          .computeIfAbsent(name, any -> new ArrayList<>())
          .add(equals < 0 ? "" : pair.substring(equals + 1));
    }
    return parameters;
  }
}
