package sh.retina.agent.configmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigMapKeysTest {
  private static Map<String, Object> of(String key, Object value) {
    return ConfigMapKeys.of(Map.of(key, value)).properties();
  }

  @ParameterizedTest
  @CsvSource({
    "logLevel, debug, logging.level.sh.retina, debug",
    "logLevel, panic, logging.level.sh.retina, error",
    "metricsIntervalDuration, 10s, retina.metrics-interval, 10000000000ns",
    "metricsIntervalDuration, 1m30s, retina.metrics-interval, 90000000000ns",
    "metricsIntervalDuration, 1.5h, retina.metrics-interval, 5400000000000ns",
    "metricsIntervalDuration, soon, retina.metrics-interval, soon",
    "metricsInterval, 15, retina.metrics-interval, 15s",
    "metricsInterval, 15s, retina.metrics-interval, 15000000000ns",
    "enablePodLevel, true, retina.pod-level.enabled, true",
    "ENABLEPODLEVEL, true, retina.pod-level.enabled, true",
    "remoteContext, true, retina.pod-level.context, remote",
    "remoteContext, false, retina.pod-level.context, local",
    "dataAggregationLevel, HIGH, retina.data-aggregation-level, high",
    "dataAggregationLevel, medium, retina.data-aggregation-level, low",
    "dataSamplingRate, 0, retina.sampling-rate, 1",
    "dataSamplingRate, 10, retina.sampling-rate, 10",
    "conntrackReportInterval, 500ms, retina.report-interval, 30000000000ns",
    "conntrackReportInterval, 1s, retina.report-interval, 1000000000ns",
    "packetParserRingBufferSize, 8388608, retina.packetparser.ring-size, 8388608B",
    "enableTCX, off, retina.tc-attach, clsact",
    "enableTCX, auto, retina.tc-attach, auto",
    "enableAnnotations, true, retina.kubernetes.select-by, annotations",
    "bypassLookupIPOfInterest, true, retina.kubernetes.select-by, ''",
    "monitorSockPath, /run/m.sock, retina.ciliumeventobserver.socket, /run/m.sock"
  })
  void shouldTranslate(String key, String value, String ours, String translated) {
    assertThat(of(key, value)).containsExactly(Map.entry(ours, translated));
  }

  @Test
  void shouldReadNestedKeysAndLists() {
    assertThat(of("apiServer", Map.of("host", "0.0.0.0", "port", 10093)))
        .containsOnly(
            Map.entry("server.address", "0.0.0.0"), Map.entry("retina.http.port", "10093"));
    assertThat(of("enabledPlugin", List.of("dropreason", "dns")))
        .containsExactly(Map.entry("retina.plugins", "dropreason,dns"));
  }

  @Test
  void shouldPreferTheNewerOfTwoKeysInAnyOrder() {
    Map<String, Object> both = Map.of("metricsInterval", 20, "metricsIntervalDuration", "10s");

    assertThat(ConfigMapKeys.of(both).properties())
        .containsExactly(Map.entry("retina.metrics-interval", "10000000000ns"));
  }

  @Test
  void shouldLookAtAllPodsWhenTheirChoiceIsBypassed() {
    Map<String, Object> both = Map.of("enableAnnotations", true, "bypassLookupIPOfInterest", true);

    assertThat(ConfigMapKeys.of(both).properties())
        .containsExactly(Map.entry("retina.kubernetes.select-by", ""));
    assertThat(of("enableAnnotations", false)).isEmpty();
  }

  @Test
  void shouldNameWhatHasNoEffectAndWhatIsNoKey() {
    ConfigMapKeys keys =
        ConfigMapKeys.of(Map.of("enableTelemetry", false, "nonsense", 1, "logLevel", ""));

    assertThat(keys.properties()).isEmpty();
    assertThat(keys.notes())
        .containsExactlyInAnyOrder(
            "enableTelemetry has no effect here: nothing is ever sent to anybody",
            "nonsense: no such key");
  }
}
