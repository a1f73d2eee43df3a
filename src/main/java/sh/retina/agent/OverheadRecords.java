package sh.retina.agent;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import sh.retina.guard.OverheadStep;
import sh.retina.identity.ContextChange;

/** Makes the guard's steps visible: counts them, and puts each into the journal. Thread-safe. */
final class OverheadRecords {
  private final ContextStore context;
  private final Map<String, Long> steps = new ConcurrentHashMap<>();

  OverheadRecords(ContextStore context) {
    this.context = context;
  }

  void add(OverheadStep step) {
    steps.merge(key(step.isDown() ? "down" : "up", step.cause()), 1L, Long::sum);
    context.apply(
        List.of(
            new ContextChange.DetailStepped(
                step.to(),
                step.cause(),
                step.detail().eachPacket(),
                step.detail().reportInterval().toNanos(),
                step.detail().samplingRate())));
  }

  double count(String direction, String cause) {
    return steps.getOrDefault(key(direction, cause), 0L);
  }

  private static String key(String direction, String cause) {
    return direction + ' ' + cause;
  }
}
