package sh.retina.plugin;

import java.util.List;
import java.util.function.Predicate;
import sh.retina.event.Direction;

/** What dropreason has to say about {@link KernelWorld#drop}. */
final class KernelDrops {
  static final String NAME = "dropreason";
  static final int COUNT = 40;
  static final int CALLS = 8;

  private static final String REASON = "NETFILTER_DROP";
  private static final String RULE = "IPTABLE_RULE_DROP";
  private static final String NAT = "IPTABLE_NAT_DROP";
  private static final String CONNECT = "TCP_CONNECT_BASIC";

  private final Seen seen;
  private final String by;

  KernelDrops(Seen seen, String by) {
    this.seen = seen;
    this.by = NAME + " by " + by;
  }

  /** The tracepoint and the functions together: each drop once, with both names. */
  void expectJoined() {
    expect("closed port", f -> f.is(7001, "NO_SOCKET", "", Direction.INGRESS));
    expect("rule at input", f -> f.is(7002, REASON, RULE, Direction.INGRESS));
    expect("rule at output", f -> f.is(7003, REASON, RULE, Direction.EGRESS));
    expect("NAT at output", f -> f.is(7004, REASON, NAT, Direction.EGRESS));
    // The answer passes netfilter's hooks before the packet that it answers is freed.
    expect("reject at input", f -> f.is(7007, REASON, RULE, Direction.INGRESS));
    expect("reject at output", f -> f.is(7008, REASON, RULE, Direction.EGRESS));
    for (int port : KernelWorld.DROPPING) {
      expect("nothing else at port " + port, f -> f.port() == port);
    }
    for (int ip : List.of(4, 6)) {
      expect(
          "connects without a route, IPv" + ip,
          CALLS,
          f -> f.ip() == ip && f.is(7005, CONNECT, CONNECT, Direction.EGRESS));
    }
    expect("all failed connects", 2 * CALLS, f -> f.reason().equals(CONNECT));
    expect(
        "accepts without listening",
        CALLS,
        f -> f.reason().equals("TCP_ACCEPT_BASIC") && f.direction() == Direction.INGRESS);
  }

  /** Without the tracepoint: what netfilter drops, by the names of its functions. */
  void expectAlone() {
    // A rule that drops and one that rejects.
    expect("rules at input", 4 * COUNT, f -> f.is(0, RULE, RULE, Direction.INGRESS));
    expect("rules at output", 4 * COUNT, f -> f.is(0, RULE, RULE, Direction.EGRESS));
    expect("NAT at output", f -> f.is(0, NAT, NAT, Direction.EGRESS));
  }

  /** {@code failed}: as the kernel counted. */
  void expectConntrack(long failed) {
    if (failed == 0) {
      KernelCheck.fail("no insertion into conntrack failed: it was not tried");
    }
    expect(
        "connections that conntrack did not take",
        failed,
        f -> f.is(7006, REASON, "CONNTRACK_ADD_DROP", Direction.EGRESS));
  }

  /** Of IPv4 and IPv6 together. */
  private void expect(String what, Predicate<Seen.Fact> which) {
    expect(what, 2 * COUNT, which);
  }

  private void expect(String what, long wanted, Predicate<Seen.Fact> which) {
    KernelCheck.expect(by + ": " + what, wanted, seen.packets(NAME, which), () -> seen.of(NAME));
  }
}
