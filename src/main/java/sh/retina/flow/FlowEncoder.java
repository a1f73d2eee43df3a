package sh.retina.flow;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Timestamp;
import sh.retina.event.DnsView;
import sh.retina.event.HttpMessage;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.event.Protocol;
import sh.retina.event.TcpFlag;
import sh.retina.flow.proto.CiliumEventType;
import sh.retina.flow.proto.Emitter;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.FlowType;
import sh.retina.flow.proto.ICMPv4;
import sh.retina.flow.proto.ICMPv6;
import sh.retina.flow.proto.IGMP;
import sh.retina.flow.proto.IP;
import sh.retina.flow.proto.IPVersion;
import sh.retina.flow.proto.Layer4;
import sh.retina.flow.proto.Layer7;
import sh.retina.flow.proto.NetworkInterface;
import sh.retina.flow.proto.SCTP;
import sh.retina.flow.proto.TCP;
import sh.retina.flow.proto.TCPFlags;
import sh.retina.flow.proto.TraceObservationPoint;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.flow.proto.UDP;
import sh.retina.flow.proto.VRRP;
import sh.retina.flow.proto.Verdict;
import sh.retina.identity.IdentityTable;

/**
 * An enriched observation as a flow of the Hubble API, filled as Hubble fills it so that its
 * printers, metrics and UI show it right; docs/flows.md tells each field. Not thread-safe: one per
 * stream.
 */
public final class FlowEncoder {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Emitter emitter;
  private final String nodeName;
  private final FlowEndpoints endpoints;
  private final FlowIds ids;
  private final FlowExtensions extensions = new FlowExtensions();

  public FlowEncoder(FlowNode node) {
    this(node, new FlowEndpoints(node));
  }

  /**
   * @param endpoints of the same node, which many may share
   */
  public FlowEncoder(FlowNode node, FlowEndpoints endpoints) {
    emitter = Emitter.newBuilder().setName("Retina").setVersion(node.version()).build();
    nodeName = node.qualifiedName();
    this.endpoints = endpoints;
    ids = new FlowIds(node);
  }

  /** The flow; {@code names} knows the interfaces and kernel functions as of this observation. */
  @SuppressWarnings("deprecation") // reply, drop_reason and Summary are what older clients read
  public Flow encode(Observation o, IdentityTable names) {
    Flow.Builder flow =
        Flow.newBuilder()
            .setTime(time(o.timeNs))
            .setUuid(ids.text(o))
            .setEmitter(emitter)
            .setNodeName(nodeName)
            .addAllNodeLabels(o.nodeLabels)
            .setType(FlowFields.isSocket(o) ? FlowType.SOCK : FlowType.L3_L4)
            .setVerdict(verdict(o))
            .setEventType(
                CiliumEventType.newBuilder()
                    .setType(FlowFields.eventType(o))
                    .setSubType(FlowFields.eventSubType(o)))
            .setTrafficDirectionValue(direction(o).getNumber())
            .setPolicyMatchType(o.policyMatchType)
            .setSource(endpoints.of(o.source))
            .setDestination(endpoints.of(o.destination))
            .setCgroupId(o.cgroupId)
            .setExtensions(extensions.encode(o, names));
    if (o.ipVersion != 0) {
      flow.setIP(ip(o));
      setL4(flow, o);
    }
    if (FlowEndpoints.hasService(o.source)) {
      flow.setSourceService(FlowEndpoints.service(o.source));
    }
    if (FlowEndpoints.hasService(o.destination)) {
      flow.setDestinationService(FlowEndpoints.service(o.destination));
    }
    if (o.reply != Observation.Reply.UNKNOWN) {
      boolean reply = o.reply == Observation.Reply.YES;
      flow.setIsReply(BoolValue.of(reply)).setReply(reply);
    }
    if (o.interfaceIndex != 0) {
      flow.setInterface(networkInterface(o, names));
    }
    if (FlowFields.isDrop(o)) {
      flow.setDropReasonDesc(FlowFields.dropReason(o))
          .setDropReason(FlowFields.dropReason(o).getNumber());
    } else {
      flow.setTraceObservationPoint(point(o));
    }
    flow.addAllSourceNames(o.sourceNames).addAllDestinationNames(o.destinationNames);
    DnsView message = o.dns;
    if (message != null) {
      Layer7 l7 = DnsFlow.encode(o, message);
      return flow.setType(FlowType.L7)
          .setL7(l7)
          .setSummary(DnsFlow.summary(l7.getDns(), message.isResponse()))
          .build();
    }
    HttpMessage http = o.http;
    if (http != null) {
      HttpFlow.set(flow, o, http);
      return flow.build();
    }
    if (o.monitorType == FlowFields.EVENT_L7) {
      return flow.setType(FlowType.L7).setL7(Layer7.newBuilder().setType(HttpFlow.kind(o))).build();
    }
    return flow.setSummary(summary(o, names, flow.getL4())).build();
  }

  private static Timestamp time(long timeNs) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(timeNs, NANOS_PER_SECOND))
        .setNanos((int) Math.floorMod(timeNs, NANOS_PER_SECOND))
        .build();
  }

  private static Verdict verdict(Observation o) {
    return switch (o.verdict) {
      case UNKNOWN -> Verdict.VERDICT_UNKNOWN;
      case FORWARDED -> Verdict.FORWARDED;
      case REDIRECTED -> Verdict.REDIRECTED;
      case DROPPED -> Verdict.DROPPED;
      case AUDIT -> Verdict.AUDIT;
      case ERROR -> Verdict.ERROR;
      case TRACED -> Verdict.TRACED;
    };
  }

  private static TrafficDirection direction(Observation o) {
    return switch (FlowFields.direction(o)) {
      case UNKNOWN -> TrafficDirection.TRAFFIC_DIRECTION_UNKNOWN;
      case INGRESS -> TrafficDirection.INGRESS;
      case EGRESS -> TrafficDirection.EGRESS;
    };
  }

  private static TraceObservationPoint point(Observation o) {
    return switch (o.point) {
      case UNKNOWN -> TraceObservationPoint.UNKNOWN_POINT;
      case FROM_ENDPOINT -> TraceObservationPoint.FROM_ENDPOINT;
      case TO_ENDPOINT -> TraceObservationPoint.TO_ENDPOINT;
      case FROM_NETWORK -> TraceObservationPoint.FROM_NETWORK;
      case TO_NETWORK -> TraceObservationPoint.TO_NETWORK;
      case TO_PROXY -> TraceObservationPoint.TO_PROXY;
      case TO_HOST -> TraceObservationPoint.TO_HOST;
      case TO_STACK -> TraceObservationPoint.TO_STACK;
      case TO_OVERLAY -> TraceObservationPoint.TO_OVERLAY;
      case FROM_PROXY -> TraceObservationPoint.FROM_PROXY;
      case FROM_HOST -> TraceObservationPoint.FROM_HOST;
      case FROM_STACK -> TraceObservationPoint.FROM_STACK;
      case FROM_OVERLAY -> TraceObservationPoint.FROM_OVERLAY;
    };
  }

  private static IP ip(Observation o) {
    return IP.newBuilder()
        .setSource(IpAddress.format(o.sourceHigh, o.sourceLow))
        .setDestination(IpAddress.format(o.destinationHigh, o.destinationLow))
        .setIpVersion(o.ipVersion == 4 ? IPVersion.IPv4 : IPVersion.IPv6)
        .build();
  }

  private static void setL4(Flow.Builder flow, Observation o) {
    Layer4.Builder l4 = Layer4.newBuilder();
    switch (o.protocol) {
      case Protocol.TCP ->
          l4.setTCP(
              TCP.newBuilder()
                  .setSourcePort(o.sourcePort)
                  .setDestinationPort(o.destinationPort)
                  .setFlags(flags(o.tcpFlags)));
      case Protocol.UDP ->
          l4.setUDP(
              UDP.newBuilder().setSourcePort(o.sourcePort).setDestinationPort(o.destinationPort));
      case Protocol.SCTP ->
          l4.setSCTP(
              SCTP.newBuilder().setSourcePort(o.sourcePort).setDestinationPort(o.destinationPort));
      case Protocol.ICMP ->
          l4.setICMPv4(ICMPv4.newBuilder().setType(o.icmpType).setCode(o.icmpCode));
      case Protocol.ICMPV6 ->
          l4.setICMPv6(ICMPv6.newBuilder().setType(o.icmpType).setCode(o.icmpCode));
      case FlowFields.IGMP -> l4.setIGMP(IGMP.getDefaultInstance());
      case FlowFields.VRRP -> l4.setVRRP(VRRP.getDefaultInstance());
      default -> {
        return;
      }
    }
    flow.setL4(l4);
  }

  private static TCPFlags flags(int bits) {
    return TCPFlags.newBuilder()
        .setFIN(TcpFlag.FIN.isIn(bits))
        .setSYN(TcpFlag.SYN.isIn(bits))
        .setRST(TcpFlag.RST.isIn(bits))
        .setPSH(TcpFlag.PSH.isIn(bits))
        .setACK(TcpFlag.ACK.isIn(bits))
        .setURG(TcpFlag.URG.isIn(bits))
        .setECE(TcpFlag.ECE.isIn(bits))
        .setCWR(TcpFlag.CWR.isIn(bits))
        .setNS(TcpFlag.NS.isIn(bits))
        .build();
  }

  private static NetworkInterface networkInterface(Observation o, IdentityTable names) {
    String name = InterfaceName.text(o.interfaceNameHigh, o.interfaceNameLow);
    return NetworkInterface.newBuilder()
        .setIndex(o.interfaceIndex)
        .setName(name.isEmpty() ? names.interfaceName(o.interfaceIndex) : name)
        .build();
  }

  private static String summary(Observation o, IdentityTable names, Layer4 l4) {
    String packet = FlowFields.isSocket(o) ? FlowSummary.ofSocket(o) : FlowSummary.of(o, l4);
    if (!FlowFields.isDrop(o)) {
      return packet;
    }
    String where = FlowExtensions.location(o, names);
    StringBuilder text = new StringBuilder(DropReasons.shortName(o.dropReasonName));
    if (!where.isEmpty()) {
      text.append(text.isEmpty() ? "at " : " at ").append(where);
    }
    if (!packet.isEmpty()) {
      text.append(text.isEmpty() ? "" : ", ").append(packet);
    }
    return text.toString();
  }
}
