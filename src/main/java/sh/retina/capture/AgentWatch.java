package sh.retina.capture;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Packet;
import sh.retina.capture.flow.AgentFlows;
import sh.retina.capture.flow.FlowComments;
import sh.retina.capture.flow.FlowTrigger;

/**
 * What the node's agent is asked while one capture runs, in the network namespace of who opens it:
 * nothing, unless the settings want it. Thread-safe.
 */
final class AgentWatch implements AutoCloseable {
  private final List<AgentFlows> flows = new ArrayList<>();
  private final @Nullable FlowTrigger trigger;
  private final @Nullable FlowComments comments;

  private AgentWatch(@Nullable FlowTrigger trigger, @Nullable FlowComments comments) {
    this.trigger = trigger;
    this.comments = comments;
  }

  /** {@code fromNs}: by System.nanoTime; what is seen sooner triggers nothing. */
  static AgentWatch open(CaptureSettings.Watch settings, long fromNs) {
    FlowTrigger.Settings wanted = settings.trigger();
    FlowTrigger trigger = wanted == null ? null : new FlowTrigger(wanted, System::nanoTime, fromNs);
    FlowComments comments = settings.isCommented() ? new FlowComments() : null;
    AgentWatch watch = new AgentWatch(trigger, comments);
    String query = settings.query();
    if (trigger != null && wanted != null) {
      String both = query.isEmpty() ? wanted.query() : wanted.query() + "&" + query;
      watch.flows.add(AgentFlows.follow(settings.agent(), both, trigger::flow));
    }
    if (comments != null) {
      watch.flows.add(AgentFlows.follow(settings.agent(), query, comments::flow));
    }
    return watch;
  }

  /** Whether there is something to wait for. */
  boolean isTriggered() {
    return trigger != null;
  }

  /** What it waited for; empty while that has not come. */
  String cause() {
    return trigger == null ? "" : trigger.cause();
  }

  boolean isCommented() {
    return comments != null;
  }

  /** What to say of a packet; empty: nothing. */
  String comment(Packet packet, int linkType) {
    return comments == null ? "" : comments.of(packet, linkType);
  }

  /** Why the agent says nothing; empty when it does. */
  String fault() {
    return flows.stream()
        .map(AgentFlows::fault)
        .filter(fault -> !fault.isEmpty())
        .findFirst()
        .map(fault -> "no flows of the agent: " + fault)
        .orElse("");
  }

  @Override
  public void close() {
    flows.forEach(AgentFlows::close);
  }
}
