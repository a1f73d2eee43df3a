package sh.retina.event;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Types of DNS resource records and questions that have a name (IANA's DNS parameters, RFC 6895). A
 * packet can carry any of 65,536 numbers: what has no name here is {@link #OTHER}, so that a label
 * stays one of few.
 */
public enum DnsType {
  /** A message without a question: answers of multicast DNS. */
  NONE(-1),
  /** The question cannot be read. */
  MALFORMED(-1),
  /** A type without a name here. */
  OTHER(-1),
  A(1),
  NS(2),
  MD(3),
  MF(4),
  CNAME(5),
  SOA(6),
  MB(7),
  MG(8),
  MR(9),
  NULL(10),
  WKS(11),
  PTR(12),
  HINFO(13),
  MINFO(14),
  MX(15),
  TXT(16),
  RP(17),
  AFSDB(18),
  SIG(24),
  KEY(25),
  AAAA(28),
  LOC(29),
  SRV(33),
  NAPTR(35),
  KX(36),
  CERT(37),
  DNAME(39),
  OPT(41),
  APL(42),
  DS(43),
  SSHFP(44),
  IPSECKEY(45),
  RRSIG(46),
  NSEC(47),
  DNSKEY(48),
  DHCID(49),
  NSEC3(50),
  NSEC3PARAM(51),
  TLSA(52),
  SMIMEA(53),
  HIP(55),
  CDS(59),
  CDNSKEY(60),
  OPENPGPKEY(61),
  CSYNC(62),
  ZONEMD(63),
  SVCB(64),
  HTTPS(65),
  SPF(99),
  EUI48(108),
  EUI64(109),
  TKEY(249),
  TSIG(250),
  IXFR(251),
  AXFR(252),
  ANY(255),
  URI(256),
  CAA(257);

  private static final @Nullable DnsType[] BY_NUMBER = new DnsType[258];

  static {
    for (DnsType type : values()) {
      if (type.number >= 0) {
        BY_NUMBER[type.number] = type;
      }
    }
  }

  private final int number;
  private final String label;

  DnsType(int number) {
    this.number = number;
    this.label = number < 0 ? name().toLowerCase(Locale.ROOT) : name();
  }

  /** The type with this number; {@link #OTHER} if it has no name here. */
  public static DnsType of(int number) {
    @Nullable DnsType type = number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    return type == null ? OTHER : type;
  }

  /** The name of a number; as RFC 3597 has it, {@code TYPE123}, where there is none here. */
  public static String nameOf(int number) {
    DnsType type = of(number);
    return type == OTHER ? "TYPE" + number : type.name();
  }

  /** As a label's value: the name of a real type in capitals, as the protocol has it. */
  public String label() {
    return label;
  }

  /** Its number on the wire, -1 for what is no type. */
  public int number() {
    return number;
  }
}
