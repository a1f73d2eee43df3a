package sh.retina.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import sh.retina.event.DnsType;
import sh.retina.event.DnsView;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.flow.proto.DNS;
import sh.retina.flow.proto.L7FlowType;
import sh.retina.flow.proto.Layer7;

/** A DNS message as layer 7 of a flow, filled as Hubble's DNS proxy fills it. */
final class DnsFlow {
  /** Who saw the message; Hubble's own are {@code proxy} and {@code agent-poller}. */
  private static final String SOURCE = "retina";

  private static final long MAX_TTL = 0xffff_ffffL;

  private DnsFlow() {}

  static Layer7 encode(Observation o, DnsView message) {
    DNS.Builder dns =
        DNS.newBuilder()
            .setQuery(query(message))
            .setObservationSource(SOURCE)
            .addAllQtypes(queryTypes(message));
    Layer7.Builder layer = Layer7.newBuilder();
    if (!message.isResponse()) {
      return layer.setType(L7FlowType.REQUEST).setDns(dns).build();
    }
    Answers answers = new Answers();
    message.forEachAnswer(answers);
    return layer
        .setType(L7FlowType.RESPONSE)
        .setLatencyNs(o.dnsLatencyNs)
        .setDns(
            dns.setRcode(message.returnCode())
                .addAllIps(answers.addresses)
                .addAllCnames(message.aliases())
                .addAllRrtypes(answers.types)
                .setTtl((int) answers.ttl()))
        .build();
  }

  /** The line that Hubble's clients print. */
  static String summary(DNS dns, boolean response) {
    String types = String.join(",", dns.getQtypesList());
    if (!response) {
      return "DNS Query " + dns.getQuery() + " " + types;
    }
    String answer =
        dns.getRcode() != 0
            ? "RCode: " + DnsReturnCodes.text(dns.getRcode())
            : dns.getIpsList().stream().map(ip -> '"' + ip + '"').collect(Collectors.joining(","));
    return "DNS Answer %s TTL: %d (Query %s %s)"
        .formatted(answer, Integer.toUnsignedLong(dns.getTtl()), dns.getQuery(), types);
  }

  static String query(DnsView message) {
    StringBuilder name = new StringBuilder();
    message.appendQuery(name);
    return name.toString();
  }

  private static List<String> queryTypes(DnsView message) {
    return message.queryTypes().stream().map(DnsType::nameOf).toList();
  }

  /** What a flow shows of the answers; the whole is kept as long as the shortest of them. */
  private static final class Answers implements DnsView.AnswerVisitor {
    private final List<String> addresses = new ArrayList<>();
    private final List<String> types = new ArrayList<>();
    private long shortest = MAX_TTL;

    @Override
    public void answer(int type, long ttlSeconds, long high, long low) {
      types.add(DnsType.nameOf(type));
      shortest = Math.min(shortest, ttlSeconds);
      if ((high | low) != 0) {
        addresses.add(IpAddress.format(high, low));
      }
    }

    long ttl() {
      return types.isEmpty() ? 0 : shortest;
    }
  }
}
