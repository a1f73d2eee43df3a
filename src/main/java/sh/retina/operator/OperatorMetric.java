package sh.retina.operator;

import java.util.List;

/** Every metric of the operator: the only place where a name is written. */
public enum OperatorMetric {
  LEADER("retina_operator_leader", "1 in the pod that leads"),
  QUEUE_LENGTH(
      "retina_operator_queue_length",
      "Objects that wait for a look or are under one",
      "controller"),
  QUEUE_FAILING(
      "retina_operator_queue_failing", "Objects that could not be put right so far", "controller"),
  RECONCILES(
      "retina_operator_reconciles_total",
      "Looks: written, unchanged, failed",
      "controller",
      "outcome"),
  API_REQUESTS(
      "retina_operator_api_requests_total",
      "Calls to the API server; watch is a method, unreachable a code",
      "method",
      "resource",
      "code"),
  CAPTURES(
      "retina_operator_captures",
      "Captures there are, by how far they came: waiting, active, completed, failed",
      "namespace",
      "state"),
  CAPTURE_JOBS(
      "retina_operator_capture_jobs",
      "Jobs of the Captures there are: active, succeeded, failed",
      "namespace",
      "state"),
  CAPTURE_FILES(
      "retina_operator_capture_files",
      "Files of the Captures there are, by kind of place: written, failed",
      "namespace",
      "type",
      "state"),
  CAPTURE_FILE_BYTES(
      "retina_operator_capture_file_bytes",
      "Size of the files that were written, together",
      "namespace",
      "type");

  private final String exposed;
  private final String help;
  private final List<String> labels;

  OperatorMetric(String exposed, String help, String... labels) {
    this.exposed = exposed;
    this.help = help;
    this.labels = List.of(labels);
  }

  /** The name that a query uses. */
  public String exposed() {
    return exposed;
  }

  public String help() {
    return help;
  }

  public List<String> labels() {
    return labels;
  }

  /** Micrometer's name; its Prometheus convention makes {@link #exposed} of it. */
  String meter() {
    return exposed.replaceFirst("_total$", "").replace('_', '.');
  }
}
