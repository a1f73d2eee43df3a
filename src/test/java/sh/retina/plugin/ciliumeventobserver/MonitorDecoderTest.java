package sh.retina.plugin.ciliumeventobserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.event.Direction;
import sh.retina.event.DnsType;
import sh.retina.event.DnsView;
import sh.retina.event.HttpMessage;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;

class MonitorDecoderTest {
  private static final byte[] SYN = MonitorFrames.tcp(80, 0x02);

  private final Observation o = new Observation();

  private boolean decode(byte[] message) {
    o.clear();
    byte[] record = MonitorRecord.buffer();
    int length = MonitorRecord.write(record, 42, message);
    return decodeRecord(record, length);
  }

  private boolean decodeRecord(byte[] record, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(length);
      MemorySegment.copy(record, 0, memory, ValueLayout.JAVA_BYTE, 0, length);
      return new MonitorDecoder().decode(memory.address(), length, o);
    }
  }

  private String tuple() {
    return IpAddress.format(o.sourceHigh, o.sourceLow)
        + " "
        + o.sourcePort
        + " "
        + IpAddress.format(o.destinationHigh, o.destinationLow)
        + " "
        + o.destinationPort;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void shouldReadDropsOfEachVersion(int version) {
    assertThat(decode(MonitorFrames.drop(version, 181, 12, SYN))).isTrue();

    assertThat(o.plugin).isEqualTo("ciliumeventobserver");
    assertThat(o.timeNs).isEqualTo(42);
    assertThat(o.verdict).isEqualTo(Verdict.DROPPED);
    assertThat(o.dropReasonName).isEqualTo("POLICY_DENY");
    assertThat(o.direction).isEqualTo(Direction.INGRESS);
    assertThat(o.interfaceIndex).isEqualTo(7);
    assertThat(o.packets).isEqualTo(1);
    assertThat(o.bytes).isEqualTo(1000);
    assertThat(tuple()).isEqualTo("198.18.80.10 40000 198.18.80.11 80");
    assertThat(o.tcpFlags).isEqualTo(TcpFlag.SYN.bit());

    assertThat(decode(MonitorFrames.drop(version, 133, 0, SYN))).isTrue();
    assertThat(o.direction).isEqualTo(Direction.EGRESS);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void shouldReadTracesOfEachVersion(int version) {
    assertThat(decode(MonitorFrames.trace(version, 0, 2, MonitorFrames.udp6(53)))).isTrue();

    assertThat(o.verdict).isEqualTo(Verdict.FORWARDED);
    assertThat(o.point).isEqualTo(ObservationPoint.TO_ENDPOINT);
    assertThat(o.firstOnNode).isFalse();
    assertThat(o.reply).isEqualTo(Observation.Reply.YES);
    assertThat(o.interfaceIndex).isEqualTo(7);
    assertThat(o.ipVersion).isEqualTo(6);
    assertThat(o.protocol).isEqualTo(17);
    assertThat(tuple()).isEqualTo("fd00:80::10 50000 fd00:80::11 53");
    assertThat(o.bytes).isEqualTo(1000);
  }

  @Test
  void shouldCountAPacketWhereItComesToTheNode() {
    for (int point = 0; point < 12; point++) {
      assertThat(decode(MonitorFrames.trace(0, point, 5, SYN))).isTrue();
      assertThat(o.point.id()).isEqualTo(point == 0 ? 101 : point);
      assertThat(o.firstOnNode).as(o.point.name()).isEqualTo(point == 5 || point == 10);
      assertThat(o.reply).isEqualTo(Observation.Reply.UNKNOWN);
      assertThat(o.flagCounts[TcpFlag.SYN.ordinal()]).isEqualTo(1);
    }
    assertThat(decode(MonitorFrames.trace(0, 101, 5, SYN))).isTrue();
    assertThat(o.point).isEqualTo(ObservationPoint.UNKNOWN);
  }

  @Test
  void shouldKnowRepliesWhereConnectionsAreTracked() {
    decode(MonitorFrames.trace(0, 0, 0, SYN));
    assertThat(o.reply).isEqualTo(Observation.Reply.NO);
    decode(MonitorFrames.trace(0, 5, 0, SYN));
    assertThat(o.reply)
        .as("from-endpoint says 0 for new and for unknown")
        .isEqualTo(Observation.Reply.UNKNOWN);
    decode(MonitorFrames.trace(0, 11, 0x82, SYN));
    assertThat(o.reply).as("encrypted").isEqualTo(Observation.Reply.YES);
  }

  @Test
  void shouldCountASynAckAsSuch() {
    decode(MonitorFrames.trace(0, 0, 2, MonitorFrames.tcp(80, 0x12)));

    assertThat(o.flagCounts[TcpFlag.SYNACK.ordinal()]).isEqualTo(1);
    assertThat(Arrays.stream(o.flagCounts).sum()).isEqualTo(1);
  }

  @Test
  void shouldTellTheSourceBeforeMasquerading() {
    byte[] message = MonitorFrames.trace(1, 11, 0, SYN);
    System.arraycopy(new byte[] {(byte) 198, 18, 80, 99}, 0, message, 32, 4);

    assertThat(decode(message)).isTrue();
    assertThat(tuple()).isEqualTo("198.18.80.99 40000 198.18.80.11 80");
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 40})
  void shouldReadPolicyVerdictsOfEachLength(int header) {
    assertThat(decode(MonitorFrames.policyVerdict(header, -133, 1, SYN))).isTrue();
    assertThat(o.verdict).isEqualTo(Verdict.DROPPED);
    assertThat(o.dropReasonName).isEqualTo("POLICY_DENIED");
    assertThat(o.direction).isEqualTo(Direction.INGRESS);
    assertThat(o.packets).as("the drop itself is counted").isZero();
    assertThat(o.monitorType).isEqualTo(5);
    assertThat(tuple()).isEqualTo("198.18.80.10 40000 198.18.80.11 80");

    assertThat(decode(MonitorFrames.policyVerdict(header, 0, 2, SYN))).isTrue();
    assertThat(o.verdict).isEqualTo(Verdict.FORWARDED);
    assertThat(o.direction).isEqualTo(Direction.EGRESS);
  }

  @Test
  void shouldTellHowAndByWhatAPolicyDecided() {
    decode(MonitorFrames.policyVerdict(32, 0, 1 | 2 << 3, SYN));
    assertThat(o.verdict).isEqualTo(Verdict.FORWARDED);
    assertThat(o.policyMatchType).as("L3 and L4").isEqualTo(2);
    assertThat(o.direction).isEqualTo(Direction.INGRESS);

    decode(MonitorFrames.policyVerdict(32, 12_345, 2 | 6 << 3, SYN));
    assertThat(o.verdict).as("to a proxy's port").isEqualTo(Verdict.REDIRECTED);
    assertThat(o.policyMatchType).as("protocol").isEqualTo(6);
    assertThat(o.reply).isEqualTo(Observation.Reply.NO);

    decode(MonitorFrames.policyVerdict(40, 0, 1 | 0x40, SYN));
    assertThat(o.verdict).isEqualTo(Verdict.AUDIT);
    assertThat(o.policyMatchType).isZero();

    decode(MonitorFrames.trace(0, 5, 0, SYN));
    assertThat(o.policyMatchType).as("of another message").isZero();
  }

  @Test
  void shouldReadAPacketWithoutEthernetHeader() {
    byte[] message = MonitorFrames.drop(2, 181, 0, Arrays.copyOfRange(SYN, 14, SYN.length));
    message[36] = 2;

    assertThat(decode(message)).isTrue();
    assertThat(tuple()).isEqualTo("198.18.80.10 40000 198.18.80.11 80");
  }

  @Test
  void shouldReadRequestsAndAnswers() {
    assertThat(decode(MonitorFrames.accessLog("http"))).isTrue();
    assertThat(o.monitorType).isEqualTo(129);
    assertThat(o.verdict).isEqualTo(Verdict.DROPPED);
    assertThat(o.dropReasonName).isEqualTo("POLICY_DENY");
    assertThat(o.direction).isEqualTo(Direction.INGRESS);
    assertThat(o.reply).isEqualTo(Observation.Reply.NO);
    assertThat(o.protocol).isEqualTo(6);
    assertThat(o.packets).isZero();
    assertThat(tuple()).isEqualTo("198.18.80.10 40000 198.18.80.11 8080");

    assertThat(decode(MonitorFrames.accessLog("dns"))).isTrue();
    assertThat(o.verdict).isEqualTo(Verdict.FORWARDED);
    assertThat(o.reply).isEqualTo(Observation.Reply.YES);
    assertThat(o.direction).as("an answer comes in").isEqualTo(Direction.INGRESS);
    assertThat(tuple()).isEqualTo("fd00:80::53 53 fd00:80::10 50000");
  }

  @Test
  void shouldTellWhatADnsProxyRecorded() {
    assertThat(decode(MonitorFrames.accessLog("dns"))).isTrue();
    DnsView message = Objects.requireNonNull(o.dns);

    StringBuilder query = new StringBuilder();
    message.appendQuery(query);
    assertThat(query).hasToString("example.org.");
    assertThat(message.isResponse()).isTrue();
    assertThat(message.returnCode()).isZero();
    assertThat(message.queryType()).isEqualTo(DnsType.A);
    assertThat(message.answerCount()).isEqualTo(2);
    assertThat(message.aliases()).containsExactly("www.example.org.");
    List<String> answers = new ArrayList<>();
    message.forEachAnswer((type, ttl, high, low) ->
        answers.add(type + " " + ttl + (low == 0 ? "" : " " + IpAddress.format(high, low))));
    assertThat(answers).containsExactly("1 60 192.0.2.1", "28 60 2001:db8::1", "5 60");

    assertThat(decode(MonitorFrames.accessLog("http"))).isTrue();
    assertThat(o.dns).as("of another request").isNull();
  }

  @Test
  void shouldTellWhatAnHttpProxyRecordedWithoutItsSecrets() {
    assertThat(decode(MonitorFrames.accessLog("http"))).isTrue();
    HttpMessage request = Objects.requireNonNull(o.http);
    assertThat(request.code()).isZero();
    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.url()).isEqualTo("http://joe:HUBBLE_REDACTED@web/a%20b?q=1");
    assertThat(request.protocol()).isEqualTo("HTTP/1.1");
    assertThat(request.headers())
        .extracting(header -> header.name() + ": " + header.value())
        .containsExactly(
            "Accept: text/html",
            "Accept: */*",
            "Authorization: HUBBLE_REDACTED",
            "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "X-Request-Id: b1d0");
    assertThat(request.traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(request.timeNs()).isEqualTo(1_767_323_045_000_000_000L);

    assertThat(decode(MonitorFrames.accessLog("answer"))).isTrue();
    HttpMessage answer = Objects.requireNonNull(o.http);
    assertThat(answer.code()).isEqualTo(503);
    assertThat(answer.header("set-cookie")).isEqualTo("HUBBLE_REDACTED");
    assertThat(answer.timeNs() - request.timeNs()).isEqualTo(37_000_000);
    assertThat(o.reply).isEqualTo(Observation.Reply.YES);
    assertThat(o.direction).as("an answer goes out").isEqualTo(Direction.EGRESS);

    assertThat(decode(MonitorFrames.accessLog("dns"))).isTrue();
    assertThat(o.http).as("of another request").isNull();
  }

  @Test
  void shouldReadWhatIsThereOfAPacketThatIsCutAnywhere() {
    for (byte[] whole :
        new byte[][] {
          MonitorFrames.drop(3, 181, 1, SYN),
          MonitorFrames.trace(2, 5, 0, MonitorFrames.udp6(53)),
          MonitorFrames.policyVerdict(32, 0, 1, SYN),
          MonitorFrames.accessLog("http")
        }) {
      int header = whole[0] == 1 ? 48 : whole[0] == 4 ? 56 : whole[0] == 5 ? 32 : whole.length;
      for (int length = 1; length < whole.length; length++) {
        assertThat(decode(Arrays.copyOf(whole, length)))
            .as("type %d cut at %d", whole[0], length)
            .isEqualTo(length >= header);
      }
    }
  }

  @Test
  void shouldRefuseWhatItDoesNotKnow() {
    byte[] later = MonitorFrames.drop(3, 181, 1, SYN);
    later[14] = 4;
    assertThat(decode(later)).as("a later version").isFalse();
    byte[] extended = MonitorFrames.drop(3, 181, 1, SYN);
    extended[15] = 1;
    assertThat(decode(extended)).as("an extension").isFalse();
    assertThat(decode(new byte[] {2, 0, 0})).as("a debug message").isFalse();
    byte[] record = MonitorRecord.buffer();
    int length = MonitorRecord.write(record, 1, MonitorFrames.drop(3, 181, 1, SYN));
    record[8] = 2;
    assertThat(decodeRecord(record, length)).as("a record of another format").isFalse();
  }

  @Test
  void shouldMarkWhatIsCut() {
    byte[] record = MonitorRecord.buffer();

    int length = MonitorRecord.write(record, 1, new byte[MonitorRecord.MAX_MESSAGE_BYTES + 1]);

    assertThat(length).isEqualTo(record.length);
    assertThat(record[9]).isEqualTo((byte) MonitorRecord.CUT);
  }
}
