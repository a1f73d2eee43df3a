package sh.retina.agent;

import java.util.List;
import java.util.Map;

/** The agent's own account of events: what a hop took is what it passed on and what it lost. */
final class Books {
  private Books() {}

  static boolean balance(Map<String, Double> scrape) {
    return List.of("packetparser", "dropreason").stream()
        .allMatch(plugin ->
            events(scrape, plugin, "kernel")
                    == events(scrape, plugin, "ring") + lost(scrape, plugin, "kernel_ring_full")
                && events(scrape, plugin, "ring")
                    == events(scrape, plugin, "queue") + lost(scrape, plugin, "queue_full")
                && events(scrape, plugin, "queue")
                    == events(scrape, plugin, "decoded")
                        + lost(scrape, plugin, "decode_error")
                        + lost(scrape, plugin, "queue_expired")
                && events(scrape, plugin, "decoded") == events(scrape, plugin, "aggregated"));
  }

  static double events(Map<String, Double> scrape, String plugin, String stage) {
    return sum(scrape, "retina_agent_events_total", plugin, stage);
  }

  static double lost(Map<String, Double> scrape, String plugin, String stage) {
    return sum(scrape, "retina_agent_lost_events_total", plugin, stage);
  }

  private static double sum(
      Map<String, Double> scrape, String metric, String plugin, String stage) {
    return RunningAgent.sum(scrape, metric, "plugin=\"" + plugin + "\"", "stage=\"" + stage + "\"");
  }
}
