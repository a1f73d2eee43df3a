package sh.retina.cli.explain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import sh.retina.cli.explain.Finding.Proof;

/** What follows from the packets of one attempt. */
final class PacketRules {
  /** An ICMP error has no ports here: it belongs to the attempt that it follows so soon. */
  private static final Duration ECHO = Duration.ofSeconds(2);

  /** So many segments sent again are no accident. */
  private static final int MANY = 3;

  private final Evidence evidence;
  private final Conversation attempt;

  /**
   * What is known of an attempt.
   *
   * @param isAnswered the destination took it
   */
  record Outcome(boolean isAnswered, List<Finding> findings) {}

  private PacketRules(Evidence evidence, Conversation attempt) {
    this.evidence = evidence;
    this.attempt = attempt;
  }

  static Outcome of(Evidence evidence, Conversation attempt) {
    PacketRules rules = new PacketRules(evidence, attempt);
    List<Finding> found = new ArrayList<>();
    boolean isAnswered = attempt.answer().isPresent();
    rules.reset(isAnswered).ifPresent(found::add);
    List<Finding> drops = rules.drops(isAnswered);
    drops.stream().filter(one -> one.cause() != Cause.DROPPED).findFirst().ifPresent(found::add);
    rules.icmp().ifPresent(found::add);
    if (found.isEmpty()) {
      drops.stream().findFirst().ifPresent(found::add);
    }
    if (isAnswered) {
      rules.loss().ifPresent(found::add);
    } else if (found.isEmpty()) {
      rules.silence().ifPresent(found::add);
    }
    return new Outcome(isAnswered, found);
  }

  /** The newest first. */
  private List<Finding> drops(boolean isAnswered) {
    return attempt
        .all()
        .filter(Seen::isDrop)
        .sorted(Comparator.comparing(Seen::time).reversed())
        .map(drop -> DropRules.of(drop, evidence.question()))
        .filter(one -> !isAnswered || one.cause() != Cause.CLOSED_PORT)
        .toList();
  }

  /** A reset, by whom. */
  private Optional<Finding> reset(boolean isAnswered) {
    Optional<Seen> fromServer = attempt.answered(one -> one.isPacket() && one.has("RST"));
    if (fromServer.isPresent()) {
      Seen reset = fromServer.get();
      if (!isTheirs(reset)) {
        return found(
            Cause.RESET_ON_THE_WAY,
            "something between answered with a reset in the name of "
                + reset.source()
                + ", which sent none",
            "a firewall that rejects, a proxy, a load balancer: look at who forwards",
            proofs(reset));
      }
      return isAnswered
          ? found(
              Cause.RESET_BY_SERVER,
              reset.source() + " reset the connection after it took it",
              "look at the server's log: it crashed, closed with data unread, or aborts by itself",
              proofs(reset))
          : found(
              Cause.CLOSED_PORT,
              "nobody listens at "
                  + reset.source()
                  + " port "
                  + reset.sourcePort()
                  + ": the SYN was"
                  + " answered by a reset",
              "start the server, or ask for the port that it listens on",
              proofs(reset));
    }
    return isAnswered
        ? attempt
            .sent(one -> one.isPacket() && one.has("RST"))
            .flatMap(reset ->
                found(
                    Cause.RESET_BY_CLIENT,
                    reset.source() + " reset the connection",
                    "the client gave up: a time-out of its own, or it aborts by itself",
                    proofs(reset)))
        : Optional.empty();
  }

  /** By its sockets where they tell; else by what its interface sent. */
  private boolean isTheirs(Seen reset) {
    if (evidence.tellingSockets().contains(reset.source())) {
      return evidence.seen().stream().anyMatch(this::tellsOfResetByServer);
    }
    return !evidence.watched().contains(reset.source())
        || attempt.wasSentByDestination(one -> one.has("RST"));
  }

  private boolean tellsOfResetByServer(Seen one) {
    return evidence.question().isBackward(one)
        && one.destinationPort() == attempt.sourcePort()
        && one.socketReport().equals("reset")
        && one.summary().contains("reset sent");
  }

  private Optional<Finding> icmp() {
    return evidence.seen().stream()
        .filter(one -> evidence.question().sourceAddresses().contains(one.destination()))
        .filter(one -> attempt.all().anyMatch(of -> isEcho(of, one)))
        .filter(this::isPlausible)
        .flatMap(one -> IcmpRules.of(one).stream())
        .filter(one -> !isTcp() || one.cause() != Cause.CLOSED_PORT) // TCP says so by a reset
        .findFirst();
  }

  /** What arrived met no router that refused it: such an error is another attempt's. */
  private boolean isPlausible(Seen error) {
    return attempt.arrived().isEmpty()
        || !evidence.watched().contains(attempt.arrived().get().destination())
        || evidence.question().destinationAddresses().contains(error.source());
  }

  private boolean isTcp() {
    return "tcp".equals(evidence.question().protocol());
  }

  private static boolean isEcho(Seen of, Seen error) {
    return !error.time().isBefore(of.time().minusMillis(100))
        && error.time().isBefore(of.time().plus(ECHO));
  }

  private Optional<Finding> loss() {
    long again = attempt.retransmissions();
    if (again < MANY) {
      return Optional.empty();
    }
    return found(
        Cause.LOSS,
        again + " segments of the connection were sent again: packets are lost on the way, or late",
        "look at drops and errors of the interfaces between",
        attempt
            .all()
            .filter(one -> one.socketReport().equals("retransmission"))
            .limit(3)
            .map(Proof::of)
            .toList());
  }

  /** Nothing came back, and nothing says why. */
  private Optional<Finding> silence() {
    Optional<Seen> arrived =
        attempt.arrived().filter(one -> evidence.watched().contains(one.destination()));
    Optional<Seen> left = attempt.sent(Seen::isPacket);
    if (arrived.isPresent()) {
      return Optional.of(arrivedInVain(arrived.get()));
    }
    if (left.isPresent() && evidence.watched().contains(left.get().destination())) {
      return found(
          Cause.LOST_ON_THE_WAY,
          "the packet left "
              + left.get().source()
              + " and never came to the interface of "
              + left.get().destination()
              + ", and no drop says where it ended",
          "look at what forwards between them: routes that lead elsewhere, bridges, tunnels, devices"
              + " outside of the nodes",
          proofs(left.get()));
    }
    return Optional.empty();
  }

  private Finding arrivedInVain(Seen arrived) {
    Optional<Seen> others =
        evidence.seen().stream()
            .filter(one -> one.isPacket() && one.has("SYN") && one.has("ACK"))
            .filter(one -> one.source().equals(arrived.destination()))
            .filter(one -> one.sourcePort() == arrived.destinationPort())
            .max(Comparator.comparing(Seen::time));
    if (others.isPresent()) {
      return new Finding(
          Cause.LISTEN_QUEUE_FULL,
          arrived.destination()
              + " took connections to port "
              + arrived.destinationPort()
              + " before and now leaves a SYN unanswered: its accept queue is full",
          "the server does not accept: look at its threads, and at its backlog (ss -lnt)",
          List.of(Proof.of(arrived), Proof.of(others.get())));
    }
    return new Finding(
        Cause.NO_ANSWER,
        "the packet came to the interface of "
            + arrived.destination()
            + ", which answered nothing, and no drop was seen",
        "is the server stopped, or is the protocol one that need not answer?",
        List.of(Proof.of(arrived)));
  }

  private List<Proof> proofs(Seen last) {
    return Stream.concat(
            attempt.forward().stream()
                .filter(Seen::isPacket)
                .filter(one -> !one.equals(last))
                .limit(1),
            Stream.of(last))
        .map(Proof::of)
        .toList();
  }

  private static Optional<Finding> found(
      Cause cause, String sentence, String remedy, List<Proof> proofs) {
    return Optional.of(new Finding(cause, sentence, remedy, proofs));
  }
}
