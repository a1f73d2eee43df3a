package sh.retina.export.flowlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import sh.retina.event.Observation;
import sh.retina.event.Protocol;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;
import sh.retina.flow.FlowFilter;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEventSource;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowStart;

class FlowLogsTest {
  private static final FlowNode NODE = new FlowNode("n1", "", "0.1.0");

  @TempDir private Path directory;
  private Instant now = Instant.parse("2026-01-02T15:04:05Z");
  private final List<FlowRequest> requests = new ArrayList<>();
  private Sinks.Many<FlowItem> items = Sinks.many().multicast().directAllOrNothing();
  private final List<FlowLog> open = new ArrayList<>();
  private final ExportCounts faults = new ExportCounts();

  private Flux<FlowItem> source(FlowRequest request) {
    requests.add(request);
    return items.asFlux();
  }

  private Path file() {
    return directory.resolve("flows.log");
  }

  private FlowLog log(List<String> mask, List<String> aggregate) {
    FlowLogSpec spec =
        new FlowLogSpec(
            "one",
            new FlowLogSpec.File(file(), 1 << 20, 1, false),
            mask,
            aggregate,
            Duration.ofSeconds(30),
            List.of(),
            null);
    FlowLog log = new FlowLog(spec, NODE, this::source, () -> now, directory, faults);
    open.add(log);
    return log;
  }

  @AfterEach
  void close() {
    open.forEach(FlowLog::close);
  }

  private static FlowItem item(String id, String pod, TrafficDirection direction) {
    return new FlowItem.Item(
        id,
        Flow.newBuilder()
            .setTime(com.google.protobuf.Timestamp.newBuilder().setSeconds(7))
            .setNodeName("n1")
            .setSource(Endpoint.newBuilder().setNamespace("shop").setPodName(pod))
            .setTrafficDirection(direction)
            .setSummary("<a> & b=c")
            .build());
  }

  private static FlowItem item(String id, String pod) {
    return item(id, pod, TrafficDirection.EGRESS);
  }

  @Test
  void shouldWriteHubblesLines() throws IOException {
    FlowLog log = log(List.of("time", "source.pod_name", "Summary"), List.of());
    items.tryEmitNext(item("1.0", "web")).orThrow();
    items.tryEmitNext(new FlowItem.Lost(LostEventSource.HUBBLE_RING_BUFFER, 3)).orThrow();
    log.tick();

    assertThat(file())
        .hasContent(
            """
            {"flow":{"time":"1970-01-01T00:00:07Z","source":{"pod_name":"web"},\
            "Summary":"\\u003ca\\u003e \\u0026 b=c"},"time":"1970-01-01T00:00:07Z"}
            {"lost_events":{"source":"HUBBLE_RING_BUFFER","num_events_lost":"3"},\
            "node_name":"n1","time":"2026-01-02T15:04:05Z"}
            """);
  }

  @Test
  void shouldGoOnWhereItWasWritten() throws IOException {
    FlowLog log = log(List.of(), List.of());
    assertThat(requests.getLast().start()).isEqualTo(new FlowStart.Now());
    items.tryEmitNext(item("1.0", "web")).orThrow();
    items.tryEmitNext(item("1.1", "web")).orThrow();
    log.close();

    log(List.of(), List.of());

    assertThat(requests.getLast().start()).isEqualTo(new FlowStart.After("1.1"));
    assertThat(Files.readAllLines(file())).hasSize(2);
  }

  @Test
  void shouldNotPassOverWhatWasNotWritten() {
    FlowLog log = log(List.of(), List.of());
    items.tryEmitNext(item("1.0", "web")).orThrow();
    log.tick();
    items.tryEmitNext(item("1.1", "web")).orThrow(); // lost with the process

    open.clear();
    log(List.of(), List.of());

    assertThat(requests.getLast().start()).isEqualTo(new FlowStart.After("1.0"));
  }

  @Test
  void shouldCountThatItCouldNotGoOn() {
    log(List.of(), List.of());
    assertThat(faults.failures()).isZero();
    items.tryEmitError(new IllegalStateException("no journal")).orThrow();
    assertThat(faults.failures()).isEqualTo(1);
  }

  @Test
  void shouldCountWhatIsEqual() throws IOException {
    FlowLog log = log(List.of(), List.of("source.pod_name"));
    items.tryEmitNext(item("1.0", "web")).orThrow();
    items.tryEmitNext(item("1.1", "web")).orThrow();
    items.tryEmitNext(item("1.2", "web", TrafficDirection.INGRESS)).orThrow();
    items.tryEmitNext(item("1.3", "db", TrafficDirection.TRAFFIC_DIRECTION_UNKNOWN)).orThrow();
    log.tick();
    assertThat(file()).isEmptyFile();

    now = now.plusSeconds(30);
    log.tick();

    assertThat(Files.readAllLines(file()))
        .containsExactly(
            "{\"flow\":{\"time\":\"1970-01-01T00:00:07Z\",\"source\":{\"pod_name\":\"web\"},"
                + "\"aggregate\":{\"ingress_flow_count\":1,\"egress_flow_count\":2}},"
                + "\"time\":\"1970-01-01T00:00:07Z\"}",
            "{\"flow\":{\"time\":\"1970-01-01T00:00:07Z\",\"source\":{\"pod_name\":\"db\"},"
                + "\"aggregate\":{\"unknown_direction_flow_count\":1}},"
                + "\"time\":\"1970-01-01T00:00:07Z\"}");
  }

  /** No export but those of a file; empty: none. */
  private static FlowLogProperties properties(String config) {
    return new FlowLogProperties(
        "",
        "",
        "",
        "",
        "gzip",
        "",
        10,
        5,
        false,
        "",
        "",
        List.of(),
        List.of(),
        Duration.ZERO,
        config);
  }

  @Test
  void shouldFollowItsFile() throws IOException {
    Path config = directory.resolve("flowlogs.yaml");
    Files.writeString(config, "flowLogs: [{name: a, filePath: " + file() + "}]");
    FlowLogProperties properties = properties(config.toString());
    try (FlowLogs logs =
        new FlowLogs(properties, NODE, this::source, () -> now, directory, faults)) {
      assertThat(text(logs)).contains("{status=\"active\"} 1", "up{name=\"a\"} 1", "\"add\"} 1");

      Files.writeString(config, "flowLogs: [{name: b}]");
      logs.read();
      assertThat(text(logs)).contains("up{name=\"a\"} 1", "{op=\"failure\"} 1");

      Files.writeString(
          config, "flowLogs: [{name: a, filePath: " + file() + ", end: 2026-01-02T15:05:00Z}]");
      logs.read();
      assertThat(text(logs)).contains("up{name=\"a\"} 1", "{op=\"update\"} 1");

      now = now.plusSeconds(60);
      logs.read();
      assertThat(text(logs)).contains("up{name=\"a\"} 0", "{status=\"inactive\"} 1");

      Files.writeString(config, "flowLogs: []");
      logs.read();
      assertThat(text(logs)).contains("{op=\"remove\"} 1").doesNotContain("up{");
    }
  }

  @Test
  void shouldExportWhatIsAskedForAsLongAsItIs() throws IOException {
    FlowLogProperties nothing = properties("");
    FlowLogSpec.Target first = new FlowLogSpec.File(file(), 1 << 20, 1, false);
    FlowLogSpec.Target second =
        new FlowLogSpec.File(directory.resolve("second.log"), 1 << 20, 1, false);
    FlowChoice all = new FlowChoice(List.of(), List.of(), false);
    FlowChoice firsts = new FlowChoice(List.of(), List.of(), true);
    try (FlowLogs logs = new FlowLogs(nothing, NODE, this::source, () -> now, directory, faults)) {
      assertThat(requests).isEmpty();

      logs.trace(Map.of(first, List.of(all), second, List.of(firsts)));
      assertThat(requests).hasSize(2);
      items.tryEmitNext(item("1.0", "web")).orThrow();
      logs.trace(Map.of(first, List.of(all), second, List.of(all, firsts)));
      assertThat(requests).as("only what has changed begins anew").hasSize(3);
      assertThat(requests.getLast().start()).isEqualTo(new FlowStart.After("1.0"));

      items.tryEmitNext(item("1.1", "db")).orThrow();
      logs.trace(Map.of(second, List.of(all, firsts)));
      items.tryEmitNext(item("1.2", "api")).orThrow();
    }
    assertThat(Files.readAllLines(file())).hasSize(2);
    assertThat(Files.readAllLines(directory.resolve("second.log"))).hasSize(3);
  }

  @Test
  void shouldWantFirstPacketsOnly() {
    FlowFilter first = FlowChoice.filter(List.of(new FlowChoice(List.of(), List.of(), true)), NODE);
    Observation o = new Observation();
    o.reason = ReportReason.NEW;
    assertThat(first.matches(o)).isTrue();
    o.reply = Observation.Reply.YES;
    assertThat(first.matches(o)).as("a reply").isFalse();
    o.reply = Observation.Reply.NO;
    o.reason = ReportReason.INTERVAL;
    assertThat(first.matches(o)).as("a later report").isFalse();
    o.reason = ReportReason.PACKET;
    o.protocol = Protocol.TCP;
    assertThat(first.matches(o)).as("any packet").isFalse();
    o.tcpFlags = TcpFlag.SYN.bit();
    assertThat(first.matches(o)).as("the first of a connection").isTrue();
    o.tcpFlags |= TcpFlag.ACK.bit();
    assertThat(first.matches(o)).isFalse();
  }

  private static String text(FlowLogs logs) {
    StringBuilder text = new StringBuilder();
    logs.write(text);
    return text.toString();
  }
}
