package sh.retina.export.flowlog;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Takes flows by OTLP over HTTP as a collector does, as long as it is told to. */
public final class LogCollector implements AutoCloseable {
  private static final int OK = 200;

  private final HttpServer server;
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();
  private final List<ResourceLogs> resources = new CopyOnWriteArrayList<>();
  private volatile int status = OK;
  private volatile int refusals;

  public LogCollector() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/v1/logs", this::take);
    server.start();
  }

  private void take(HttpExchange exchange) throws IOException {
    ExportLogsServiceRequest request =
        ExportLogsServiceRequest.parseFrom(new GZIPInputStream(exchange.getRequestBody()));
    if (status == OK) {
      for (ResourceLogs resource : request.getResourceLogsList()) {
        resources.add(resource);
        resource.getScopeLogsList().forEach(scope -> records.addAll(scope.getLogRecordsList()));
      }
    } else {
      refusals++;
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/logs";
  }

  /** From now on it answers by this. */
  public void answer(int code) {
    status = code;
  }

  /** Requests that it did not take. */
  public int refusals() {
    return refusals;
  }

  public List<LogRecord> records() {
    return records;
  }

  public List<ResourceLogs> resources() {
    return resources;
  }

  /** The flows in the bodies. */
  public List<JsonNode> flows() {
    return records.stream()
        .map(record -> JsonMapper.shared().readTree(record.getBody().getStringValue()))
        .filter(body -> body.has("flow"))
        .map(body -> body.path("flow"))
        .toList();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
