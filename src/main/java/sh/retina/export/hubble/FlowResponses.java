package sh.retina.export.hubble;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.InstantSource;
import sh.retina.flow.FlowMask;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEvent;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.pipeline.FlowItem;

/** What a stream of flows brings, as responses of GetFlows. Used by one thread at a time. */
final class FlowResponses {
  private final FlowMask mask;
  private final FlowNode node;
  private final InstantSource clock;

  /** Of the last flow, or the beginning: what is lost lies behind it. */
  private Timestamp last;

  FlowResponses(FlowMask mask, FlowNode node, InstantSource clock) {
    this.mask = mask;
    this.node = node;
    this.clock = clock;
    this.last = now();
  }

  GetFlowsResponse of(FlowItem item) {
    return switch (item) {
      case FlowItem.Item(_, var flow) -> flow(flow);
      case FlowItem.Lost(var source, var count) -> {
        Timestamp now = now();
        GetFlowsResponse response =
            GetFlowsResponse.newBuilder()
                .setLostEvents(
                    LostEvent.newBuilder()
                        .setSource(source)
                        .setNumEventsLost(count)
                        .setFirst(last)
                        .setLast(now))
                .setNodeName(node.qualifiedName())
                .setTime(now)
                .build();
        last = now;
        yield response;
      }
    };
  }

  // Time and node come from what the mask leaves of the flow, as in the original.
  private GetFlowsResponse flow(Flow whole) {
    last = whole.getTime();
    Flow flow = mask.apply(whole);
    GetFlowsResponse.Builder response =
        GetFlowsResponse.newBuilder().setFlow(flow).setNodeName(flow.getNodeName());
    if (flow.hasTime()) {
      response.setTime(flow.getTime());
    }
    return response.build();
  }

  private Timestamp now() {
    Instant now = clock.instant();
    return Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()).build();
  }
}
