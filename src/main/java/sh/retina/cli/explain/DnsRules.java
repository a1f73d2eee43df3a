package sh.retina.cli.explain;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What the name servers said to the source about the name that was asked for. */
final class DnsRules {
  private static final int NO_ERROR = 0;
  private static final int SERVER_FAILURE = 2;
  private static final int NO_SUCH_NAME = 3;
  private static final int REFUSED = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private DnsRules() {}

  /** Why the name has no address; empty: it has one, or nothing is known. */
  static Optional<Finding> of(Evidence evidence) {
    Question question = evidence.question();
    if (question.name().isEmpty()) {
      return Optional.empty();
    }
    List<Seen> messages = messages(evidence);
    if (messages.stream().anyMatch(one -> !one.dnsAddresses().isEmpty())) {
      return Optional.empty();
    }
    Optional<Seen> bad = newest(messages, SERVER_FAILURE).or(() -> newest(messages, REFUSED));
    if (bad.isPresent()) {
      return found(
          Cause.DNS_SERVER_FAILED,
          bad.get(),
          "the name server " + bad.get().source() + " could not answer for " + bad.get().dnsName(),
          "look at the name server's log and at whom it asks itself");
    }
    Optional<Seen> unknown = newest(messages, NO_SUCH_NAME).or(() -> newest(messages, NO_ERROR));
    if (unknown.isPresent()) {
      return found(
          Cause.DNS_NAME_UNKNOWN,
          unknown.get(),
          "the name server "
              + unknown.get().source()
              + " knows no address of "
              + unknown.get().dnsName(),
          "is the name spelt right? a Service of another namespace needs NAME.NAMESPACE");
    }
    return messages.stream()
        .filter(one -> one.dnsCode() < 0)
        .filter(one ->
            evidence.question().until() == null
                || one.time().plus(PATIENCE).isBefore(evidence.question().until()))
        .max(Comparator.comparing(Seen::time))
        .flatMap(one ->
            found(
                Cause.DNS_NO_ANSWER,
                one,
                "the name server "
                    + one.destination()
                    + " did not answer a question for "
                    + one.dnsName(),
                "is the name server running, and does anything drop packets to its port 53?"));
  }

  /** Of this name, and with the suffixes of the source's search list. */
  static List<Seen> messages(Evidence evidence) {
    String name = evidence.question().name();
    String whole = name.endsWith(".") ? name : name + ".";
    return evidence.seen().stream()
        .filter(Seen::isDns)
        .filter(one -> one.dnsName().startsWith(whole))
        .filter(one ->
            evidence
                .question()
                .sourceAddresses()
                .contains(one.dnsCode() < 0 ? one.source() : one.destination()))
        .toList();
  }

  private static Optional<Seen> newest(List<Seen> messages, int code) {
    return messages.stream()
        .filter(one -> one.dnsCode() == code)
        .max(Comparator.comparing(Seen::time));
  }

  private static Optional<Finding> found(Cause cause, Seen seen, String sentence, String remedy) {
    return Optional.of(new Finding(cause, sentence, remedy, List.of(Finding.Proof.of(seen))));
  }
}
