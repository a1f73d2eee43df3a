package sh.retina.agent;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.export.flowlog.FlowChoice;
import sh.retina.export.flowlog.FlowLogSpec;
import sh.retina.flow.FilterJson;
import sh.retina.kubernetes.TraceWish;

/** What TracesConfigurations want, in the words of the exports. */
final class TracedFlows {
  private static final Logger LOG = LoggerFactory.getLogger(TracedFlows.class);

  private TracedFlows() {}

  /** By where they go. One that cannot be used is passed over: the log says why. */
  static Map<FlowLogSpec.Target, List<FlowChoice>> of(List<TraceWish> wishes) {
    Map<FlowLogSpec.Target, List<FlowChoice>> wanted = new LinkedHashMap<>();
    for (TraceWish wish : wishes) {
      try {
        FlowChoice choice =
            new FlowChoice(
                FilterJson.list(wish.include(), "include"),
                FilterJson.list(wish.exclude(), "exclude"),
                wish.firstOnly());
        choice.check();
        wanted.computeIfAbsent(target(wish), _ -> new ArrayList<>()).add(choice);
      } catch (IllegalArgumentException e) {
        LOG.warn("a TracesConfiguration is not followed: {}", e.getMessage());
      }
    }
    return wanted;
  }

  private static FlowLogSpec.Target target(TraceWish wish) {
    return switch (wish.destination()) {
      case "stdout" -> FlowLogSpec.File.stdout();
      case "opentelemetry" -> FlowLogSpec.Otlp.at(wish.connection());
      default ->
          throw new IllegalArgumentException("no way to the destination " + wish.destination());
    };
  }
}
