package sh.retina.flow;

import sh.retina.event.HttpMessage;
import sh.retina.event.Observation;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.FlowType;
import sh.retina.flow.proto.HTTP;
import sh.retina.flow.proto.HTTPHeader;
import sh.retina.flow.proto.L7FlowType;
import sh.retina.flow.proto.Layer7;
import sh.retina.flow.proto.TraceContext;
import sh.retina.flow.proto.TraceParent;

/** An HTTP message as layer 7 of a flow, filled as Hubble fills it. */
final class HttpFlow {
  private static final long NANOS_PER_MS = 1_000_000;

  private HttpFlow() {}

  static void set(Flow.Builder flow, Observation o, HttpMessage message) {
    HTTP.Builder http =
        HTTP.newBuilder()
            .setCode(message.code())
            .setMethod(message.method())
            .setUrl(message.url())
            .setProtocol(message.protocol());
    for (HttpMessage.Header header : message.headers()) {
      http.addHeaders(HTTPHeader.newBuilder().setKey(header.name()).setValue(header.value()));
    }
    flow.setType(FlowType.L7)
        .setL7(Layer7.newBuilder().setType(kind(o)).setLatencyNs(o.httpLatencyNs).setHttp(http))
        .setSummary(summary(o, message));
    String trace = message.traceId();
    if (!trace.isEmpty()) {
      flow.setTraceContext(
          TraceContext.newBuilder().setParent(TraceParent.newBuilder().setTraceId(trace)));
    }
  }

  static L7FlowType kind(Observation o) {
    return switch (o.reply) {
      case NO -> L7FlowType.REQUEST;
      case YES -> L7FlowType.RESPONSE;
      case UNKNOWN -> L7FlowType.SAMPLE;
    };
  }

  /** The line that Hubble's clients print. */
  private static String summary(Observation o, HttpMessage message) {
    String request = message.method() + " " + message.url();
    return switch (o.reply) {
      case NO -> message.protocol() + " " + request;
      case YES ->
          "%s %d %dms (%s)"
              .formatted(
                  message.protocol(), message.code(), o.httpLatencyNs / NANOS_PER_MS, request);
      case UNKNOWN -> "";
    };
  }
}
