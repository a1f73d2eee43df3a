package sh.retina.flow;

/** Hubble's words for return codes of DNS. */
public final class DnsReturnCodes {
  private DnsReturnCodes() {}

  /** As in Hubble's metrics, which say some of them in other words than its flows. */
  public static String metricText(int code) {
    return switch (code) {
      case 9 -> "Not Authorized";
      case 11 -> "DSO-TYPE Not Implemented";
      case 23 -> "Bad/missing Server Cookie";
      default -> {
        String text = text(code);
        yield text.equals("Unknown") ? "" : text;
      }
    };
  }

  static String text(int code) {
    return switch (code) {
      case 0 -> "No Error";
      case 1 -> "Format Error";
      case 2 -> "Server Failure";
      case 3 -> "Non-Existent Domain";
      case 4 -> "Not Implemented";
      case 5 -> "Query Refused";
      case 6 -> "Name Exists when it should not";
      case 7 -> "RR Set Exists when it should not";
      case 8 -> "RR Set that should exist does not";
      case 9 -> "Server Not Authoritative for zone";
      case 10 -> "Name not contained in zone";
      case 16 -> "Bad OPT Version";
      case 17 -> "Key not recognized";
      case 18 -> "Signature out of time window";
      case 19 -> "Bad TKEY Mode";
      case 20 -> "Duplicate key name";
      case 21 -> "Algorithm not supported";
      case 22 -> "Bad Truncation";
      case 23 -> "Bad Cookie";
      default -> "Unknown";
    };
  }
}
