package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import com.google.protobuf.util.JsonFormat;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEvent;
import sh.retina.flow.proto.LostEventSource;

class FlowJsonTest {
  @Test
  void shouldKeepLabelsReadable() {
    assertThat(FlowJson.print(podNamed("k8s:app=it's <b>&")))
        .isEqualTo("{\"source\":{\"pod_name\":\"k8s:app=it's \\u003cb\\u003e\\u0026\"}}");
  }

  @Test
  void shouldEscapeWhatWouldEndALineOrSteerATerminal() {
    String json = FlowJson.print(podNamed("a\n\rdata: b\u001b[2J\u007f\u0085\u009b\u2028\\u003d"));

    assertThat(json.chars().allMatch(c -> c >= 0x20 && c < 0x7f)).isTrue();
    assertThat(JsonParser.parseString(json).toString()).contains("\\\\u003d");
  }

  @Test
  void shouldReplaceSurrogatesWithoutTheirOtherHalf() {
    assertThat(FlowJson.print(podNamed("a\ud800b\udc00c\ud83d\ude00")))
        .contains("a\ufffdb\ufffdc\ud83d\ude00");
  }

  @Test
  void shouldSurviveAnyName() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(12); j > 0; j--) {
        text.append((char) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(65536)));
      }
      // What UTF-8 can carry, which is what comes over the wire and out of files.
      String name =
          new String(text.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);

      String json = FlowJson.print(podNamed(name));

      Flow.Builder read = Flow.newBuilder();
      JsonFormat.parser().merge(json, read);
      assertThat(read.getSource().getPodName()).isEqualTo(name);
      assertThat(json.chars().noneMatch(c -> c < 0x20 || (c >= 0x7f && c < 0xa0))).isTrue();
    }
  }

  @Test
  void shouldTellLossesByHubblesNames() {
    LostEvent lost =
        LostEvent.newBuilder()
            .setSource(LostEventSource.HUBBLE_RING_BUFFER)
            .setNumEventsLost(5_000_000_000L)
            .build();

    assertThat(FlowJson.print(lost))
        .isEqualTo("{\"source\":\"HUBBLE_RING_BUFFER\",\"num_events_lost\":\"5000000000\"}");
  }

  @Test
  void shouldWriteCountsAsIntegersAndLeaveTextAlone() {
    assertThat(
            FlowJson.tidy(
                "{\"a\":10.0,\"b\":4.026531841E9,\"c\":0.5,\"d\":-3,\"e 1.0\":\"2.0E3\"}"))
        .isEqualTo("{\"a\":10,\"b\":4026531841,\"c\":0.5,\"d\":-3,\"e 1.0\":\"2.0E3\"}");
  }

  private static Flow podNamed(String name) {
    return Flow.newBuilder().setSource(Endpoint.newBuilder().setPodName(name)).build();
  }
}
