package sh.retina.cli.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import sh.retina.cli.explain.Diagnosis.Answer;
import sh.retina.cli.explain.Finding.Proof;

/**
 * From evidence to a diagnosis: the same evidence, the same words. What the newest attempt showed
 * goes before what objects let expect; without an attempt that was answered, what cannot work by
 * the objects comes first. No state, no clock, no I/O.
 */
public final class Diagnose {
  private final Evidence evidence;
  private final Question question;

  private Diagnose(Evidence evidence) {
    this.evidence = evidence;
    this.question = evidence.question();
  }

  public static Diagnosis of(Evidence evidence) {
    return new Diagnose(evidence).diagnosis();
  }

  private Diagnosis diagnosis() {
    List<Finding> objects = ObjectRules.of(evidence);
    Optional<Finding> dns = DnsRules.of(evidence);
    List<Conversation> attempts = Conversation.of(question, evidence.seen());
    if (attempts.isEmpty()) {
      return withoutAttempt(objects, dns);
    }
    Conversation newest = attempts.getFirst();
    PacketRules.Outcome outcome = PacketRules.of(evidence, newest);
    List<Finding> packets = outcome.findings().stream().map(this::ofService).toList();
    boolean isBroken =
        packets.stream()
            .anyMatch(one -> one.cause() != Cause.LOSS && one.cause() != Cause.RESET_BY_CLIENT);
    if (outcome.isAnswered() && !isBroken) {
      List<Finding> odd = new ArrayList<>(packets);
      odd.addAll(objects);
      return new Diagnosis(Answer.WORKS, works(newest), odd, answered(newest));
    }
    List<Finding> all = new ArrayList<>();
    if (outcome.isAnswered()) {
      all.addAll(packets);
      all.addAll(objects);
    } else {
      all.addAll(objects);
      dns.ifPresent(all::add);
      all.addAll(packets);
    }
    if (all.isEmpty()) {
      return cannotTell(
          "an attempt was seen, no answer, and no drop whose reason the kernel gave; no agent that"
              + " answered watches the interface of "
              + question.destination(),
          newest.all().limit(2).map(Proof::of).toList());
    }
    return broken(all);
  }

  private Diagnosis withoutAttempt(List<Finding> objects, Optional<Finding> dns) {
    List<Finding> all = new ArrayList<>(objects);
    dns.ifPresent(all::add);
    all.addAll(errorsWithoutPorts());
    return all.isEmpty()
        ? cannotTell(
            question.source()
                + " sent nothing to "
                + question.destination()
                + " in this time that an agent saw: try it, and ask again",
            List.of())
        : broken(all);
  }

  /** Drops between the two whose ports could not be read. */
  private List<Finding> errorsWithoutPorts() {
    return evidence.seen().stream()
        .filter(Seen::isDrop)
        .filter(one -> question.sourceAddresses().contains(one.source()))
        .filter(one -> question.destinationAddresses().contains(one.destination()))
        .filter(one -> one.destinationPort() == 0)
        .limit(1)
        .map(one -> DropRules.of(one, question))
        .toList();
  }

  /** Nobody listens where a Service sends to: that is the Service's fault, or the pod's. */
  private Finding ofService(Finding finding) {
    Evidence.Service service = evidence.objects().service();
    if (finding.cause() == Cause.FIREWALL && !evidence.objects().policies().isEmpty()) {
      return finding;
    }
    if (finding.cause() != Cause.CLOSED_PORT || service == null || service.targetPort() == 0) {
      return finding;
    }
    List<Integer> declared =
        evidence.objects().pods().stream()
            .flatMap(pod -> pod.declaredPorts().stream())
            .distinct()
            .sorted()
            .toList();
    List<Proof> proofs = new ArrayList<>(finding.proofs());
    proofs.add(Proof.now("targetPort of the Service: " + service.target()));
    proofs.add(Proof.now("ports that its containers declare: " + declared));
    return new Finding(
        Cause.WRONG_TARGET_PORT,
        "Service "
            + service.name()
            + " sends to port "
            + service.targetPort()
            + " of its pods, where nobody listens",
        declared.isEmpty()
            ? "set targetPort to the port that the server listens on"
            : "its containers declare " + declared + ": is one of them meant?",
        proofs);
  }

  private Diagnosis broken(List<Finding> findings) {
    return new Diagnosis(
        Answer.DOES_NOT_WORK,
        question.source()
            + " cannot reach "
            + question.destination()
            + " because "
            + findings.getFirst().sentence(),
        findings,
        gaps());
  }

  private Diagnosis cannotTell(String why, List<Proof> proofs) {
    List<Proof> all = new ArrayList<>(proofs);
    all.addAll(gaps());
    String because =
        evidence.gaps().isEmpty() ? why : why + "; " + String.join("; ", evidence.gaps());
    return new Diagnosis(Answer.CANNOT_TELL, because, List.of(), all);
  }

  private String works(Conversation attempt) {
    StringBuilder text =
        new StringBuilder(question.source()).append(" reaches ").append(question.destination());
    attempt
        .answered(one -> one.connectMs() > 0)
        .ifPresent(one ->
            text.append(String.format(Locale.ROOT, ", handshake in %.2f ms", one.connectMs())));
    attempt
        .all()
        .filter(one -> one.isPacket() && one.roundTripMs() > 0)
        .reduce((_, later) -> later)
        .ifPresent(one ->
            text.append(String.format(Locale.ROOT, ", round trip %.2f ms", one.roundTripMs())));
    long again = attempt.retransmissions();
    return again == 0 ? text.toString() : text + ", " + again + " segments sent again";
  }

  private List<Proof> answered(Conversation attempt) {
    List<Proof> proofs = new ArrayList<>();
    attempt.sent(Seen::isPacket).map(Proof::of).ifPresent(proofs::add);
    attempt.answer().map(Proof::of).ifPresent(proofs::add);
    proofs.addAll(gaps());
    return proofs;
  }

  private List<Proof> gaps() {
    return evidence.gaps().stream().map(Proof::now).toList();
  }
}
