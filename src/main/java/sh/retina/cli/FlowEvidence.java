package sh.retina.cli;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import sh.retina.cli.explain.Question;
import sh.retina.cli.explain.Seen;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks agents for the flows that bear on a question, and says what could not be learnt. */
final class FlowEvidence {
  private static final int MOST = 20_000;

  /** So many addresses fit into a line of HTTP. */
  private static final int CHUNK = 16;

  private final Agents agents;
  private final Instant from;
  private final Instant until;
  private final ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> gaps = new ConcurrentLinkedQueue<>();
  private final Set<String> nodes = java.util.concurrent.ConcurrentHashMap.newKeySet();

  private final Set<String> socketNodes = java.util.concurrent.ConcurrentHashMap.newKeySet();

  FlowEvidence(Agents agents, Instant from, Instant until) {
    this.agents = agents;
    this.from = from;
    this.until = until;
  }

  /** What came, oldest first. */
  List<Seen> seen() {
    return seen.stream().distinct().sorted(Comparator.comparing(Seen::time)).toList();
  }

  List<String> gaps() {
    return gaps.stream().distinct().sorted().toList();
  }

  /** Nodes whose packets are seen. */
  Set<String> nodes() {
    return Set.copyOf(nodes);
  }

  /** Nodes whose sockets tell of resets. */
  Set<String> socketNodes() {
    return Set.copyOf(socketNodes);
  }

  /** What name servers said to these. */
  void askForNames(Collection<String> sources) {
    for (List<String> some : chunks(sources)) {
      ask(
          List.of(
              Map.of("source_ip", some, "protocol", List.of("dns")),
              Map.of("destination_ip", some, "protocol", List.of("dns"))));
    }
  }

  /** What passed between the two ends, ICMP to the source, and whom else the destination took. */
  void askForTraffic(Question question) {
    for (List<String> sources : chunks(question.sourceAddresses())) {
      for (List<String> destinations : chunks(question.destinationAddresses())) {
        ask(
            List.of(
                Map.of("source_ip", sources, "destination_ip", destinations),
                Map.of("source_ip", destinations, "destination_ip", sources)));
      }
      ask(List.of(Map.of("destination_ip", sources, "protocol", List.of("icmp"))));
    }
    List<String> ports = question.ports().stream().sorted().map(String::valueOf).toList();
    if (!ports.isEmpty() && question.protocol().equals("tcp")) {
      for (List<String> destinations : chunks(question.destinationAddresses())) {
        ask(
            List.of(
                Map.of(
                    "source_ip",
                    destinations,
                    "source_port",
                    ports,
                    "tcp_flags",
                    List.of(Map.of("SYN", true, "ACK", true)))));
      }
    }
  }

  private void ask(List<Map<String, Object>> filters) {
    String query =
        "/flows?follow=false&first="
            + MOST
            + "&since="
            + encoded(from.toString())
            + "&until="
            + encoded(until.toString())
            + filters.stream()
                .map(filter ->
                    "&allowlist=" + encoded(JsonMapper.shared().writeValueAsString(filter)))
                .collect(Collectors.joining());
    forEachAgent(agent -> {
      try {
        FlowStream.read(agents.stream(agent, query), (event, data) -> take(agent, event, data));
      } catch (IOException e) {
        gaps.add(agent.name() + ": the flows broke off: " + e.getMessage());
      } catch (CliException e) {
        gaps.add(String.valueOf(e.getMessage()));
      }
    });
  }

  private void take(Agents.Agent agent, String event, String data) {
    JsonNode node = JsonMapper.shared().readTree(data);
    if (event.equals("lost")) {
      gaps.add(agent.name() + ": flows are missing: " + data);
      return;
    }
    Seen one = Seen.of(node.has("flow") ? node.get("flow") : node);
    String on = one.node().substring(one.node().indexOf('/') + 1);
    if (nodes.contains(agent.name())) { // one that was given by its address has no node's name
      nodes.add(on);
    }
    if (socketNodes.contains(agent.name())) {
      socketNodes.add(on);
    }
    seen.add(one);
  }

  /** Plugins without which something cannot be seen. */
  void askForPlugins() {
    forEachAgent(agent -> {
      try {
        Map<String, String> plugins =
            new Scraped(agents.get(agent, "/metrics"))
                .states("retina_agent_plugin_status", "plugin", "status");
        Set<String> up = new HashSet<>();
        plugins.forEach((name, state) -> {
          if (state.equals("running") || state.equals("degraded")) {
            up.add(name);
          }
        });
        if (up.contains("packetparser")) {
          nodes.add(agent.name());
        } else {
          gaps.add(agent.name() + ": packetparser does not run, so packets are not seen");
        }
        if (up.contains("tcplife")) {
          socketNodes.add(agent.name());
        }
        if (!up.contains("dropreason")) {
          gaps.add(agent.name() + ": dropreason does not run, so drops are not seen");
        }
      } catch (CliException e) {
        gaps.add(String.valueOf(e.getMessage()));
      }
    });
  }

  private void forEachAgent(java.util.function.Consumer<Agents.Agent> what) {
    List<Thread> all = new ArrayList<>();
    for (Agents.Agent agent : agents.all()) {
      all.add(Thread.ofVirtual().start(() -> what.accept(agent)));
    }
    try {
      for (Thread one : all) {
        one.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failed("interrupted");
    }
  }

  private static List<List<String>> chunks(Collection<String> all) {
    List<String> sorted = all.stream().sorted().toList();
    List<List<String>> chunks = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i += CHUNK) {
      chunks.add(sorted.subList(i, Math.min(sorted.size(), i + CHUNK)));
    }
    return chunks;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
