package sh.retina.cli.explain;

import java.util.Map;

/** What the kernel's reasons for a drop mean to who asks why nothing arrives. */
final class DropRules {
  private static final Map<String, Cause> CAUSES =
      Map.ofEntries(
          Map.entry("NETFILTER_DROP", Cause.FIREWALL),
          Map.entry("NO_SOCKET", Cause.CLOSED_PORT),
          Map.entry("IP_RPFILTER", Cause.REVERSE_PATH),
          Map.entry("IP_INVALID_SOURCE", Cause.REVERSE_PATH),
          Map.entry("IP_INNOROUTES", Cause.NO_ROUTE),
          Map.entry("IP_OUTNOROUTES", Cause.NO_ROUTE),
          Map.entry("PKT_TOO_BIG", Cause.MTU),
          Map.entry("NEIGH_FAILED", Cause.NO_NEIGHBOUR),
          Map.entry("NEIGH_QUEUEFULL", Cause.NO_NEIGHBOUR),
          Map.entry("NEIGH_DEAD", Cause.NO_NEIGHBOUR),
          Map.entry("NEIGH_CREATEFAIL", Cause.NO_NEIGHBOUR),
          Map.entry("TCP_CSUM", Cause.CHECKSUM),
          Map.entry("UDP_CSUM", Cause.CHECKSUM),
          Map.entry("IP_CSUM", Cause.CHECKSUM),
          Map.entry("ICMP_CSUM", Cause.CHECKSUM),
          Map.entry("SKB_CSUM", Cause.CHECKSUM),
          Map.entry("SOCKET_RCVBUFF", Cause.RECEIVER_FULL),
          Map.entry("SOCKET_BACKLOG", Cause.RECEIVER_FULL),
          Map.entry("TCP_ZEROWINDOW", Cause.RECEIVER_FULL),
          Map.entry("PROTO_MEM", Cause.RECEIVER_FULL),
          Map.entry("QDISC_DROP", Cause.TRAFFIC_CONTROL),
          Map.entry("TC_EGRESS", Cause.TRAFFIC_CONTROL),
          Map.entry("TC_INGRESS", Cause.TRAFFIC_CONTROL),
          Map.entry("XDP", Cause.TRAFFIC_CONTROL));

  private DropRules() {}

  /** The finding of a drop; {@code question} says whose packet it was. */
  static Finding of(Seen drop, Question question) {
    Cause cause = CAUSES.get(drop.dropReason());
    if (cause == null) {
      cause = byPlace(drop);
    }
    boolean isAnswer = question.isBackward(drop);
    String what = isAnswer ? "the answer" : "the packet";
    String where = drop.place().isEmpty() ? "" : " in " + drop.place();
    String kernel = " (" + drop.dropReason() + where + ")";
    return switch (cause) {
      case FIREWALL ->
          finding(
              cause,
              drop,
              "a firewall rule dropped " + what + kernel,
              "look at nftables and iptables in the network namespace "
                  + drop.networkNamespace()
                  + ", and at network policies that the CNI turns into rules");
      case CONNTRACK_FULL ->
          finding(
              cause,
              drop,
              "the connection tracking table is full: " + what + " was dropped" + kernel,
              "raise net.netfilter.nf_conntrack_max, or find who opens so many connections");
      case CLOSED_PORT ->
          finding(
              cause,
              drop,
              "nobody listens at "
                  + drop.destination()
                  + " port "
                  + drop.destinationPort()
                  + kernel,
              "start the server, or ask for the port that it listens on; a server that listens on"
                  + " 127.0.0.1 only is not reached from beyond");
      case REVERSE_PATH ->
          finding(
              cause,
              drop,
              "the reverse path filter dropped "
                  + what
                  + ": the way back to "
                  + drop.source()
                  + " is another interface"
                  + kernel,
              "make routes symmetric, or set net.ipv4.conf.*.rp_filter to 2");
      case NO_ROUTE ->
          finding(
              cause,
              drop,
              "there is no route to " + drop.destination() + kernel,
              "look at the routes of the network namespace " + drop.networkNamespace());
      case MTU ->
          finding(
              cause,
              drop,
              what + " is larger than the MTU of a link on its way" + kernel,
              "make MTUs equal, and let ICMP 'fragmentation needed' pass");
      case NO_NEIGHBOUR ->
          finding(
              cause,
              drop,
              "nobody at the link answers for "
                  + drop.destination()
                  + " or the router to it (ARP, neighbour discovery)"
                  + kernel,
              "is the address still somebody's? is the interface up, and in the right network?");
      case CHECKSUM ->
          finding(
              cause,
              drop,
              what + " came with a wrong checksum" + kernel,
              "look for checksum offload of the interface and for who rewrites packets");
      case RECEIVER_FULL ->
          finding(
              cause,
              drop,
              "the receiver's buffer is full: it reads too slowly" + kernel,
              "look at the server's CPU, and at net.core.rmem_max");
      case TRAFFIC_CONTROL ->
          finding(
              cause,
              drop,
              "traffic control, a tc program or XDP dropped " + what + kernel,
              "tc qdisc show, tc filter show, bpftool net, in network namespace "
                  + drop.networkNamespace());
      default ->
          finding(
              Cause.DROPPED,
              drop,
              "the kernel dropped " + what + kernel,
              "the reason and the function are the kernel's own; see docs/plugins/dropreason.md");
    };
  }

  /** Where the kernel gives no reason. */
  private static Cause byPlace(Seen drop) {
    return switch (drop.place()) {
      case "nf_hook_slow", "nft_do_chain" -> Cause.FIREWALL;
      case "__nf_conntrack_confirm", "nf_conntrack_in" -> Cause.CONNTRACK_FULL;
      default -> Cause.DROPPED;
    };
  }

  private static Finding finding(Cause cause, Seen drop, String sentence, String remedy) {
    return new Finding(cause, sentence, remedy, java.util.List.of(Finding.Proof.of(drop)));
  }
}
