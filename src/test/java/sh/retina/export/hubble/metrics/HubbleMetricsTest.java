package sh.retina.export.hubble.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.BoolValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.CiliumEventType;
import sh.retina.flow.proto.DNS;
import sh.retina.flow.proto.DropReason;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.HTTP;
import sh.retina.flow.proto.ICMPv4;
import sh.retina.flow.proto.IP;
import sh.retina.flow.proto.IPVersion;
import sh.retina.flow.proto.L7FlowType;
import sh.retina.flow.proto.Layer4;
import sh.retina.flow.proto.Layer7;
import sh.retina.flow.proto.LostEventSource;
import sh.retina.flow.proto.TCP;
import sh.retina.flow.proto.TCPFlags;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.flow.proto.Verdict;
import sh.retina.flow.proto.Workload;
import sh.retina.pipeline.FlowItem;

/** Each line is what the original shows for the same flow. */
class HubbleMetricsTest {
  private static final FlowNode NODE = new FlowNode("n1", "", "0.1.0");
  private static final Flow SYN =
      Flow.newBuilder()
          .setVerdict(Verdict.FORWARDED)
          .setTrafficDirection(TrafficDirection.EGRESS)
          .setEventType(CiliumEventType.newBuilder().setType(4).setSubType(3))
          .setIsReply(BoolValue.of(false))
          .setIP(
              IP.newBuilder()
                  .setSource("10.0.0.1")
                  .setDestination("1.1.1.1")
                  .setIpVersion(IPVersion.IPv4))
          .setL4(
              Layer4.newBuilder()
                  .setTCP(
                      TCP.newBuilder()
                          .setDestinationPort(443)
                          .setFlags(TCPFlags.newBuilder().setSYN(true))))
          .setSource(
              Endpoint.newBuilder()
                  .setNamespace("shop")
                  .setPodName("web-1")
                  .addLabels("k8s:app=web")
                  .addLabels("k8s:tier=\"1\"")
                  .addWorkloads(Workload.newBuilder().setName("web").setKind("Deployment")))
          .setDestination(Endpoint.newBuilder().setIdentity(2).addLabels("reserved:world"))
          .addDestinationNames("one.one")
          .build();
  private static final Flow DROP =
      SYN.toBuilder()
          .setVerdict(Verdict.DROPPED)
          .setDropReasonDesc(DropReason.POLICY_DENIED)
          .setEventType(CiliumEventType.newBuilder().setType(1).setSubType(133))
          .clearIsReply()
          .build();

  @Test
  void shouldCountFlows() {
    assertThat(lines("flow", SYN, SYN, DROP))
        .containsExactlyInAnyOrder(
            "hubble_flows_processed_total{protocol=\"TCP\",subtype=\"to-stack\",type=\"Trace\",verdict=\"FORWARDED\"}"
                + " 2",
            "hubble_flows_processed_total{protocol=\"TCP\",subtype=\"\",type=\"Drop\",verdict=\"DROPPED\"}"
                + " 1");
    Flow socket = SYN.toBuilder().setEventType(CiliumEventType.newBuilder().setType(7)).build();
    assertThat(lines("flow", socket))
        .containsExactly(
            "hubble_flows_processed_total{protocol=\"Unknown"
                + " flow\",subtype=\"7\",type=\"Unknown\",verdict=\"FORWARDED\"} 1");
  }

  @Test
  void shouldCountDrops() {
    assertThat(lines("drop:sourceContext=pod", SYN, DROP))
        .containsExactly(
            "hubble_drop_total{protocol=\"TCP\",reason=\"POLICY_DENIED\",source=\"shop/web-1\"} 1");
  }

  @Test
  void shouldCountFlags() {
    TCPFlags.Builder flags = TCPFlags.newBuilder().setSYN(true).setACK(true).setFIN(true);
    Flow many =
        SYN.toBuilder().setL4(Layer4.newBuilder().setTCP(TCP.newBuilder().setFlags(flags))).build();
    assertThat(lines("tcp", SYN, many, DROP))
        .containsExactlyInAnyOrder(
            "hubble_tcp_flags_total{family=\"IPv4\",flag=\"SYN\"} 1",
            "hubble_tcp_flags_total{family=\"IPv4\",flag=\"SYN-ACK\"} 1",
            "hubble_tcp_flags_total{family=\"IPv4\",flag=\"FIN\"} 1");
  }

  @Test
  void shouldCountPortsOfRequests() {
    Flow reply = SYN.toBuilder().setIsReply(BoolValue.of(true)).build();
    Flow ping =
        SYN.toBuilder()
            .setL4(Layer4.newBuilder().setICMPv4(ICMPv4.newBuilder().setType(8)))
            .build();
    assertThat(lines("port-distribution icmp", SYN, reply, DROP, ping))
        .containsExactlyInAnyOrder(
            "hubble_port_distribution_total{port=\"443\",protocol=\"TCP\"} 1",
            "hubble_port_distribution_total{port=\"0\",protocol=\"ICMPv4\"} 1",
            "hubble_icmp_total{family=\"IPv4\",type=\"EchoRequest\"} 1");
  }

  @Test
  void shouldCountWhatGoesToTheWorld() {
    Flow other = DROP.toBuilder().setDropReasonDesc(DropReason.STALE_OR_UNROUTABLE_IP).build();
    assertThat(lines("flows-to-world:port", SYN, DROP, other))
        .containsExactlyInAnyOrder(
            "hubble_flows_to_world_total{port=\"443\",protocol=\"TCP\",verdict=\"FORWARDED\"} 1",
            "hubble_flows_to_world_total{port=\"443\",protocol=\"TCP\",verdict=\"DROPPED\"} 1");
    assertThat(lines("flows-to-world:any-drop", other))
        .containsExactly("hubble_flows_to_world_total{protocol=\"TCP\",verdict=\"DROPPED\"} 1");
  }

  @Test
  void shouldCountNames() {
    DNS.Builder dns = DNS.newBuilder().setQuery("a.io.").addQtypes("A");
    Flow query = dns(dns, false);
    Flow answer = dns(dns.addIps("1.2.3.4").addRrtypes("A"), true);
    assertThat(lines("dns:query", query, answer))
        .containsExactlyInAnyOrder(
            "hubble_dns_queries_total{ips_returned=\"0\",qtypes=\"A\",query=\"a.io.\",rcode=\"\"}"
                + " 1",
            "hubble_dns_responses_total{ips_returned=\"1\",qtypes=\"A\",query=\"a.io.\",rcode=\"No"
                + " Error\"} 1",
            "hubble_dns_response_types_total{qtypes=\"A\",query=\"a.io.\",type=\"A\"} 1");
    Flow six = dns(DNS.newBuilder().setQuery("a.io.").addQtypes("AAAA"), false);
    assertThat(lines("dns:ignoreAAAA", six)).isEmpty();
  }

  @Test
  void shouldCountWhatPoliciesDecide() {
    Flow verdict =
        SYN.toBuilder()
            .setEventType(CiliumEventType.newBuilder().setType(5))
            .setPolicyMatchType(2)
            .setVerdict(Verdict.REDIRECTED)
            .build();
    Flow denied =
        verdict.toBuilder()
            .setVerdict(Verdict.DROPPED)
            .setPolicyMatchType(0)
            .setTrafficDirection(TrafficDirection.INGRESS)
            .build();
    Flow fromHost =
        verdict.toBuilder()
            .setSource(Endpoint.newBuilder().setIdentity(1).addLabels("reserved:host"))
            .build();
    Flow unknown = verdict.toBuilder().setPolicyMatchType(7).build();
    Flow name = dns(DNS.newBuilder().setQuery("a.io."), false);
    Flow other = name.toBuilder().clearL7().build();

    assertThat(
            lines(
                "policy:destinationContext=ip",
                SYN,
                DROP,
                verdict,
                verdict,
                denied,
                fromHost,
                unknown,
                name,
                other))
        .containsExactlyInAnyOrder(
            policy("egress", "l3-l4", "redirected", 2),
            policy("ingress", "none", "dropped", 1),
            policy("egress", "unknown", "redirected", 1),
            policy("egress", "l7/dns", "forwarded", 1),
            policy("egress", "l7/", "forwarded", 1));
  }

  private static String policy(String direction, String match, String action, int count) {
    return "hubble_policy_verdicts_total{action=\"%s\",destination=\"1.1.1.1\",direction=\"%s\",match=\"%s\"} %d"
        .formatted(action, direction, match, count);
  }

  private static Flow dns(DNS.Builder dns, boolean isReply) {
    return SYN.toBuilder()
        .setIsReply(BoolValue.of(isReply))
        .setEventType(CiliumEventType.newBuilder().setType(129))
        .setL7(Layer7.newBuilder().setType(L7FlowType.REQUEST).setDns(dns))
        .build();
  }

  @Test
  void shouldTakeTheFirstContextThatIsNotEmpty() {
    assertThat(context("destinationContext=pod|dns|ip")).contains("destination=\"one.one\"");
    assertThat(context("destinationContext=workload|ip")).contains("destination=\"1.1.1.1\"");
    assertThat(context("destinationContext=reserved-identity"))
        .contains("destination=\"reserved:world\"");
    assertThat(context("sourceContext=workload")).contains("source=\"shop/web\"");
    assertThat(context("sourceContext=app")).contains("source=\"web\"");
    assertThat(context("sourceContext=identity"))
        .contains("source=\"k8s:app=web,k8s:tier=\\\"1\\\"\"");
    assertThat(context("sourceIngressContext=ip")).as("it goes out").contains("source=\"\"");
    assertThat(context("sourceContext=ip;sourceEgressContext=pod-name"))
        .contains("source=\"web-1\"");
    assertThat(context("labelsContext=traffic_direction,source_namespace"))
        .contains("source_namespace=\"shop\",traffic_direction=\"egress\"");
  }

  private static String context(String options) {
    List<String> lines = lines("tcp:" + options, SYN);
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"drop:sourceContext=nobody", "drop:labelsContext=source_color"})
  void shouldRefuseAContextThatIsNone(String metrics) {
    assertThatThrownBy(() -> HubbleMetrics.check(metrics))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("drop");
  }

  @Test
  void shouldShowThemOverHttp() throws IOException, InterruptedException {
    try (HubbleMetrics metrics =
        over(
            "flow nothing",
            "",
            new FlowItem.Item("1.0", SYN),
            new FlowItem.Lost(LostEventSource.HUBBLE_RING_BUFFER, 12))) {
      assertThat(page(metrics)).contains("hubble_metrics_http_handler_requests_total");
      String second = page(metrics);

      assertThat(second)
          .contains(
              "# TYPE hubble_flows_processed_total counter\n",
              "hubble_lost_events_total{source=\"hubble_ring_buffer\"} 12\n",
              "hubble_metrics_http_handler_requests_total{code=\"200\"} 2\n",
              "hubble_metrics_http_handler_request_duration_seconds_count{code=\"200\"} 1\n",
              "hubble_metrics_http_handler_request_duration_seconds_bucket{code=\"200\",le=\"+Inf\"} 1\n");
    }
  }

  private static String page(HubbleMetrics metrics) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + metrics.port() + "/metrics"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
    return answer.body();
  }

  private static HubbleMetrics over(String spec, String configPath, FlowItem... items) {
    return new HubbleMetrics(spec, configPath, 0, _ -> Flux.just(items), NODE, _ -> {});
  }

  private static List<String> lines(String spec, Flow... flows) {
    FlowItem[] items =
        Arrays.stream(flows)
            .map(flow -> (FlowItem) new FlowItem.Item("1.0", flow))
            .toArray(FlowItem[]::new);
    try (HubbleMetrics metrics = over(spec, "", items)) {
      return metrics.text().lines().filter(line -> !line.startsWith("#")).toList();
    }
  }

  @Test
  void shouldRefuseAMetricThatIsThereTwice() {
    assertThatThrownBy(() -> HubbleMetrics.check("flow icmp flow:sourceContext=pod"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("flow: this metric is there twice");
  }

  @Test
  void shouldRefuseBothMetricsOfHttpAtOnce() {
    assertThatThrownBy(() -> HubbleMetrics.check("http:exemplars=true httpV2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("choose one");
  }

  @Test
  void shouldCountAnAnswerOverHttpFromTheSideOfWhoAsked() {
    Flow answer =
        SYN.toBuilder()
            .setTrafficDirection(TrafficDirection.INGRESS)
            .setL7(
                Layer7.newBuilder()
                    .setType(L7FlowType.RESPONSE)
                    .setLatencyNs(30_000_000)
                    .setHttp(
                        HTTP.newBuilder().setCode(503).setMethod("GET").setProtocol("HTTP/1.1")))
            .build();
    Flow request =
        answer.toBuilder().setL7(answer.getL7().toBuilder().setType(L7FlowType.REQUEST)).build();

    assertThat(
            lines("httpV2:labelsContext=source_ip;sourceContext=ip", SYN, request, answer, answer))
        .contains(
            "hubble_http_requests_total{method=\"GET\",protocol=\"HTTP/1.1\",reporter=\"server\",source=\"\",source_ip=\""
                + answer.getIP().getDestination()
                + "\",status=\"503\"} 2",
            "hubble_http_request_duration_seconds_sum{method=\"GET\",reporter=\"server\",source=\"\",source_ip=\""
                + answer.getIP().getDestination()
                + "\"} 0.06");
    assertThat(lines("http", SYN, request, answer, answer))
        .contains(
            "hubble_http_requests_total{method=\"GET\",protocol=\"HTTP/1.1\",reporter=\"server\"} 1",
            "hubble_http_responses_total{method=\"GET\",protocol=\"HTTP/1.1\",reporter=\"server\",status=\"503\"} 2",
            "hubble_http_request_duration_seconds_bucket{method=\"GET\",reporter=\"server\",le=\"0.025\"} 0",
            "hubble_http_request_duration_seconds_bucket{method=\"GET\",reporter=\"server\",le=\"0.05\"} 2");
  }
}
