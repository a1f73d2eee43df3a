package sh.retina.cli.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Evidence in, a diagnosis out. */
class DiagnoseTest {
  private static final String A = "10.0.0.1";
  private static final String B = "10.0.0.2";
  private static final int CLIENT_PORT = 40_000;

  private final List<Seen> seen = new ArrayList<>();
  private int second;

  @Test
  void shouldSayThatItWorksWithTheTimes() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    packet(B, A, "FROM_ENDPOINT", "SYN ACK", "\"connect_ns\":2500000");

    Diagnosis diagnosis = diagnose(Evidence.Objects.NONE);
    assertThat(diagnosis.answer()).isEqualTo(Diagnosis.Answer.WORKS);
    assertThat(diagnosis.sentence()).isEqualTo("a reaches b, handshake in 2.50 ms");
    assertThat(diagnosis.proofs()).hasSize(2);
    assertThat(diagnosis)
        .as("the same evidence, the same words")
        .isEqualTo(diagnose(Evidence.Objects.NONE));
  }

  @Test
  void shouldSayThatItCannotTellWithoutAnAttemptAndNameTheGaps() {
    Diagnosis diagnosis = Diagnose.of(evidence(Evidence.Objects.NONE, List.of("n1: no answer")));

    assertThat(diagnosis.answer()).isEqualTo(Diagnosis.Answer.CANNOT_TELL);
    assertThat(diagnosis.sentence()).contains("sent nothing to b", "n1: no answer");
  }

  @ParameterizedTest
  @CsvSource({
    "NETFILTER_DROP, nft_do_chain, FIREWALL",
    "NO_SOCKET, tcp_v4_rcv, CLOSED_PORT",
    "IP_RPFILTER, fib_validate_source, REVERSE_PATH",
    "IP_INNOROUTES, ip_error, NO_ROUTE",
    "PKT_TOO_BIG, ip_forward, MTU",
    "NEIGH_FAILED, arp_error_report, NO_NEIGHBOUR",
    "UDP_CSUM, udp_queue_rcv_one_skb, CHECKSUM",
    "SOCKET_RCVBUFF, udp_queue_rcv_one_skb, RECEIVER_FULL",
    "TC_EGRESS, sch_handle_egress, TRAFFIC_CONTROL",
    "NOT_SPECIFIED, __nf_conntrack_confirm, CONNTRACK_FULL",
    "NOT_SPECIFIED, ip_rcv_finish_core, DROPPED",
    "SOMETHING_NEW, any_function, DROPPED",
  })
  void shouldTellADropByItsReason(String reason, String place, Cause cause) {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    drop(A, B, reason, place);

    assertThat(first().cause()).isEqualTo(cause);
    assertThat(first().sentence()).contains(reason, place);
    assertThat(first().proofs().getFirst().time()).isEqualTo(Instant.ofEpochSecond(2));
  }

  @Test
  void shouldSayThatTheAnswerWasDropped() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    drop(B, A, "NETFILTER_DROP", "nft_do_chain");

    assertThat(first().sentence()).contains("dropped the answer");
  }

  @Test
  void shouldTellAResetOfTheServerFromAClosedPortAndFromOthers() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    packet(B, A, "FROM_ENDPOINT", "RST ACK", "");
    assertThat(first().cause()).isEqualTo(Cause.CLOSED_PORT);

    seen.clear();
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    packet(B, A, "FROM_ENDPOINT", "SYN ACK", "");
    packet(B, A, "FROM_ENDPOINT", "RST", "");
    assertThat(first().cause()).isEqualTo(Cause.RESET_BY_SERVER);

    seen.clear();
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    packet(B, A, "TO_ENDPOINT", "RST ACK", "");
    assertThat(first().cause()).as("B's interface sent none").isEqualTo(Cause.RESET_ON_THE_WAY);
  }

  @Test
  void shouldTellSilenceByHowFarThePacketCame() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    assertThat(first().cause()).isEqualTo(Cause.LOST_ON_THE_WAY);

    packet(A, B, "TO_ENDPOINT", "SYN", "");
    assertThat(first().cause()).isEqualTo(Cause.NO_ANSWER);

    add(B, "10.0.0.9", 80, 50_000, "FORWARDED", "FROM_ENDPOINT", "SYN ACK", "");
    assertThat(first().cause()).as("another was taken").isEqualTo(Cause.LISTEN_QUEUE_FULL);
  }

  @Test
  void shouldJudgeTheNewestAttempt() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    drop(A, B, "NETFILTER_DROP", "nft_do_chain");
    add(A, B, CLIENT_PORT + 1, 80, "FORWARDED", "FROM_ENDPOINT", "SYN", "");
    add(B, A, 80, CLIENT_PORT + 1, "FORWARDED", "FROM_ENDPOINT", "SYN ACK", "");

    assertThat(diagnose(Evidence.Objects.NONE).answer()).isEqualTo(Diagnosis.Answer.WORKS);
  }

  @Test
  void shouldBelievePacketsOverPoliciesThatNobodyEnforces() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    packet(B, A, "FROM_ENDPOINT", "SYN ACK", "");
    Evidence.Objects denied =
        new Evidence.Objects(
            List.of(),
            null,
            List.of(),
            List.of(new Evidence.PolicyVerdict("Ingress", List.of("shop/deny"), false)));

    Diagnosis diagnosis = diagnose(denied);
    assertThat(diagnosis.answer()).isEqualTo(Diagnosis.Answer.WORKS);
    assertThat(diagnosis.findings())
        .extracting(Finding::cause)
        .containsExactly(Cause.NETWORK_POLICY);
  }

  @Test
  void shouldNameThePolicyBeforeTheFirewallThatEnforcesIt() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    drop(A, B, "NETFILTER_DROP", "nft_do_chain");
    Evidence.Objects denied =
        new Evidence.Objects(
            List.of(),
            null,
            List.of(),
            List.of(new Evidence.PolicyVerdict("Ingress", List.of("shop/deny"), false)));

    assertThat(diagnose(denied).findings())
        .extracting(Finding::cause)
        .containsExactly(Cause.NETWORK_POLICY, Cause.FIREWALL);
  }

  @Test
  void shouldBlameTheServiceForAPortWhereNobodyListens() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    packet(B, A, "FROM_ENDPOINT", "RST ACK", "");
    Evidence.Service service =
        new Evidence.Service(
            "shop/web", List.of("80/TCP"), true, 80, "80", List.of(B), List.of(), "{app=web}");
    Evidence.Objects objects =
        new Evidence.Objects(
            List.of(),
            service,
            List.of(new Evidence.Pod("shop/web-1", "n1", "", true, Set.of(8080))),
            List.of());

    Finding first = diagnose(objects).findings().getFirst();
    assertThat(first.cause()).isEqualTo(Cause.WRONG_TARGET_PORT);
    assertThat(first.remedy()).contains("[8080]");
  }

  @Test
  void shouldTakeAnIcmpErrorForThatOfTheAttemptBeforeIt() {
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    icmp("10.0.0.254", 11, 0);
    assertThat(first().cause()).isEqualTo(Cause.TTL_EXCEEDED);

    seen.clear();
    second += 100;
    packet(A, B, "FROM_ENDPOINT", "SYN", "");
    second += 100;
    icmp("10.0.0.254", 3, 13);
    assertThat(first().cause()).as("too late to be its").isEqualTo(Cause.LOST_ON_THE_WAY);
  }

  private Finding first() {
    return diagnose(Evidence.Objects.NONE).findings().getFirst();
  }

  private Diagnosis diagnose(Evidence.Objects objects) {
    return Diagnose.of(evidence(objects, List.of()));
  }

  private Evidence evidence(Evidence.Objects objects, List<String> gaps) {
    Question question =
        new Question("a", Set.of(A), "b", Set.of(B), "", 80, Set.of(80), "tcp", null, null);
    return new Evidence(question, seen, objects, gaps, Set.of(A, B), Set.of());
  }

  private void packet(String from, String to, String point, String flags, String extensions) {
    int fromPort = from.equals(A) ? CLIENT_PORT : 80;
    int toPort = from.equals(A) ? 80 : CLIENT_PORT;
    add(from, to, fromPort, toPort, "FORWARDED", point, flags, extensions);
  }

  private void drop(String from, String to, String reason, String place) {
    int fromPort = from.equals(A) ? CLIENT_PORT : 80;
    int toPort = from.equals(A) ? 80 : CLIENT_PORT;
    add(
        from,
        to,
        fromPort,
        toPort,
        "DROPPED",
        "",
        "SYN",
        "\"drop_reason\":\"" + reason + "\",\"drop_location\":\"" + place + "\"");
  }

  private void icmp(String from, int type, int code) {
    read(
        ("{\"time\":\"%s\",\"verdict\":\"FORWARDED\",\"IP\":{\"source\":\"%s\",\"destination\":\"%s\"},"
                + "\"l4\":{\"ICMPv4\":{\"type\":%d,\"code\":%d}}}")
            .formatted(Instant.ofEpochSecond(++second), from, A, type, code));
  }

  private void add(
      String from,
      String to,
      int fromPort,
      int toPort,
      String verdict,
      String point,
      String flags,
      String extensions) {
    StringBuilder set = new StringBuilder();
    for (String flag : flags.split(" ")) {
      set.append(set.isEmpty() ? "" : ",").append('"').append(flag).append("\":true");
    }
    read(
        ("{\"time\":\"%s\",\"verdict\":\"%s\",\"trace_observation_point\":\"%s\",\"node_name\":\"n1\","
                + "\"IP\":{\"source\":\"%s\",\"destination\":\"%s\"},\"l4\":{\"TCP\":{\"source_port\":%d,"
                + "\"destination_port\":%d,\"flags\":{%s}}},\"extensions\":{%s}}")
            .formatted(
                Instant.ofEpochSecond(++second),
                verdict,
                point,
                from,
                to,
                fromPort,
                toPort,
                set,
                extensions));
  }

  private void read(String flow) {
    seen.add(Seen.of(JsonMapper.shared().readTree(flow)));
  }
}
