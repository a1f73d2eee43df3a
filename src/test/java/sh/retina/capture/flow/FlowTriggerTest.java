package sh.retina.capture.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FlowTriggerTest {
  private final AtomicLong now = new AtomicLong();

  private FlowTrigger trigger(String reason, int rate) {
    return new FlowTrigger(
        new FlowTrigger.Settings(reason, rate, Duration.ofSeconds(10)), now::get, 0);
  }

  private static JsonNode drop(String reason, int packets) {
    return JsonMapper.shared()
        .readTree(
            """
            {"verdict":"DROPPED","IP":{"source":"10.0.0.1","destination":"10.0.0.2"},
             "source":{"namespace":"shop","pod_name":"web"},
             "Summary":"%s in f","extensions":{"value":{"drop_reason":"%s","packets":%d}}}
            """
                .formatted(reason, reason, packets));
  }

  private static JsonNode flow(String json) {
    return JsonMapper.shared().readTree(json);
  }

  @Test
  void shouldFireWhenSoManyWereSeenWithinTheWindow() {
    FlowTrigger trigger = trigger("NETFILTER_DROP", 5);
    trigger.flow(drop("NETFILTER_DROP", 2));
    now.addAndGet(TimeUnit.SECONDS.toNanos(6));
    trigger.flow(drop("NETFILTER_DROP", 2));
    trigger.flow(drop("NO_SOCKET", 100));
    now.addAndGet(TimeUnit.SECONDS.toNanos(6)); // the first two are too old
    trigger.flow(drop("NETFILTER_DROP", 2));
    assertThat(trigger.cause()).isEmpty();

    trigger.flow(drop("NETFILTER_DROP", 1));

    assertThat(trigger.cause())
        .isEqualTo(
            "NETFILTER_DROP, 5 within PT10S: shop/web -> 10.0.0.2, DROPPED, NETFILTER_DROP in f");
  }

  @Test
  void shouldStayWithItsFirstCause() {
    FlowTrigger trigger = trigger("NO_SOCKET", 1);
    trigger.flow(drop("NO_SOCKET", 1));
    String first = trigger.cause();
    trigger.flow(drop("NO_SOCKET", 9));

    assertThat(trigger.cause()).isEqualTo(first).startsWith("NO_SOCKET, 1 within");
  }

  @Test
  void shouldNotCountWhatComesBeforeItsTime() {
    FlowTrigger trigger =
        new FlowTrigger(
            new FlowTrigger.Settings("NO_SOCKET", 2, Duration.ofSeconds(10)), now::get, 5);
    trigger.flow(drop("NO_SOCKET", 9));
    now.set(5);
    trigger.flow(drop("NO_SOCKET", 1));
    assertThat(trigger.cause()).isEmpty();

    trigger.flow(drop("NO_SOCKET", 1));

    assertThat(trigger.cause()).startsWith("NO_SOCKET, 2 within");
  }

  @Test
  void shouldKnowErrorsOfDnsAndRetransmissions() {
    FlowTrigger dns = trigger("DNS_ERROR", 1);
    dns.flow(flow("{\"l7\":{\"dns\":{\"query\":\"a.\"}}}"));
    dns.flow(flow("{\"verdict\":\"DROPPED\",\"extensions\":{\"value\":{\"drop_reason\":\"X\"}}}"));
    assertThat(dns.cause()).isEmpty();
    dns.flow(flow("{\"l7\":{\"dns\":{\"rcode\":3}},\"Summary\":\"DNS Answer\"}"));
    assertThat(dns.cause()).contains("DNS_ERROR, 1", "DNS Answer");

    FlowTrigger retransmission = trigger("TCP_RETRANSMISSION", 1);
    retransmission.flow(flow("{\"extensions\":{\"value\":{\"socket_report\":\"reset\"}}}"));
    assertThat(retransmission.cause()).isEmpty();
    retransmission.flow(
        flow("{\"extensions\":{\"value\":{\"socket_report\":\"retransmission\"}}}"));
    assertThat(retransmission.cause()).startsWith("TCP_RETRANSMISSION, 1");
  }
}
