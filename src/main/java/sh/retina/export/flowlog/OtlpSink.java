package sh.retina.export.flowlog;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.flow.FlowJson;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.Verdict;
import sh.retina.flow.proto.observer.ExportEvent;

/**
 * Flows as log records to a collector, by OTLP over HTTP in protobuf: the body is the flow in
 * Hubble's JSON, what is most asked for stands in attributes. A request holds up to {@value
 * #RECORDS} of them. What the collector refuses record by record (partial success) is logged and
 * not sent again, as it would be refused again. Not thread-safe.
 */
final class OtlpSink implements FlowSink {
  private static final Logger LOG = LoggerFactory.getLogger(OtlpSink.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int RECORDS = 512;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int OK = 200;

  private final URI url;
  private final Resource resource;
  private final InstrumentationScope scope;
  private final InstantSource clock;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private final List<LogRecord> waiting = new ArrayList<>();

  OtlpSink(URI url, FlowNode node, InstantSource clock) {
    this.url = url;
    this.clock = clock;
    this.resource =
        Resource.newBuilder()
            .addAttributes(attribute("service.name", "retina"))
            .addAttributes(attribute("service.version", node.version()))
            .addAttributes(attribute("service.instance.id", node.name()))
            .addAttributes(attribute("k8s.node.name", node.name()))
            .build();
    this.scope =
        InstrumentationScope.newBuilder().setName("retina").setVersion(node.version()).build();
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  @Override
  public void write(ExportEvent event) throws IOException {
    waiting.add(record(event));
    if (waiting.size() >= RECORDS) {
      flush();
    }
  }

  private LogRecord record(ExportEvent event) {
    var now = clock.instant();
    LogRecord.Builder record =
        LogRecord.newBuilder()
            .setTimeUnixNano(
                event.getTime().getSeconds() * NANOS_PER_SECOND + event.getTime().getNanos())
            .setObservedTimeUnixNano(now.getEpochSecond() * NANOS_PER_SECOND + now.getNano())
            .setBody(AnyValue.newBuilder().setStringValue(FlowJson.print(event)));
    if (event.hasFlow()) {
      Flow flow = event.getFlow();
      boolean isDropped = flow.getVerdict() == Verdict.DROPPED;
      record
          .setSeverityNumber(
              isDropped ? SeverityNumber.SEVERITY_NUMBER_WARN : SeverityNumber.SEVERITY_NUMBER_INFO)
          .setSeverityText(isDropped ? "WARN" : "INFO")
          .setEventName("hubble.flow");
      put(record, "hubble.verdict", flow.hasTime() ? flow.getVerdict().name() : "");
      put(record, "hubble.node_name", flow.getNodeName());
      put(record, "source.address", flow.getIP().getSource());
      put(record, "destination.address", flow.getIP().getDestination());
      put(record, "hubble.source.namespace", flow.getSource().getNamespace());
      put(record, "hubble.source.pod", flow.getSource().getPodName());
      put(record, "hubble.destination.namespace", flow.getDestination().getNamespace());
      put(record, "hubble.destination.pod", flow.getDestination().getPodName());
    } else {
      record
          .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_WARN)
          .setSeverityText("WARN")
          .setEventName("hubble.lost_events");
    }
    return record.build();
  }

  private static void put(LogRecord.Builder record, String key, String value) {
    if (!value.isEmpty()) {
      record.addAttributes(attribute(key, value));
    }
  }

  @Override
  public void flush() throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    ExportLogsServiceRequest request =
        ExportLogsServiceRequest.newBuilder()
            .addResourceLogs(
                ResourceLogs.newBuilder()
                    .setResource(resource)
                    .addScopeLogs(ScopeLogs.newBuilder().setScope(scope).addAllLogRecords(waiting)))
            .build();
    send(request);
    waiting.clear();
  }

  private void send(ExportLogsServiceRequest request) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(body)) {
      request.writeTo(gzip);
    }
    try {
      HttpResponse<byte[]> answer =
          http.send(
              HttpRequest.newBuilder(url)
                  .timeout(PATIENCE)
                  .header("Content-Type", "application/x-protobuf")
                  .header("Content-Encoding", "gzip")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() != OK) {
        throw new IOException(url + " answers " + answer.statusCode());
      }
      var partial = ExportLogsServiceResponse.parseFrom(answer.body()).getPartialSuccess();
      if (partial.getRejectedLogRecords() > 0) {
        LOG.warn(
            "{} has refused {} flows: {}",
            url,
            partial.getRejectedLogRecords(),
            partial.getErrorMessage());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted on the way to " + url, e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
