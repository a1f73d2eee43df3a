package sh.retina.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.bpf.PacketSource;
import sh.retina.capture.output.Delivered;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A kubelet takes 4,096 bytes of a container's last words. */
class AnswersTest {
  private static CaptureStatus status(String reason, int files) {
    List<CaptureStatus.Recorded> recorded =
        IntStream.range(0, files)
            .mapToObj(i -> new CaptureStatus.Recorded("/a/" + i, 1, "0".repeat(64), 1))
            .toList();
    List<Delivered> outputs =
        IntStream.range(0, files)
            .mapToObj(i -> new Delivered("hostPath", "/a/" + i, 1, "0".repeat(64), null))
            .toList();
    return new CaptureStatus(
        "c",
        "n",
        CaptureStatus.State.Failed,
        reason,
        "size",
        Instant.EPOCH,
        Instant.EPOCH,
        files,
        0,
        new PacketSource.Statistics(1, 2, 3),
        "",
        "",
        recorded,
        outputs,
        0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 30, 1_000})
  void shouldFitAndKeepTheNewestOutputs(int files) {
    byte[] bytes = Answers.fitting(status("why", files));

    assertThat(bytes).hasSizeLessThanOrEqualTo(4_096);
    JsonNode json = JsonMapper.shared().readTree(bytes);
    assertThat(json.get("packets").asInt()).isEqualTo(files);
    assertThat(json.get("state").asString()).isEqualTo("Failed");
    JsonNode outputs = json.get("outputs");
    assertThat(outputs.size()).isPositive();
    assertThat(outputs.size() + json.path("more").asInt(0)).isEqualTo(files);
    assertThat(outputs.get(0).propertyNames())
        .containsExactlyInAnyOrder("type", "location", "size", "sha256");
    assertThat(outputs.get(outputs.size() - 1).get("location").asString())
        .isEqualTo("/a/" + (files - 1));
  }

  @Test
  void shouldCutALongReason() {
    byte[] bytes = Answers.fitting(status("€".repeat(9_000), 3));

    assertThat(bytes).hasSizeLessThanOrEqualTo(4_096);
    assertThat(new String(bytes, StandardCharsets.UTF_8)).contains("€€€…\"", "\"more\":3");
  }
}
