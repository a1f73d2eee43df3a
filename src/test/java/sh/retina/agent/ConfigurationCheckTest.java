package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class ConfigurationCheckTest {
  @Test
  void shouldFindNothingWrongWithTheDefaults() {
    assertThat(faults(Map.of())).isEmpty();
  }

  @Test
  void shouldAcceptEveryKeyInItsRange() {
    assertThat(
            faults(
                Map.of(
                    "retina.plugins", "dropreason",
                    "retina.data-aggregation-level", "low",
                    "retina.reportInterval", "5m",
                    "retina.sampling-rate", "10",
                    "retina.journal.max-bytes", "1GB",
                    "retina.pod-level.labels", "ip+namespace",
                    "retina.dropreason.excluded-reasons[0]", "NOT_SPECIFIED",
                    "retina.tc-attach", "clsact",
                    "retina.sse.heartbeat", "1s")))
        .isEmpty();
  }

  @Test
  void shouldReportFaultsOfEveryKindAtOnce() {
    List<String> faults =
        faults(
            Map.of(
                "retina.report-interval", "soon",
                "retina.sampling-rate", "0",
                "retina.plugins", "packetparser,nope",
                "retina.journal.max-bytes", "1KB",
                "retina.metrics.naming", "other",
                "retina.sse.max-clients", "0",
                "retina.jurnal.directory", "/tmp"));

    assertThat(faults)
        .anyMatch(fault ->
            fault.equals("retina.report-interval: 'soon' is no duration, such as 30s or 5m"))
        .anyMatch(fault -> fault.startsWith("retina.sampling-rate: '0' must be greater"))
        .anyMatch(fault ->
            fault.startsWith("retina.plugins: 'nope' is no plugin; there are ")
                && fault.contains("packetparser"))
        .anyMatch(fault -> fault.equals("retina.journal.max-bytes: '1KB' must be at least 16MB"))
        .anyMatch(fault -> fault.endsWith("use retina, networkobservability, both"))
        .anyMatch(fault -> fault.startsWith("retina.sse.max-clients: '0' must be greater"))
        .anyMatch(fault -> fault.startsWith("retina.jurnal.directory: no such key; there are"))
        .hasSize(7);
  }

  @Test
  void shouldSayHowATopicOfKafkaIsNamed() {
    String export = "retina.hubble.export.kafka-";
    assertThat(
            faults(
                Map.of(
                    export + "bootstrap-servers", "kafka",
                    export + "topic", "shop/flows",
                    export + "compression", "zstd")))
        .containsExactly(
            export
                + "bootstrap-servers: 'kafka' must be HOST:PORT of a broker, or several of them"
                + " with commas",
            export + "compression: 'zstd' must be gzip or none",
            export
                + "topic: 'shop/flows' must be the name of a topic, up to 249 letters, digits and"
                + " ._-, where kafka-bootstrap-servers is set, and only there");
    assertThat(faults(Map.of(export + "topic", "flows"))).hasSize(1);
    assertThat(faults(Map.of(export + "bootstrap-servers", "kafka:9092"))).hasSize(1);
    assertThat(
            faults(
                Map.of(
                    export + "bootstrap-servers", "kafka-0:9092,kafka-1:9092",
                    export + "topic", "shop.flows")))
        .isEmpty();
  }

  @Test
  void shouldRefuseAValueForAGroupOfKeys() {
    assertThat(faults(Map.of("retina.pod-level", "yes", "retina.podLevel.enabled", "maybe")))
        .anyMatch(fault -> fault.startsWith("retina.pod-level: no such key"))
        .anyMatch(fault -> fault.startsWith("retina.pod-level.enabled: "));
  }

  @Test
  void shouldNameAListWhoseIndexIsNoNumber() {
    assertThat(faults(Map.of("retina.dropreason.excluded-reasons[first]", "NO_SOCKET")))
        .anyMatch(fault -> fault.startsWith("retina.dropreason.excluded-reasons: "));
  }

  @Test
  void shouldNameAKeyWhosePlaceholderNothingResolves() {
    assertThat(faults(Map.of("retina.report-interval", "${NO_SUCH_VARIABLE}")))
        .containsExactly(
            "retina.report-interval: 'a placeholder that nothing resolves' is no duration, such as"
                + " 30s or 5m");
  }

  private static List<String> faults(Map<String, Object> settings) {
    StandardEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new MapPropertySource("test", settings));
    return ConfigurationCheck.faults(environment);
  }
}
