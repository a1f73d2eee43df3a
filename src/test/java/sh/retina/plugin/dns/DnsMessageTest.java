package sh.retina.plugin.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.event.DnsReturnCode;
import sh.retina.event.DnsType;
import sh.retina.event.DnsView;
import sh.retina.event.IpAddress;

class DnsMessageTest {
  private static final int A = 1;
  private static final int CNAME = 5;
  private static final int AAAA = 28;
  private static final int OPT = 41;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void free() {
    arena.close();
  }

  private DnsMessage read(DnsBytes message) {
    return read(message.toBytes());
  }

  private DnsMessage read(byte[] message) {
    return DnsBytes.read(arena, message, 0x41);
  }

  private DnsMessage hex(String message) {
    return read(HexFormat.of().parseHex(message.replaceAll("\\s", "")));
  }

  private static String query(DnsView message) {
    StringBuilder name = new StringBuilder();
    message.appendQuery(name);
    return name.toString();
  }

  private static List<String> answers(DnsView message) {
    List<String> answers = new ArrayList<>();
    message.forEachAnswer((type, ttl, high, low) ->
        answers.add(
            DnsType.nameOf(type)
                + " "
                + ttl
                + ((high | low) == 0 ? "" : " " + IpAddress.format(high, low))));
    return answers;
  }

  /** All that can be asked, so that two readings can be compared. */
  static List<Object> everything(DnsView message) {
    return List.of(
        message.id(),
        message.isResponse(),
        message.isTruncated(),
        message.returnCode(),
        message.queryType(),
        message.queryHash(),
        message.answerCount(),
        query(message),
        answers(message),
        message.queryTypes(),
        message.aliases());
  }

  @Test
  void shouldReadAQueryAsAResolverSendsIt() {
    // What glibc sends for example.com.
    DnsMessage message =
        hex("b1d4 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001");

    assertThat(message.id()).isEqualTo(0xb1d4);
    assertThat(message.isResponse()).isFalse();
    assertThat(message.queryType()).isEqualTo(DnsType.A);
    assertThat(query(message)).isEqualTo("example.com.");
    assertThat(message.answerCount()).isZero();
    assertThat(answers(message)).isEmpty();
  }

  @Test
  void shouldReadAnswersBehindCompressedNames() {
    // www.example.com: CNAME web.example.com, which is 192.0.2.7 and 2001:db8::7; with EDNS.
    DnsMessage message =
        hex(
            """
            0007 8180 0001 0003 0000 0001
            03 777777 07 6578616d706c65 03 636f6d 00 001c 0001
            c00c 0005 0001 0000012c 0006 03 776562 c010
            c02d 0001 0001 0000003c 0004 c0000207
            c02d 001c 0001 0000003d 0010 20010db8000000000000000000000007
            00 0029 04d0 00000000 0000
            """);

    assertThat(message.isResponse()).isTrue();
    assertThat(message.returnCode()).isZero();
    assertThat(message.queryType()).isEqualTo(DnsType.AAAA);
    assertThat(query(message)).isEqualTo("www.example.com.");
    assertThat(message.answerCount()).isEqualTo(3);
    assertThat(answers(message))
        .containsExactly("CNAME 300", "A 60 192.0.2.7", "AAAA 61 2001:db8::7");
    assertThat(message.aliases()).containsExactly("web.example.com.");
  }

  @Test
  void shouldReadANegativeAnswerWithItsAuthority() {
    DnsBytes bytes =
        new DnsBytes(9, DnsBytes.RESPONSE | 3, 1, 0, 1, 0)
            .question("absent.test", A)
            .record(6, 3_600, "00 00 00000001 00000002 00000003 00000004 00000005");

    DnsMessage message = read(bytes);

    assertThat(DnsReturnCode.of(message.returnCode())).isEqualTo(DnsReturnCode.NXDOMAIN);
    assertThat(message.answerCount()).isZero();
    assertThat(answers(message)).isEmpty();
  }

  @Test
  void shouldTakeTheUpperBitsOfTheReturnCodeFromEdns() {
    DnsBytes bytes =
        new DnsBytes(9, DnsBytes.RESPONSE, 1, 1, 0, 1)
            .question("a.test", A)
            .record(A, 60, "0a000001")
            .name("")
            .u16(OPT)
            .u16(1_232)
            .u32(0x0100_0000L)
            .u16(0);

    assertThat(DnsReturnCode.of(read(bytes).returnCode())).isEqualTo(DnsReturnCode.BADVERS);
  }

  @Test
  void shouldSayThatAnAnswerIsTruncated() {
    DnsBytes bytes =
        new DnsBytes(9, DnsBytes.RESPONSE | DnsBytes.TRUNCATED, 1, 0, 0, 0).question("a.test", A);

    assertThat(read(bytes).isTruncated()).isTrue();
  }

  @Test
  void shouldReadManyQuestions() {
    DnsBytes bytes =
        new DnsBytes(9, DnsBytes.RESPONSE, 3, 1, 0, 0)
            .question("a.test", A)
            .question("b.test", AAAA)
            .question("c.test", 999)
            .record(A, 60, "0a000001");

    DnsMessage message = read(bytes);

    assertThat(message.queryType()).isEqualTo(DnsType.A);
    assertThat(message.queryTypes()).containsExactly(A, AAAA, 999);
    assertThat(answers(message)).containsExactly("A 60 10.0.0.1");
  }

  @ParameterizedTest
  @CsvSource({
    "1,A",
    "28,AAAA",
    "5,CNAME",
    "33,SRV",
    "15,MX",
    "16,TXT",
    "12,PTR",
    "64,SVCB",
    "65,HTTPS",
    "255,ANY",
    "257,CAA",
    "258,other",
    "65535,other",
    "0,other"
  })
  void shouldNameTheTypes(int number, String label) {
    assertThat(read(DnsBytes.query(1, "a.test", number)).queryType().label()).isEqualTo(label);
  }

  @Test
  void shouldTakeNamesInAnyCaseForTheSame() {
    DnsMessage mixed = read(DnsBytes.query(1, "eXaMPle.cOm", A));
    long hash = mixed.queryHash();

    assertThat(query(mixed)).isEqualTo("example.com.");
    assertThat(read(DnsBytes.query(2, "example.com", A)).queryHash()).isEqualTo(hash);
    assertThat(read(DnsBytes.query(1, "example.com", AAAA)).queryHash()).isNotEqualTo(hash);
    assertThat(read(DnsBytes.query(1, "examplec.om", A)).queryHash()).isNotEqualTo(hash);
    assertThat(read(DnsBytes.query(1, "e.xample.com", A)).queryHash()).isNotEqualTo(hash);
  }

  @Test
  void shouldReadTheRootAndAMessageWithoutQuestion() {
    assertThat(query(read(DnsBytes.query(1, "", 2)))).isEqualTo(".");

    DnsMessage none = read(new DnsBytes(0, DnsBytes.RESPONSE, 0, 0, 0, 0));
    assertThat(none.queryType()).isEqualTo(DnsType.NONE);
    assertThat(none.queryHash()).isZero();
    assertThat(query(none)).isEmpty();
  }

  @Test
  void shouldReadMulticastAnswersWithTheCacheFlushBit() {
    DnsBytes bytes =
        new DnsBytes(0, DnsBytes.RESPONSE, 0, 1, 0, 0)
            .name("printer.local")
            .u16(A)
            .u16(0x8001)
            .u32(120)
            .u16(4)
            .hex("c0000209");

    assertThat(answers(read(bytes))).containsExactly("A 120 192.0.2.9");
  }

  @Test
  void shouldEscapeWhatCouldSteerATerminalOrEndALine() {
    DnsMessage message = read(DnsBytes.query(1, "a\u001b[31mb\n\"c.te st", A));

    assertThat(query(message)).isEqualTo("a\\027[31mb\\010\\\"c.te\\032st.");
  }

  @ParameterizedTest
  @CsvSource({
    "points at itself, c00c",
    "points at the header, c002",
    "points forward, c020",
    "has a reserved kind of label, 41 61 00",
    "has another reserved kind, 81 61 00",
    "is longer than the message, 3f 6161",
    "has no end, 01 61",
    "ends in half a pointer, c0"
  })
  void shouldRefuseANameThat(String what, String name) {
    DnsBytes bytes = new DnsBytes(1, 0x0100, 1, 0, 0, 0).hex(name);
    if (what.startsWith("points") || what.contains("kind")) {
      bytes.u16(A).u16(1);
    }

    DnsMessage message = read(bytes);

    assertThat(query(message)).as(what).isEmpty();
    assertThat(message.answerCount()).isZero();
    assertThat(answers(message)).isEmpty();
    if (what.contains("kind") || what.contains("end") || what.contains("longer")) {
      assertThat(message.queryType()).isEqualTo(DnsType.MALFORMED);
      assertThat(message.queryHash()).isZero();
    }
  }

  @Test
  void shouldRefuseNamesThatChaseEachOther() {
    // Two answers whose data are names that point at each other.
    DnsBytes bytes =
        new DnsBytes(1, DnsBytes.RESPONSE, 1, 2, 0, 0)
            .question("a.test", A)
            .record(CNAME, 60, "0161 c032")
            .record(CNAME, 60, "0162 c024");

    DnsMessage message = read(bytes);

    assertThat(answers(message)).containsExactly("CNAME 60", "CNAME 60");
    assertThat(message.aliases()).hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void shouldRefuseANameThatPointersMakeTooLong() {
    // 62 octets each, one before the other: the fifth part makes it longer than 255.
    DnsBytes bytes = new DnsBytes(1, DnsBytes.RESPONSE, 1, 6, 0, 0).question("a", A);
    String label = "3c" + "61".repeat(60);
    int at = bytes.toBytes().length + 12;
    bytes.record(CNAME, 60, label + "00");
    for (int i = 0; i < 5; i++) {
      bytes.record(CNAME, 60, label + HexFormat.of().toHexDigits((short) (0xc000 | at)));
      at += 62 + 12 + (i == 0 ? -1 + 1 : 1);
    }

    DnsMessage message = read(bytes);

    assertThat(message.aliases())
        .allSatisfy(name -> assertThat(name).hasSizeLessThanOrEqualTo(255));
    assertThat(message.aliases()).isNotEmpty().hasSizeLessThan(6);
  }

  @Test
  void shouldEndWhereTheCountsOfTheHeaderLie() {
    DnsMessage questions =
        read(new DnsBytes(1, 0, 0xffff, 0xffff, 0xffff, 0xffff).question("a.test", A));
    DnsMessage answers =
        read(
            new DnsBytes(1, DnsBytes.RESPONSE, 1, 0xffff, 0xffff, 0xffff)
                .question("a.test", A)
                .record(A, 60, "0a000001"));

    assertThat(questions.queryTypes()).containsExactly(A);
    assertThat(answers(questions)).isEmpty();
    assertThat(answers.answerCount()).isEqualTo(0xffff);
    assertThat(answers(answers)).containsExactly("A 60 10.0.0.1");
    assertThat(answers.returnCode()).isZero();
  }

  @Test
  void shouldTakeNoAddressFromARecordOfAnotherLength() {
    DnsBytes bytes =
        new DnsBytes(1, DnsBytes.RESPONSE, 1, 3, 0, 0)
            .question("a.test", A)
            .record(A, 60, "0a00000102")
            .record(AAAA, 61, "0a000001")
            .hex("c00c 0001 0001 0000003e ffff 0a000001");

    assertThat(answers(read(bytes))).containsExactly("A 60", "AAAA 61", "A 62");
  }

  @Test
  void shouldReadWhatWasCapturedOfALongMessage() {
    DnsBytes bytes = new DnsBytes(1, DnsBytes.RESPONSE, 1, 60, 0, 0).question("big.test", A);
    for (int i = 0; i < 60; i++) {
      bytes.record(A, 60, "0a0000" + HexFormat.of().toHexDigits((byte) i));
    }
    byte[] all = bytes.toBytes();

    DnsMessage message = read(Arrays.copyOf(all, 512));

    assertThat(message.answerCount()).isEqualTo(60);
    // 30 whole ones fit, and the beginning of another.
    assertThat(answers(message)).hasSize(30).startsWith("A 60 10.0.0.0").endsWith("A 60 10.0.0.29");
    assertThat(answers(read(Arrays.copyOf(all, 512 + 8)))).hasSize(31).endsWith("A 60");
  }

  @Test
  void shouldReadNothingThatIsNotTheMessages() {
    Random random = new Random(7);
    byte[] good =
        new DnsBytes(1, DnsBytes.RESPONSE, 1, 2, 0, 1)
            .question("www.example.com", A)
            .record(CNAME, 60, "03776562c010")
            .record(A, 60, "0a000001")
            .name("")
            .u16(OPT)
            .u16(1_232)
            .u32(0)
            .u16(0)
            .toBytes();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = Arrays.copyOf(good, 12 + random.nextInt(good.length - 11));
      for (int j = random.nextInt(6); j > 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try (Arena own = Arena.ofConfined()) {
        assertThat(everything(DnsBytes.read(own, bytes, 0x00)))
            .isEqualTo(everything(DnsBytes.read(own, bytes, 0xc0)))
            .isEqualTo(everything(DnsBytes.read(own, bytes, 0x01)));
      }
    }
  }
}
