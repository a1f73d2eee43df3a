package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.identity.IdentityTable;

class FlowFiltersTest {
  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # flow  | matches | filter
          tcp     | true    | {}
          tcp     | true    | {"source_ip":["10.0.0.1"]}
          tcp     | false   | {"source_ip":["10.0.0.2"]}
          tcp     | true    | {"source_ip":["10.0.0.2","10.0.0.0/24"]}
          tcp     | true    | {"destination_ip":["10.0.1.0/25"]}
          tcp     | false   | {"destination_ip":["10.0.1.8/29"]}
          tcp     | true    | {"destination_ip":["0.0.0.0/0"]}
          tcp     | false   | {"destination_ip":["::/0"]}
          udp     | true    | {"destination_ip":["::/0"]}
          udp     | false   | {"destination_ip":["0.0.0.0/0"]}
          udp     | true    | {"source_ip":["fd00:0::1"]}
          udp     | true    | {"source_ip":["fd00::/64"]}
          udp     | true    | {"source_ip":["fd00::/127"]}
          udp     | false   | {"source_ip":["fd00::2/127"]}
          arp     | false   | {"source_ip":["0.0.0.0/0"]}
          tcp     | true    | {"source_pod":["shop/client"]}
          tcp     | true    | {"source_pod":["shop/"]}
          tcp     | true    | {"source_pod":["/cli"]}
          tcp     | true    | {"source_pod":["/"]}
          tcp     | false   | {"source_pod":["client"]}
          tcp     | false   | {"source_pod":["sho/"]}
          tcp     | false   | {"source_pod":["prod/"]}
          tcp     | true    | {"destination_pod":["other/","prod/web-7"]}
          world   | false   | {"destination_pod":["/"]}
          service | true    | {"destination_service":["prod/w"]}
          service | false   | {"destination_service":["web"]}
          service | true    | {"destination_pod":["prod/"]}
          tcp     | false   | {"destination_service":["/"]}
          tcp     | true    | {"source_label":["app=client"]}
          tcp     | true    | {"source_label":["k8s:app=client"]}
          tcp     | true    | {"source_label":["any:app"]}
          tcp     | false   | {"source_label":["reserved:app"]}
          tcp     | true    | {"destination_label":["app in (db, web),tier"]}
          tcp     | true    | {"destination_label":["app.kubernetes.io/name=web"]}
          tcp     | true    | {"destination_label":["k8s:app.kubernetes.io/name==web"]}
          tcp     | true    | {"destination_label":["app notin (db),!gone"]}
          tcp     | true    | {"destination_label":["gone!=x"]}
          tcp     | false   | {"destination_label":["app!=web"]}
          tcp     | false   | {"destination_label":["!app"]}
          tcp     | true    | {"destination_label":["tier>2,tier<4"]}
          tcp     | false   | {"destination_label":["tier>3"]}
          tcp     | false   | {"destination_label":["app>3"]}
          tcp     | true    | {"destination_label":["x=y","app=web"]}
          world   | true    | {"destination_label":["reserved:world"]}
          world   | false   | {"source_label":["reserved:world"]}
          host    | true    | {"source_label":["reserved:host"],"source_identity":[1]}
          host    | true    | {"destination_label":["reserved:remote-node"],"destination_identity":[6]}
          world   | true    | {"destination_identity":[7,2]}
          tcp     | false   | {"source_identity":[2]}
          tcp     | true    | {"source_workload":[{"name":"client","kind":"Deployment"}]}
          tcp     | true    | {"source_workload":[{"kind":"Deployment"}]}
          tcp     | false   | {"source_workload":[{"name":"client","kind":"DaemonSet"}]}
          world   | false   | {"destination_workload":[{}]}
          tcp     | true    | {"source_cluster_name":["c"]}
          tcp     | false   | {"destination_cluster_name":["d"]}
          world   | false   | {"destination_cluster_name":["c"]}
          tcp     | true    | {"destination_port":["80"]}
          tcp     | true    | {"source_port":["1","40000"]}
          tcp     | false   | {"source_port":["80"]}
          sctp    | true    | {"destination_port":["3869"]}
          icmp    | false   | {"destination_port":["0"]}
          tcp     | true    | {"protocol":["TCP"]}
          udp     | false   | {"protocol":["tcp"]}
          icmp    | true    | {"protocol":["icmp"]}
          icmpv6  | true    | {"protocol":["ICMP"]}
          icmpv6  | false   | {"protocol":["icmpv4"]}
          icmpv6  | true    | {"protocol":["icmpv6"]}
          sctp    | true    | {"protocol":["udp","sctp"]}
          tcp     | false   | {"protocol":["vrrp","igmp"]}
          tcp     | true    | {"verdict":["FORWARDED"]}
          drop    | true    | {"verdict":["DROPPED"]}
          tcp     | false   | {"verdict":["DROPPED","ERROR","AUDIT"]}
          drop    | true    | {"drop_reason_desc":["POLICY_DENIED"]}
          drop    | false   | {"drop_reason_desc":["DROP_REASON_UNKNOWN"]}
          tcp     | false   | {"drop_reason_desc":["DROP_REASON_UNKNOWN"]}
          tcp     | true    | {"event_type":[{"type":4}]}
          tcp     | true    | {"event_type":[{"type":4,"match_sub_type":true,"sub_type":5}]}
          tcp     | false   | {"event_type":[{"type":4,"match_sub_type":true}]}
          udp     | true    | {"event_type":[{"type":4,"match_sub_type":true}]}
          drop    | true    | {"event_type":[{"type":1,"match_sub_type":true,"sub_type":133}]}
          drop    | true    | {"event_type":[{}]}
          drop    | false   | {"event_type":[{"type":129}]}
          tcp     | true    | {"reply":[false]}
          tcp     | false   | {"reply":[true]}
          reply   | true    | {"reply":[true]}
          udp     | false   | {"reply":[false]}
          udp     | false   | {"reply":[true,false]}
          drop    | true    | {"reply":[false]}
          drop    | false   | {"reply":[true]}
          tcp     | true    | {"traffic_direction":["EGRESS"]}
          reply   | true    | {"traffic_direction":["INGRESS"]}
          udp     | true    | {"traffic_direction":["INGRESS"]}
          tcp     | true    | {"ip_version":["IPv4"]}
          udp     | true    | {"ip_version":["IPv6"]}
          arp     | true    | {"ip_version":["IP_NOT_USED"]}
          tcp     | true    | {"tcp_flags":[{"SYN":true,"ACK":true}]}
          tcp     | false   | {"tcp_flags":[{"SYN":true,"FIN":true}]}
          tcp     | true    | {"tcp_flags":[{"FIN":true},{"PSH":true}]}
          tcp     | true    | {"tcp_flags":[{}]}
          udp     | false   | {"tcp_flags":[{}]}
          tcp     | true    | {"node_name":["c/n1"]}
          tcp     | true    | {"node_name":["n*"]}
          tcp     | true    | {"node_name":["c/"]}
          tcp     | true    | {"node_name":["*/*1"]}
          tcp     | false   | {"node_name":["d/"]}
          tcp     | false   | {"node_name":["n"]}
          drop    | true    | {"interface":[{"name":"eth0"}]}
          drop    | true    | {"interface":[{"index":7}]}
          drop    | false   | {"interface":[{"index":8,"name":"eth0"}]}
          drop    | false   | {"interface":[{"name":"eth00"}]}
          arp     | false   | {"interface":[{}]}
          tcp     | true    | {"uuid":["x","d52da90a-5304-4a47-a413-6115baf8e2f1"]}
          tcp     | false   | {"uuid":["D52DA90A-5304-4A47-A413-6115BAF8E2F1"]}
          tcp     | false   | {"uuid":["abc"]}
          tcp     | true    | {"source_pod":["shop/"],"destination_port":["80"],"protocol":["tcp"]}
          tcp     | false   | {"source_pod":["shop/"],"destination_port":["81"],"protocol":["tcp"]}
          """)
  void shouldMatchAsHubbleDoes(String flow, boolean matches, String json) {
    FlowFilter filter = filter(json);
    Observation o = observation(flow);

    assertThat(compile(List.of(filter), List.of()).matches(o)).isEqualTo(matches);
    assertThat(compile(List.of(), List.of(filter)).matches(o)).isEqualTo(!matches);
  }

  @Test
  void shouldPassWhatOneOfTheWhitelistAndNoneOfTheBlacklistMatches() {
    FlowFilter web = filter("{\"destination_port\":[\"80\"]}");
    FlowFilter dns = filter("{\"destination_port\":[\"53\"]}");
    FlowFilter shop = filter("{\"source_pod\":[\"shop/\"]}");

    assertThat(compile(List.of(), List.of()).matches(Observations.tcp())).isTrue();
    assertThat(compile(List.of(dns, web), List.of()).matches(Observations.tcp())).isTrue();
    assertThat(compile(List.of(dns), List.of()).matches(Observations.tcp())).isFalse();
    assertThat(compile(List.of(web), List.of(dns)).matches(Observations.tcp())).isTrue();
    assertThat(compile(List.of(web), List.of(dns, shop)).matches(Observations.tcp())).isFalse();
  }

  @Test
  void shouldAllocateNothingPerEvent() {
    FlowFilter wanted =
        filter(
            """
            {"source_ip":["10.0.0.0/8"],"source_pod":["shop/"],"destination_label":["app in (web)"],
             "destination_port":["80"],"protocol":["tcp"],"verdict":["DROPPED"],"node_name":["n1"],
             "drop_reason_desc":["POLICY_DENIED"],"interface":[{"name":"eth0"}],"reply":[false],
             "event_type":[{"type":1,"match_sub_type":true,"sub_type":133}],"tcp_flags":[{"SYN":true}],
             "uuid":["d52da90a-5304-4a47-a413-6115baf8e2f1"],"traffic_direction":["INGRESS"]}
            """);
    var filter = compile(List.of(wanted), List.of());
    Observation o = Observations.drop(4);
    var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertThat(filter.matches(o)).isTrue();

    long events = 200_000;
    long matched = 0;
    long before = thread.getCurrentThreadAllocatedBytes();
    for (long i = 0; i < events; i++) {
      matched += filter.matches(o) ? 1 : 0;
    }
    long allocated = thread.getCurrentThreadAllocatedBytes() - before;

    assertThat(matched).isEqualTo(events);
    assertThat(allocated).as("bytes for all events together").isLessThan(events);
  }

  @Test
  void shouldFollowAnOwnerThatChanges() {
    var filter = compile(List.of(filter("{\"source_label\":[\"app=client\"]}")), List.of());
    Observation o = Observations.tcp();
    assertThat(filter.matches(o)).isTrue();

    o.source = Observations.WEB;
    assertThat(filter.matches(o)).isFalse();
    o.source = Observations.CLIENT;
    assertThat(filter.matches(o)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"source_ip_xlated\":[\"1.1.1.1\"]}",
        "{\"ip_trace_id\":[\"7\"]}",
        "{\"encrypted\":[false]}",
        "{\"experimental\":{\"cel_expression\":[\"true\"]}}",
        "{\"source_label\":[\"cidr:10.0.0.0/8\"]}",
      })
  void shouldRefuseWhatTheAgentDoesNotSeeYet(String json) {
    FlowFilter filter = filter(json);
    String field = filter.getAllFields().keySet().iterator().next().getName();

    assertThatThrownBy(() -> compile(List.of(filter), List.of()))
        .isInstanceOf(FlowFilterException.class)
        .hasMessageContaining(field)
        .hasMessageContaining("not supported yet");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"source_ip\":[\"80\"]}",
        "{\"source_ip\":[\"localhost\"]}",
        "{\"source_ip\":[\"[::1]\"]}",
        "{\"source_ip\":[\"fe80::1%eth0\"]}",
        "{\"source_ip\":[\"10.0.0.0/33\"]}",
        "{\"source_ip\":[\"10.0.0.0/\"]}",
        "{\"source_ip\":[\"::/129\"]}",
        "{\"source_ip\":[\"\"]}",
        "{\"source_fqdn\":[\"\"]}",
        "{\"source_fqdn\":[\".\"]}",
        "{\"destination_fqdn\":[\"a.io..\"]}",
        "{\"destination_fqdn\":[\"a b\"]}",
        "{\"dns_query\":[\"(\"]}",
        "{\"source_pod\":[\"\"]}",
        "{\"source_pod\":[\"a/b/c\"]}",
        "{\"source_cluster_name\":[\"\"]}",
        "{\"source_port\":[\"65536\"]}",
        "{\"source_port\":[\"http\"]}",
        "{\"source_port\":[\"-1\"]}",
        "{\"source_port\":[\"\"]}",
        "{\"protocol\":[\"kafka\"]}",
        "{\"node_name\":[\"\"]}",
        "{\"node_name\":[\"a/b/c\"]}",
        "{\"node_name\":[\"A\"]}",
        "{\"interface\":[{\"name\":\"sixteen-letters!\"}]}",
        "{\"source_label\":[\"a b\"]}",
        "{\"source_label\":[\"a in (b\"]}",
        "{\"source_label\":[\"a,\"]}",
        "{\"source_label\":[\"=a\"]}",
        "{\"source_label\":[\":a\"]}",
        "{\"source_label\":[\"a=b=c\"]}",
        "{\"source_label\":[\"a>b\"]}",
        "{\"source_label\":[\"-a\"]}",
      })
  void shouldNameTheFieldOfABadValue(String json) {
    FlowFilter filter = filter(json);
    String field = filter.getAllFields().keySet().iterator().next().getName();

    assertThatThrownBy(() -> compile(List.of(filter), List.of()))
        .isInstanceOf(FlowFilterException.class)
        .hasMessageStartingWith(field + ": ");
  }

  @Test
  void shouldNameAllFaultsAtOnce() {
    FlowFilter bad = filter("{\"source_ip\":[\"x\"],\"destination_port\":[\"y\"]}");
    FlowFilter unsupported = filter("{\"ip_trace_id\":[\"7\"]}");

    assertThatThrownBy(() -> compile(List.of(bad), List.of(unsupported)))
        .isInstanceOfSatisfying(
            FlowFilterException.class,
            e ->
                assertThat(e.faults().stream().map(FlowFault::field))
                    .containsExactlyInAnyOrder("source_ip", "destination_port", "ip_trace_id"));
  }

  @Test
  void shouldOnlyEverRefuseRandomValues() {
    Random random = new Random(7);
    String alphabet = "az09AZ:./*!=<>(),-_ \t$[]{}%~k8s:inotgré\u0000\ud83d";
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(10); j > 0; j--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      FlowFilter.Builder filter = FlowFilter.newBuilder();
      String value = text.toString();
      switch (i % 6) {
        case 0 -> filter.addSourceIp(value);
        case 1 -> filter.addSourceLabel(value);
        case 2 -> filter.addNodeName(value);
        case 3 -> filter.addDestinationPod(value);
        case 4 -> filter.addSourcePort(value);
        default -> filter.addProtocol(value).addUuid(value);
      }
      try {
        compile(List.of(filter.build()), List.of()).matches(Observations.tcp());
      } catch (FlowFilterException e) {
        assertThat(e.faults()).isNotEmpty();
        refused++;
      }
    }
    assertThat(refused).isBetween(5_000, 19_999);
  }

  @Test
  void shouldAgreeWithTheFlowThatItLetsThrough() {
    FlowEncoder encoder = new FlowEncoder(Observations.NODE);
    for (String name : List.of("tcp", "udp", "icmp", "sctp", "drop", "world", "host", "service")) {
      Observation o = observation(name);
      var flow = encoder.encode(o, new IdentityTable());
      FlowFilter.Builder itself =
          FlowFilter.newBuilder()
              .addUuid(flow.getUuid())
              .addVerdict(flow.getVerdict())
              .addTrafficDirection(flow.getTrafficDirection())
              .addSourceIp(flow.getIP().getSource())
              .addDestinationIp(flow.getIP().getDestination())
              .addIpVersion(flow.getIP().getIpVersion())
              .addSourceIdentity(flow.getSource().getIdentity())
              .addDestinationIdentity(flow.getDestination().getIdentity())
              .addNodeName(flow.getNodeName());
      itself
          .addEventTypeBuilder()
          .setType(flow.getEventType().getType())
          .setMatchSubType(true)
          .setSubType(flow.getEventType().getSubType());
      for (String label : flow.getSource().getLabelsList()) {
        itself.addSourceLabel(label);
      }

      assertThat(compile(List.of(itself.build()), List.of()).matches(o)).as(name).isTrue();
    }
  }

  private static Observation observation(String name) {
    Observation o =
        switch (name) {
          case "udp" -> Observations.udp();
          case "icmp" -> Observations.icmp(4);
          case "icmpv6" -> Observations.icmp(6);
          case "sctp" -> Observations.sctp();
          case "drop" -> Observations.drop(4);
          case "arp" -> new Observation();
          default -> Observations.tcp();
        };
    switch (name) {
      case "world" -> o.destination = Endpoint.WORLD;
      case "service" -> o.destination = Observations.SERVICE;
      case "host" -> {
        o.source = Observations.HOST;
        o.destination = Observations.REMOTE;
      }
      case "reply" -> {
        o.reply = Observation.Reply.YES;
        o.point = ObservationPoint.FROM_ENDPOINT;
      }
      default -> {}
    }
    return o;
  }

  private static sh.retina.flow.FlowFilter compile(
      List<FlowFilter> whitelist, List<FlowFilter> blacklist) {
    return FlowFilters.compile(whitelist, blacklist, Observations.NODE);
  }

  private static FlowFilter filter(String json) {
    try {
      FlowFilter.Builder filter = FlowFilter.newBuilder();
      JsonFormat.parser().merge(json, filter);
      return filter.build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(json, e);
    }
  }
}
