package sh.retina.capture.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FlowCommentsTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long AT = 1_000 * SECOND;

  private final FlowComments comments = new FlowComments();

  private static JsonNode flow(String verdict, long ns, String extensions) {
    Instant time = Instant.ofEpochSecond(ns / SECOND, ns % SECOND);
    return JsonMapper.shared()
        .readTree(
            """
            {"time":"%s","verdict":"%s","IP":{"source":"10.0.0.1","destination":"10.0.0.2"},
             "l4":{"UDP":{"source_port":1000,"destination_port":53}},
             "source":{"namespace":"shop","pod_name":"web"},"traffic_direction":"EGRESS",
             "extensions":{"value":%s}}
            """
                .formatted(time, verdict, extensions));
  }

  private String of(long ns) {
    return comments.of(Frames.of(Frames.UDP, ns), Frames.ETHERNET);
  }

  @Test
  void shouldSayWhyThePacketBeforeADropWasDropped() {
    assertThat(of(AT)).isEmpty();
    comments.flow(
        flow("DROPPED", AT, "{\"drop_reason\":\"NETFILTER_DROP\",\"drop_location\":\"nf_x+0x1\"}"));

    assertThat(of(AT - MILLISECOND)).isEqualTo("dropped by the kernel: NETFILTER_DROP in nf_x+0x1");
    assertThat(of(AT - SECOND)).as("long before").isEmpty();
    assertThat(of(AT + SECOND))
        .isEqualTo(
            "the kernel drops packets of this connection (1 so far): NETFILTER_DROP in nf_x+0x1");
    assertThat(of(AT + 31 * SECOND)).as("long after").isEmpty();
  }

  @Test
  void shouldAddUpWhatIsToldTogether() {
    comments.flow(flow("DROPPED", AT, "{\"drop_reason\":\"NO_SOCKET\"}"));
    comments.flow(
        flow(
            "DROPPED",
            AT + 5 * SECOND,
            "{\"drop_reason\":\"NO_SOCKET\",\"packets\":9,\"report_reason\":\"interval\"}"));

    assertThat(of(AT + 2 * SECOND)).contains("(10 so far): NO_SOCKET");
    assertThat(of(AT)).isEqualTo("dropped by the kernel: NO_SOCKET");
    assertThat(of(AT + 5 * SECOND)).as("a report of several").contains("(10 so far)");
  }

  @Test
  void shouldSayOnceWhoseConnectionItIs() {
    comments.flow(flow("FORWARDED", AT, "{}"));

    assertThat(of(AT)).isEqualTo("shop/web -> 10.0.0.2, EGRESS, FORWARDED");
    assertThat(of(AT + 1)).isEmpty();
    comments.flow(flow("FORWARDED", AT, "{}"));
    assertThat(of(AT + 2)).as("of the same connection again").isEmpty();
  }

  @Test
  void shouldForgetTheOldestOfMany() {
    comments.flow(flow("DROPPED", AT, "{\"drop_reason\":\"OLD\"}"));
    for (int i = 1; i <= 20_000; i++) {
      comments.flow(
          JsonMapper.shared()
              .readTree(
                  """
                  {"time":"2026-01-01T00:00:00Z","verdict":"DROPPED",
                   "IP":{"source":"10.1.%d.%d","destination":"10.0.0.2"},
                   "extensions":{"value":{"drop_reason":"X"}}}
                  """
                      .formatted(i / 250, i % 250)));
    }

    assertThat(of(AT)).isEmpty();
  }
}
