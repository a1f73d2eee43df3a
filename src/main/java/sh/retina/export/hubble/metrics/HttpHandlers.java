package sh.retina.export.hubble.metrics;

import java.util.List;
import java.util.function.Consumer;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.HTTP;
import sh.retina.flow.proto.L7FlowType;

/**
 * Hubble's metrics of HTTP: the first ones, of requests and answers, and those that are counted
 * with an answer, from the side of who asked. Both have metrics of one name, so only one of the two
 * can be.
 */
final class HttpHandlers {
  static final String HTTP = "http";
  static final String HTTP_V2 = "httpV2";

  private static final String REQUESTS = "hubble_http_requests_total";
  private static final String REQUESTS_HELP = "Count of HTTP requests";

  private final Consumer<Family> registry;
  private final Room room;
  private final ContextLabels context;

  HttpHandlers(Consumer<Family> registry, Room room, ContextLabels context) {
    this.registry = registry;
    this.room = room;
    this.context = context;
  }

  Consumer<Flow> first() {
    Counter requests =
        counter(REQUESTS, REQUESTS_HELP, context.names("method", "protocol", "reporter"));
    Counter responses =
        counter(
            "hubble_http_responses_total",
            "Count of HTTP responses",
            context.names("method", "protocol", "status", "reporter"));
    Histogram durations = durations();
    return flow -> {
      if (!flow.getL7().hasHttp()) {
        return;
      }
      HTTP http = flow.getL7().getHttp();
      String reporter = reporter(flow);
      if (flow.getL7().getType() == L7FlowType.REQUEST) {
        requests.add(context.values(flow, http.getMethod(), http.getProtocol(), reporter), 1);
      } else if (flow.getL7().getType() == L7FlowType.RESPONSE) {
        responses.add(
            context.values(flow, http.getMethod(), http.getProtocol(), status(http), reporter), 1);
        durations.add(
            context.values(flow, http.getMethod(), reporter), flow.getL7().getLatencyNs());
      }
    };
  }

  Consumer<Flow> second() {
    Counter requests =
        counter(REQUESTS, REQUESTS_HELP, context.names("method", "protocol", "status", "reporter"));
    Histogram durations = durations();
    return flow -> {
      if (flow.getL7().hasHttp() && flow.getL7().getType() == L7FlowType.RESPONSE) {
        HTTP http = flow.getL7().getHttp();
        String reporter = reporter(flow);
        requests.add(
            context.swapped(flow, http.getMethod(), http.getProtocol(), status(http), reporter), 1);
        durations.add(
            context.swapped(flow, http.getMethod(), reporter), flow.getL7().getLatencyNs());
      }
    };
  }

  private Counter counter(String name, String help, List<String> labels) {
    Counter counter = new Counter(name, help, labels, room);
    registry.accept(counter);
    return counter;
  }

  private Histogram durations() {
    Histogram histogram =
        new Histogram(
            "hubble_http_request_duration_seconds",
            "Quantiles of HTTP request duration in seconds",
            context.names("method", "reporter"),
            room);
    registry.accept(histogram);
    return histogram;
  }

  private static String status(HTTP http) {
    return String.valueOf(http.getCode());
  }

  /** Whose proxy told of it. */
  private static String reporter(Flow flow) {
    return switch (flow.getTrafficDirection()) {
      case EGRESS -> "client";
      case INGRESS -> "server";
      case TRAFFIC_DIRECTION_UNKNOWN, UNRECOGNIZED -> "unknown";
    };
  }
}
