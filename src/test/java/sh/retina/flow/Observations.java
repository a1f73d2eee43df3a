package sh.retina.flow;

import java.util.List;
import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.HttpMessage;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.Protocol;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;
import sh.retina.plugin.dns.DnsBytes;

/** Observations of a small world: client in shop talks to web in prod on node n1 of cluster c. */
final class Observations {
  static final FlowNode NODE = new FlowNode("n1", "c", "0.1.0");
  static final Endpoint CLIENT =
      pod("shop", "client-1", "Deployment", "client", List.of("app=client"), "10.0.0.1", "fd00::1");
  static final Endpoint WEB =
      pod(
          "prod",
          "web-7",
          "StatefulSet",
          "web",
          List.of("app.kubernetes.io/name=web", "app=web", "tier=3"),
          "10.0.1.7",
          "fd00::7");
  static final Endpoint HOST = node("n1");
  static final Endpoint REMOTE = node("n2");
  static final Endpoint SERVICE =
      new Endpoint(
          Endpoint.Kind.SERVICE, "prod", "web", "", "", "", "", List.of(), List.of(), List.of());

  private Observations() {}

  /** 2026-01-02T03:04:05.000000006Z. */
  static final long TIME_NS = 1_767_323_045_000_000_006L;

  static Observation tcp() {
    Observation o = packet(4, Protocol.TCP);
    o.sourcePort = 40000;
    o.destinationPort = 80;
    o.tcpFlags = TcpFlag.SYN.bit() | TcpFlag.ACK.bit() | TcpFlag.PSH.bit();
    o.flagCounts[TcpFlag.SYN.ordinal()] = 1;
    o.flagCounts[TcpFlag.ACK.ordinal()] = 9;
    o.flagCounts[TcpFlag.PSH.ordinal()] = 4;
    o.packets = 10;
    o.bytes = 1234;
    o.rttNs = 250_000;
    o.connectNs = 1_500_000;
    o.reply = Observation.Reply.NO;
    o.reason = ReportReason.INTERVAL;
    return o;
  }

  /** The client asks web for something over HTTP, as web's proxy tells it. */
  static Observation httpRequest() {
    return http(0, 0, true);
  }

  /** Web has it not, after 37.5 ms. */
  static Observation httpAnswer() {
    Observation o = http(503, 37_500_000, false);
    o.httpLatencyNs = 37_500_000;
    return o;
  }

  private static Observation http(int code, long afterNs, boolean request) {
    Observation o = packet(4, Protocol.TCP);
    o.monitorType = 129;
    o.point = ObservationPoint.UNKNOWN;
    o.direction = request ? Direction.INGRESS : Direction.EGRESS;
    o.sourcePort = request ? 40000 : 80;
    o.destinationPort = request ? 80 : 40000;
    o.packets = 0;
    o.bytes = 0;
    o.reply = request ? Observation.Reply.NO : Observation.Reply.YES;
    o.http =
        new HttpMessage(
            code,
            "GET",
            "http://web/a%20b?q=1",
            "HTTP/1.1",
            List.of(
                new HttpMessage.Header("Accept", "*/*"),
                new HttpMessage.Header(
                    "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
            TIME_NS + afterNs);
    return o;
  }

  /** The answer to a query of the client for www.example.com. */
  static Observation dnsAnswer() {
    Observation o =
        dns(
            new DnsBytes(7, DnsBytes.RESPONSE, 1, 2, 0, 0)
                .question("www.example.com", 1)
                .record(5, 300, "03776562c010")
                .record(1, 60, "c0000207"),
            false);
    o.dnsLatencyNs = 1_500_000;
    return o;
  }

  /** A message over UDP, as a pod sends it to port 53 or gets it from there. */
  static Observation dns(DnsBytes message, boolean query) {
    Observation o = packet(4, Protocol.UDP);
    o.sourcePort = query ? 40000 : 53;
    o.destinationPort = query ? 53 : 40000;
    o.point = query ? ObservationPoint.FROM_ENDPOINT : ObservationPoint.TO_ENDPOINT;
    o.packets = 0;
    o.bytes = 0;
    o.reply = query ? Observation.Reply.NO : Observation.Reply.YES;
    o.dns = message.view();
    return o;
  }

  static Observation udp() {
    Observation o = packet(6, Protocol.UDP);
    o.sourcePort = 5353;
    o.destinationPort = 53;
    o.point = ObservationPoint.TO_ENDPOINT;
    return o;
  }

  static Observation icmp(int ipVersion) {
    Observation o = packet(ipVersion, ipVersion == 4 ? Protocol.ICMP : Protocol.ICMPV6);
    o.icmpType = ipVersion == 4 ? 8 : 128;
    o.point = ObservationPoint.FROM_NETWORK;
    return o;
  }

  static Observation sctp() {
    Observation o = packet(4, Protocol.SCTP);
    o.sourcePort = 3868;
    o.destinationPort = 3869;
    o.vlan = 42;
    o.sampling = 4;
    return o;
  }

  static Observation drop(int ipVersion) {
    Observation o = packet(ipVersion, Protocol.TCP);
    o.sourcePort = 40000;
    o.destinationPort = 80;
    o.tcpFlags = TcpFlag.SYN.bit();
    o.flagCounts[TcpFlag.SYN.ordinal()] = 1;
    o.verdict = Verdict.DROPPED;
    o.point = ObservationPoint.UNKNOWN;
    o.direction = Direction.INGRESS;
    o.dropReason = 8;
    o.dropReasonName = "NETFILTER_DROP";
    o.dropLocation = 0xffffffff81234560L;
    o.cgroupId = 4711;
    o.networkNamespace = 0xf0000001;
    o.interfaceNameHigh = InterfaceName.high("eth0");
    o.interfaceNameLow = InterfaceName.low("eth0");
    return o;
  }

  private static Observation packet(int ipVersion, int protocol) {
    Observation o = new Observation();
    o.plugin = "packetparser";
    o.journalIndex = 0x4e2a_0000_0007L;
    o.journalRecord = 3;
    o.timeNs = TIME_NS;
    o.verdict = Verdict.FORWARDED;
    o.point = ObservationPoint.FROM_ENDPOINT;
    o.ipVersion = ipVersion;
    o.protocol = protocol;
    o.packets = 1;
    o.bytes = 66;
    o.interfaceIndex = 7;
    o.source = CLIENT;
    o.destination = WEB;
    from(o, CLIENT.addresses().get(ipVersion == 4 ? 0 : 1));
    to(o, WEB.addresses().get(ipVersion == 4 ? 0 : 1));
    return o;
  }

  static Observation from(Observation o, IpAddress address) {
    o.sourceHigh = address.high();
    o.sourceLow = address.low();
    return o;
  }

  static Observation to(Observation o, IpAddress address) {
    o.destinationHigh = address.high();
    o.destinationLow = address.low();
    return o;
  }

  private static Endpoint pod(
      String namespace,
      String name,
      String kind,
      String workload,
      List<String> labels,
      String v4,
      String v6) {
    return new Endpoint(
        Endpoint.Kind.POD,
        namespace,
        name,
        kind,
        workload,
        "n1",
        "zone-a",
        labels,
        List.of(IpAddress.parse(v4), IpAddress.parse(v6)),
        List.of());
  }

  private static Endpoint node(String name) {
    return new Endpoint(
        Endpoint.Kind.NODE, "", name, "", "", name, "", List.of(), List.of(), List.of());
  }
}
