package sh.retina.export.hubble.metrics;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import sh.retina.flow.DnsReturnCodes;
import sh.retina.flow.IcmpNames;
import sh.retina.flow.proto.DNS;
import sh.retina.flow.proto.DropReason;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.ICMPv4;
import sh.retina.flow.proto.ICMPv6;
import sh.retina.flow.proto.Layer4;
import sh.retina.flow.proto.SCTPChunkType;
import sh.retina.flow.proto.TCPFlags;
import sh.retina.flow.proto.Verdict;

/** Hubble's metrics: which flow counts in which, with which labels. */
final class Handlers {
  private final Consumer<Family> registry;
  private final Room room;

  /**
   * @param registry takes each family that is made
   */
  Handlers(Consumer<Family> registry, Room room) {
    this.registry = registry;
    this.room = room;
  }

  /** Of a metric by its name; empty if there is none of that name here. */
  Optional<Consumer<Flow>> of(MetricSpec spec) {
    ContextLabels context = ContextLabels.of(spec);
    return Optional.ofNullable(
        switch (spec.name()) {
          case "dns" -> dns(spec, context);
          case "drop" -> drop(context);
          case "flow" -> flow(context);
          case "flows-to-world" -> toWorld(spec, context);
          case "icmp" -> icmp(context);
          case "port-distribution" -> ports(context);
          case "tcp" -> tcp(context);
          case "sctp" -> sctp(context);
          case "policy" -> policy(context);
          case HttpHandlers.HTTP -> new HttpHandlers(registry, room, context).first();
          case HttpHandlers.HTTP_V2 -> new HttpHandlers(registry, room, context).second();
          default -> null;
        });
  }

  private Counter family(String name, String help, List<String> labels) {
    Counter family = new Counter(name, help, labels, room);
    registry.accept(family);
    return family;
  }

  private Consumer<Flow> dns(MetricSpec spec, ContextLabels context) {
    boolean hasQuery = spec.has("query");
    boolean ignoresAaaa = spec.has("ignoreaaaa");
    List<String> labels =
        hasQuery
            ? context.names("query", "rcode", "qtypes", "ips_returned")
            : context.names("rcode", "qtypes", "ips_returned");
    Counter queries = family("hubble_dns_queries_total", "Number of DNS queries observed", labels);
    Counter responses =
        family("hubble_dns_responses_total", "Number of DNS responses observed", labels);
    Counter types =
        family(
            "hubble_dns_response_types_total",
            "Number of DNS responses by type of record",
            hasQuery ? context.names("query", "type", "qtypes") : context.names("type", "qtypes"));
    return flow -> {
      if (!flow.getL7().hasDns()) {
        return;
      }
      DNS dns = flow.getL7().getDns();
      if (ignoresAaaa && dns.getQtypesList().equals(List.of("AAAA"))) {
        return;
      }
      String kinds = String.join(",", dns.getQtypesList());
      String ips = String.valueOf(dns.getIpsCount());
      boolean isDropped = flow.getVerdict() == Verdict.DROPPED;
      boolean isQuery = isDropped || !flow.getIsReply().getValue();
      String code =
          isDropped ? "Policy denied" : isQuery ? "" : DnsReturnCodes.metricText(dns.getRcode());
      (isQuery ? queries : responses)
          .add(
              hasQuery
                  ? context.values(flow, dns.getQuery(), code, kinds, ips)
                  : context.values(flow, code, kinds, ips),
              1);
      if (!isQuery) {
        for (String type : dns.getRrtypesList()) {
          types.add(
              hasQuery
                  ? context.values(flow, dns.getQuery(), type, kinds)
                  : context.values(flow, type, kinds),
              1);
        }
      }
    };
  }

  private Consumer<Flow> drop(ContextLabels context) {
    Counter drops =
        family("hubble_drop_total", "Number of drops", context.names("reason", "protocol"));
    return flow -> {
      if (flow.getVerdict() == Verdict.DROPPED) {
        drops.add(
            context.values(flow, flow.getDropReasonDesc().name(), FlowWords.protocol(flow)), 1);
      }
    };
  }

  private Consumer<Flow> flow(ContextLabels context) {
    Counter flows =
        family(
            "hubble_flows_processed_total",
            "Total number of flows processed",
            context.names("protocol", "type", "subtype", "verdict"));
    return flow ->
        flows.add(
            context.values(
                flow,
                FlowWords.protocol(flow),
                FlowWords.type(flow),
                FlowWords.subType(flow),
                flow.getVerdict().name()),
            1);
  }

  private Consumer<Flow> toWorld(MetricSpec spec, ContextLabels context) {
    boolean hasPort = spec.has("port");
    boolean anyDrop = spec.has("any-drop");
    boolean synOnly = spec.has("syn-only");
    Counter flows =
        family(
            "hubble_flows_to_world_total",
            "Total number of flows to reserved:world",
            hasPort
                ? context.names("protocol", "verdict", "port")
                : context.names("protocol", "verdict"));
    return flow -> {
      boolean isDropped = flow.getVerdict() == Verdict.DROPPED;
      if (!isToWorld(flow)
          || !flow.hasEventType()
          || !flow.hasL4()
          || (isDropped && !anyDrop && flow.getDropReasonDesc() != DropReason.POLICY_DENIED)
          || (!isDropped && flow.getIsReply().getValue())
          || (synOnly
              && (!flow.getL4().getTCP().getFlags().getSYN() || flow.getIsReply().getValue()))) {
        return;
      }
      String protocol = FlowWords.protocol(flow);
      String verdict = flow.getVerdict().name();
      flows.add(
          hasPort
              ? context.values(flow, protocol, verdict, port(flow.getL4(), ""))
              : context.values(flow, protocol, verdict),
          1);
    };
  }

  private static boolean isToWorld(Flow flow) {
    return flow.getDestination().getLabelsList().stream()
        .anyMatch(label ->
            label.equals("reserved:world")
                || label.equals("reserved:world-ipv4")
                || label.equals("reserved:world-ipv6"));
  }

  private Consumer<Flow> icmp(ContextLabels context) {
    Counter messages =
        family("hubble_icmp_total", "Number of ICMP messages", context.names("family", "type"));
    return flow -> {
      if (flow.getL4().hasICMPv4()) {
        ICMPv4 icmp = flow.getL4().getICMPv4();
        messages.add(context.values(flow, "IPv4", IcmpNames.v4(icmp.getType(), icmp.getCode())), 1);
      } else if (flow.getL4().hasICMPv6()) {
        ICMPv6 icmp = flow.getL4().getICMPv6();
        messages.add(context.values(flow, "IPv6", IcmpNames.v6(icmp.getType(), icmp.getCode())), 1);
      }
    };
  }

  private Consumer<Flow> ports(ContextLabels context) {
    Counter ports =
        family(
            "hubble_port_distribution_total",
            "Numbers of packets distributed by destination port",
            context.names("protocol", "port"));
    return flow -> {
      if (isPassed(flow) && flow.hasL4() && flow.hasIsReply() && !flow.getIsReply().getValue()) {
        String port = port(flow.getL4(), "0");
        ports.add(context.values(flow, FlowWords.layer4(flow), port), 1);
      }
    };
  }

  private static String port(Layer4 l4, String otherwise) {
    return switch (l4.getProtocolCase()) {
      case TCP -> String.valueOf(l4.getTCP().getDestinationPort());
      case UDP -> String.valueOf(l4.getUDP().getDestinationPort());
      case SCTP -> String.valueOf(l4.getSCTP().getDestinationPort());
      case ICMPV4, ICMPV6, VRRP, IGMP, PROTOCOL_NOT_SET -> otherwise;
    };
  }

  private Consumer<Flow> tcp(ContextLabels context) {
    Counter flags =
        family("hubble_tcp_flags_total", "TCP flag occurrences", context.names("flag", "family"));
    return flow -> {
      if (!isPassed(flow) || !flow.hasIP() || !flow.getL4().getTCP().hasFlags()) {
        return;
      }
      TCPFlags set = flow.getL4().getTCP().getFlags();
      String family = flow.getIP().getIpVersion().name();
      if (set.getFIN()) {
        flags.add(context.values(flow, "FIN", family), 1);
      }
      if (set.getSYN()) {
        flags.add(context.values(flow, set.getACK() ? "SYN-ACK" : "SYN", family), 1);
      }
      if (set.getRST()) {
        flags.add(context.values(flow, "RST", family), 1);
      }
    };
  }

  private Consumer<Flow> sctp(ContextLabels context) {
    Counter chunks =
        family(
            "hubble_sctp_chunk_types_total",
            "SCTP chunk type occurrences",
            context.names("chunk_type", "family"));
    return flow -> {
      SCTPChunkType type = flow.getL4().getSCTP().getChunkType();
      if (isPassed(flow) && flow.hasIP() && type != SCTPChunkType.UNSUPPORTED) {
        chunks.add(context.values(flow, type.name(), flow.getIP().getIpVersion().name()), 1);
      }
    };
  }

  private Consumer<Flow> policy(ContextLabels context) {
    Counter verdicts =
        family(
            "hubble_policy_verdicts_total",
            "Total number of Cilium network policy verdicts",
            context.names("direction", "match", "action"));
    return flow -> {
      String match = FlowWords.policyMatch(flow);
      if (!match.isEmpty()) {
        String direction = flow.getTrafficDirection().name().toLowerCase(Locale.ROOT);
        String action = flow.getVerdict().name().toLowerCase(Locale.ROOT);
        verdicts.add(context.values(flow, direction, match, action), 1);
      }
    };
  }

  private static boolean isPassed(Flow flow) {
    return flow.getVerdict() == Verdict.FORWARDED || flow.getVerdict() == Verdict.REDIRECTED;
  }
}
