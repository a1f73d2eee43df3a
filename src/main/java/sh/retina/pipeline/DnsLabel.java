package sh.retina.pipeline;

/** A label of DNS series whose values others choose, so that none is there unless chosen. */
public enum DnsLabel {
  /** The name that was asked for. */
  QUERY,
  /** The addresses of the answer, joined by commas. */
  RESPONSE,
  /** How many answers there were. */
  NUM_RESPONSE;

  /** Its name in Prometheus. */
  String labelName() {
    return switch (this) {
      case QUERY -> "query";
      case RESPONSE -> "response";
      case NUM_RESPONSE -> "num_response";
    };
  }
}
