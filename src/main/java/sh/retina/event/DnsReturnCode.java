package sh.retina.event;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Return codes of DNS that have a name (RFC 6895, section 2.3), those that EDNS extends (RFC 6891)
 * included. 16 is BADVERS, which it means in an OPT record.
 */
public enum DnsReturnCode {
  NOERROR(0),
  FORMERR(1),
  SERVFAIL(2),
  NXDOMAIN(3),
  NOTIMP(4),
  REFUSED(5),
  YXDOMAIN(6),
  YXRRSET(7),
  NXRRSET(8),
  NOTAUTH(9),
  NOTZONE(10),
  DSOTYPENI(11),
  BADVERS(16),
  BADKEY(17),
  BADTIME(18),
  BADMODE(19),
  BADNAME(20),
  BADALG(21),
  BADTRUNC(22),
  BADCOOKIE(23),
  /** A code without a name here. */
  OTHER(-1);

  private static final @Nullable DnsReturnCode[] BY_NUMBER = new DnsReturnCode[24];

  static {
    for (DnsReturnCode code : values()) {
      if (code.number >= 0) {
        BY_NUMBER[code.number] = code;
      }
    }
  }

  private final int number;
  private final String label;

  DnsReturnCode(int number) {
    this.number = number;
    this.label = number < 0 ? name().toLowerCase(Locale.ROOT) : name();
  }

  /** The code with this number; {@link #OTHER} if it has no name here. */
  public static DnsReturnCode of(int number) {
    @Nullable DnsReturnCode code =
        number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    return code == null ? OTHER : code;
  }

  /** As a label's value: in capitals, as the protocol has it. */
  public String label() {
    return label;
  }
}
