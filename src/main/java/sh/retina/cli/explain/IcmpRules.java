package sh.retina.cli.explain;

import java.util.List;
import java.util.Optional;

/** What ICMP errors mean (RFC 792, RFC 1812 5.2.7, RFC 4443). */
final class IcmpRules {
  private static final int UNREACHABLE = 3;
  private static final int TIME_EXCEEDED = 11;
  private static final int UNREACHABLE_V6 = 1;
  private static final int TOO_BIG_V6 = 2;
  private static final int TIME_EXCEEDED_V6 = 3;

  private IcmpRules() {}

  /** The finding of an ICMP error that came to the source; empty: it is none. */
  static Optional<Finding> of(Seen seen) {
    if (seen.icmpType() < 0 || !seen.isPacket()) {
      return Optional.empty();
    }
    return "icmpv6".equals(seen.protocol()) ? ofV6(seen) : ofV4(seen);
  }

  private static Optional<Finding> ofV4(Seen seen) {
    if (seen.icmpType() == TIME_EXCEEDED) {
      return ttl(seen);
    }
    if (seen.icmpType() != UNREACHABLE) {
      return Optional.empty();
    }
    return switch (seen.icmpCode()) {
      case 0, 5, 6, 11 -> noRoute(seen, "network");
      case 1, 7, 8, 12 -> noRoute(seen, "host");
      case 2, 3 -> closed(seen);
      case 4 -> mtu(seen);
      case 9, 10, 13 -> prohibited(seen);
      default -> Optional.empty();
    };
  }

  private static Optional<Finding> ofV6(Seen seen) {
    return switch (seen.icmpType()) {
      case TOO_BIG_V6 -> mtu(seen);
      case TIME_EXCEEDED_V6 -> ttl(seen);
      case UNREACHABLE_V6 ->
          switch (seen.icmpCode()) {
            case 0, 2 -> noRoute(seen, "network");
            case 3 -> noRoute(seen, "host");
            case 4 -> closed(seen);
            case 1, 5, 6 -> prohibited(seen);
            default -> Optional.empty();
          };
      default -> Optional.empty();
    };
  }

  private static Optional<Finding> ttl(Seen seen) {
    return found(
        Cause.TTL_EXCEEDED,
        seen,
        seen.source() + " says that the packet went through too many routers",
        "look for a loop of routes at " + seen.source() + ", or a source that sets a small TTL");
  }

  private static Optional<Finding> mtu(Seen seen) {
    return found(
        Cause.MTU,
        seen,
        seen.source() + " says that the packet is larger than the MTU of the next link",
        "make MTUs equal along the way");
  }

  private static Optional<Finding> closed(Seen seen) {
    return found(
        Cause.CLOSED_PORT,
        seen,
        seen.source() + " says that nobody listens at this port",
        "start the server, or ask for the port that it listens on");
  }

  private static Optional<Finding> noRoute(Seen seen, String what) {
    return found(
        Cause.NO_ROUTE,
        seen,
        seen.source() + " says that the " + what + " is unreachable",
        "look at the routes of " + seen.source());
  }

  private static Optional<Finding> prohibited(Seen seen) {
    return found(
        Cause.PROHIBITED,
        seen,
        seen.source() + " says that it is forbidden",
        "look at the firewall and at prohibiting routes of " + seen.source());
  }

  private static Optional<Finding> found(Cause cause, Seen seen, String sentence, String remedy) {
    return Optional.of(new Finding(cause, sentence, remedy, List.of(Finding.Proof.of(seen))));
  }
}
