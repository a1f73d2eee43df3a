package sh.retina.export.flowlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.IP;
import sh.retina.flow.proto.LostEvent;
import sh.retina.flow.proto.Verdict;
import sh.retina.flow.proto.observer.ExportEvent;

class OtlpSinkTest {
  private static final FlowNode NODE = new FlowNode("n1", "", "0.1.0");
  private static final Instant NOW = Instant.ofEpochSecond(9);

  private final LogCollector collector = new LogCollector();
  private final OtlpSink sink = new OtlpSink(URI.create(collector.url()), NODE, () -> NOW);

  @AfterEach
  void close() {
    sink.close();
    collector.close();
  }

  private static ExportEvent flow(int number, Verdict verdict) {
    Timestamp time = Timestamp.newBuilder().setSeconds(7).setNanos(number).build();
    return ExportEvent.newBuilder()
        .setTime(time)
        .setNodeName("n1")
        .setFlow(
            Flow.newBuilder()
                .setTime(time)
                .setUuid("u" + number)
                .setNodeName("n1")
                .setVerdict(verdict)
                .setIP(IP.newBuilder().setSource("10.0.0.1").setDestination("10.0.0.2"))
                .setSource(Endpoint.newBuilder().setNamespace("shop").setPodName("web")))
        .build();
  }

  private static Map<String, String> attributes(List<KeyValue> list) {
    return list.stream()
        .collect(Collectors.toMap(KeyValue::getKey, pair -> pair.getValue().getStringValue()));
  }

  @Test
  void shouldSendFlowsAsRecords() throws IOException {
    sink.write(flow(1, Verdict.FORWARDED));
    sink.write(flow(2, Verdict.DROPPED));
    sink.write(
        ExportEvent.newBuilder()
            .setTime(Timestamp.newBuilder().setSeconds(8))
            .setLostEvents(LostEvent.newBuilder().setNumEventsLost(3))
            .build());
    assertThat(collector.records()).isEmpty();
    sink.flush();
    sink.flush();

    assertThat(collector.resources()).as("one request").hasSize(1);
    assertThat(attributes(collector.resources().getFirst().getResource().getAttributesList()))
        .containsEntry("service.name", "retina")
        .containsEntry("k8s.node.name", "n1");
    LogRecord first = collector.records().getFirst();
    assertThat(first.getTimeUnixNano()).isEqualTo(7_000_000_001L);
    assertThat(first.getObservedTimeUnixNano()).isEqualTo(9_000_000_000L);
    assertThat(first.getSeverityNumber()).isEqualTo(SeverityNumber.SEVERITY_NUMBER_INFO);
    assertThat(first.getEventName()).isEqualTo("hubble.flow");
    assertThat(attributes(first.getAttributesList()))
        .containsOnly(
            Map.entry("hubble.verdict", "FORWARDED"),
            Map.entry("hubble.node_name", "n1"),
            Map.entry("source.address", "10.0.0.1"),
            Map.entry("destination.address", "10.0.0.2"),
            Map.entry("hubble.source.namespace", "shop"),
            Map.entry("hubble.source.pod", "web"));
    assertThat(collector.flows().getFirst().path("uuid").asString()).isEqualTo("u1");
    assertThat(collector.records().get(1).getSeverityText()).isEqualTo("WARN");
    assertThat(collector.records().get(2).getEventName()).isEqualTo("hubble.lost_events");
    assertThat(collector.records().get(2).getBody().getStringValue())
        .contains("\"num_events_lost\":\"3\"");
  }

  @Test
  void shouldNotGatherMoreThanARequestHolds() throws IOException {
    for (int i = 0; i < 600; i++) {
      sink.write(flow(i, Verdict.FORWARDED));
    }

    assertThat(collector.records()).hasSize(512);
    sink.flush();
    assertThat(collector.records()).hasSize(600);
    assertThat(collector.resources()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 429, 500, 503})
  void shouldSayThatNothingWasTaken(int code) throws IOException {
    collector.answer(code);
    sink.write(flow(1, Verdict.FORWARDED));

    assertThatThrownBy(sink::flush)
        .isInstanceOf(IOException.class)
        .hasMessage(collector.url() + " answers " + code);
    collector.answer(200);
    sink.flush();
    assertThat(collector.records()).as("it was not forgotten").hasSize(1);
  }

  @Test
  void shouldSayThatNobodyIsThere() throws IOException {
    collector.close();
    sink.write(flow(1, Verdict.FORWARDED));
    assertThatThrownBy(sink::flush).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"collector:4317", "ftp://c/v1/logs", "http:///v1/logs", "not a url"})
  void shouldRefuseWhatIsNoUrl(String text) {
    assertThatThrownBy(() -> FlowLogSpec.Otlp.at(text))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
