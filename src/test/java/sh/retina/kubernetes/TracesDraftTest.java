package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

/** What a TracesConfiguration asks for, as filters of Hubble. */
class TracesDraftTest {
  private static final Map<String, Object> NO_LAYER_7 =
      Map.of("event_type", List.of(Map.of("type", 129)));

  private static List<TraceWish> wishes(String object) {
    JsonParser parser = JsonMapper.shared().createParser(object);
    parser.nextToken();
    return ((ClusterObject.Traces) new TracesDraft().read(parser).finish(new Interner())).wishes();
  }

  private static String object(String target, String status) {
    return """
    {"metadata": {"name": "t"}, "status": %s, "spec": {
      "traceConfiguration": [{"captureLevel": "AllPackets", "traceTargets": [%s]}],
      "outputConfiguration": {"destination": "stdout", "connectionConfiguration": ""}}}
    """
        .formatted(status, target);
  }

  private static TraceWish wish(String target) {
    return wishes(object(target, "{\"state\": \"Accepted\"}")).getFirst();
  }

  @Test
  void shouldSelectPodsByTheirLabelsAndThoseOfTheirNamespaces() {
    TraceWish wish =
        wish(
            """
            {"from": {"namespaceSelector": {"matchLabels": {"team": "a"}},
                      "podSelector": {"matchExpressions": [
                        {"key": "app", "operator": "In", "values": ["web", "api"]},
                        {"key": "tier", "operator": "NotIn", "values": ["test"]},
                        {"key": "old", "operator": "DoesNotExist"},
                        {"key": "new", "operator": "Exists"}]}},
             "to": {"namespaceSelector": {}}}
            """);

    assertThat(wish.include())
        .containsExactly(
            Map.of(
                "source_pod", List.of("/"),
                "source_label",
                    List.of(
                        "k8s:io.cilium.k8s.namespace.labels.team=a,k8s:app in (web,api),"
                            + "k8s:tier notin (test),!k8s:old,k8s:new"),
                "destination_pod", List.of("/")));
    assertThat(wish.exclude()).containsExactly(NO_LAYER_7);
    assertThat(wish.firstOnly()).isFalse();
    assertThat(wish.destination()).isEqualTo("stdout");
  }

  @Test
  void shouldSelectAddressesPortsAndPoints() {
    TraceWish wish =
        wish(
            """
            {"from": {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
             "to": {"nodeSelector": {}},
             "ports": [{"port": "80", "endPort": 82}, {"port": 53, "protocol": "UDP"}],
             "tracePoints": ["PodToNode", "NetworkToNode"]}
            """);

    List<Map<String, Object>> points =
        List.of(
            Map.of("type", 4, "match_sub_type", true, "sub_type", 5),
            Map.of("type", 4, "match_sub_type", true, "sub_type", 10));
    assertThat(wish.include())
        .containsExactly(
            Map.of(
                "source_ip", List.of("10.0.0.0/8"),
                "destination_label", List.of("reserved:host", "reserved:remote-node"),
                "event_type", points,
                "protocol", List.of("tcp"),
                "destination_port", List.of("80", "81", "82")),
            Map.of(
                "source_ip", List.of("10.0.0.0/8"),
                "destination_label", List.of("reserved:host", "reserved:remote-node"),
                "event_type", points,
                "protocol", List.of("udp"),
                "destination_port", List.of("53")));
    assertThat(wish.exclude())
        .containsExactly(Map.of("source_ip", List.of("10.1.0.0/16")), NO_LAYER_7);
  }

  @Test
  void shouldFollowWhatWasAcceptedLastAndNothingElse() {
    String target = "{\"to\": {\"serviceSelector\": {}}}";
    String before =
        """
        {"state": "Errored", "lastKnownSpec": {
          "traceConfiguration": [{"captureLevel": "FirstPacket", "includeLayer7Data": true,
            "traceTargets": [{}]}],
          "outputConfiguration": {"destination": "opentelemetry",
            "connectionConfiguration": "http://c:4318/v1/logs"}}}
        """;

    assertThat(wishes(object(target, "null"))).isEmpty();
    assertThat(wishes(object(target, "{\"state\": \"Initialized\"}"))).isEmpty();
    assertThat(wishes(object(target, "{\"state\": \"Errored\"}"))).isEmpty();
    assertThat(wishes(object(target, "{\"state\": \"Accepted\"}")).getFirst().include())
        .containsExactly(Map.of("destination_service", List.of("/")));
    assertThat(wishes(object(target, before)))
        .containsExactly(
            new TraceWish(
                "opentelemetry", "http://c:4318/v1/logs", List.of(Map.of()), List.of(), true));
    assertThat(wishes("{\"metadata\": {\"name\": \"t\"}}")).isEmpty();
  }
}
