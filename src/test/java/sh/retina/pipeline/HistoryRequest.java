package sh.retina.pipeline;

import com.google.protobuf.FieldMask;
import java.util.List;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetFlowsRequest;

/** What a client asks of a million past flows. */
enum HistoryRequest {
  /** Whole flows. */
  ALL(GetFlowsRequest.getDefaultInstance(), GetFlowsBench.FLOWS),

  /** What the command line asks for its lines. */
  MASKED(
      GetFlowsRequest.newBuilder()
          .setFieldMask(
              FieldMask.newBuilder()
                  .addAllPaths(
                      List.of(
                          "time",
                          "verdict",
                          "IP",
                          "l4",
                          "source.identity",
                          "source.namespace",
                          "source.pod_name",
                          "destination.identity",
                          "destination.namespace",
                          "destination.pod_name",
                          "Type",
                          "node_name",
                          "event_type",
                          "is_reply",
                          "Summary")))
          .build(),
      GetFlowsBench.FLOWS),

  /** What a stream costs for each flow that its filter does not want. */
  FILTERED(
      GetFlowsRequest.newBuilder()
          .addWhitelist(FlowFilter.newBuilder().addSourcePod("nowhere/").addProtocol("tcp"))
          .build(),
      0);

  private final GetFlowsRequest request;
  private final long expected;

  HistoryRequest(GetFlowsRequest request, long expected) {
    this.request = request;
    this.expected = expected;
  }

  GetFlowsRequest request() {
    return request;
  }

  /** Flows in the answer. */
  long expected() {
    return expected;
  }
}
