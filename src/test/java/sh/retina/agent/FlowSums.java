package sh.retina.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The flows that {@code /flows} gives, as JSON, and what they count together. */
record FlowSums(List<JsonNode> flows) {
  /** The history as it is now, narrowed by parameters such as {@code protocol=udp}. */
  static FlowSums of(RunningAgent agent, String... parameters) {
    String query = String.join("&", parameters);
    String answer = agent.get("/flows?first=100000" + (query.isEmpty() ? "" : "&" + query));
    List<JsonNode> flows = new ArrayList<>();
    String event = "";
    for (String line : answer.lines().toList()) {
      if (line.startsWith("event:")) {
        event = line.substring("event:".length()).strip();
      } else if (line.startsWith("data:")) {
        if (!event.equals("flow")) {
          throw new AssertionError(event + ": " + line);
        }
        flows.add(JsonMapper.shared().readTree(line.substring("data:".length())));
      }
    }
    return new FlowSums(flows);
  }

  FlowSums where(Predicate<JsonNode> wanted) {
    return new FlowSums(flows.stream().filter(wanted).toList());
  }

  /** Flows seen at that point, such as {@code FROM_ENDPOINT}. */
  FlowSums at(String point) {
    return where(flow -> text(flow, "trace_observation_point").equals(point));
  }

  long packets() {
    return sum("packets");
  }

  long bytes() {
    return sum("bytes");
  }

  private long sum(String name) {
    return flows.stream().mapToLong(flow -> extension(flow, name).asLong()).sum();
  }

  static JsonNode extension(JsonNode flow, String name) {
    return flow.path("extensions").path("value").path(name);
  }

  /** Text of a field, by its path. */
  static String text(JsonNode flow, String... path) {
    JsonNode node = flow;
    for (String name : path) {
      node = node.path(name);
    }
    return node.asString("");
  }
}
