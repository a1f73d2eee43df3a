package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sh.retina.event.Direction;
import sh.retina.event.HttpMessage;
import sh.retina.event.Observation;

class HttpExchangesTest {
  private static final long START_NS = 1_767_323_045_000_000_001L;
  private static final long MS = 1_000_000L;

  private final HttpExchanges exchanges = new HttpExchanges();

  private long latencyMs(String id, boolean isAnswer, boolean atServer, long atMs) {
    Observation o = new Observation();
    o.reply = isAnswer ? Observation.Reply.YES : Observation.Reply.NO;
    o.direction = isAnswer == atServer ? Direction.EGRESS : Direction.INGRESS;
    exchanges.accept(o, message(id, START_NS + atMs * MS));
    return o.httpLatencyNs / MS;
  }

  private static HttpMessage message(String id, long timeNs) {
    List<HttpMessage.Header> headers =
        id.isEmpty() ? List.of() : List.of(new HttpMessage.Header("X-Request-Id", id));
    return new HttpMessage(0, "GET", "/", "HTTP/1.1", headers, timeNs);
  }

  @Test
  void shouldTellHowLongAnAnswerTook() {
    assertThat(latencyMs("a", false, true, 0)).isZero();
    assertThat(latencyMs("b", false, true, 5)).isZero();
    assertThat(latencyMs("b", true, true, 10)).isEqualTo(5);
    assertThat(latencyMs("a", true, true, 120)).isEqualTo(120);
    assertThat(latencyMs("a", true, true, 130)).as("answered before").isZero();
    assertThat(latencyMs("c", true, true, 130)).as("never asked").isZero();
  }

  @Test
  void shouldTellTheProxiesOfBothEndsApart() {
    latencyMs("a", false, false, 0);
    latencyMs("a", false, true, 2);
    assertThat(latencyMs("a", true, true, 9)).isEqualTo(7);
    assertThat(latencyMs("a", true, false, 10)).isEqualTo(10);
  }

  @Test
  void shouldForgetRequestsThatNobodyAnswersAndPassThoseWithoutAnId() {
    latencyMs("a", false, true, 0);
    assertThat(latencyMs("a", true, true, 600_001)).isZero();
    latencyMs("", false, true, 0);
    assertThat(latencyMs("", true, true, 1)).isZero();
    latencyMs("b", false, true, 10);
    assertThat(latencyMs("b", true, true, 4)).as("a clock that went back").isZero();
  }
}
