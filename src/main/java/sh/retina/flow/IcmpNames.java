package sh.retina.flow;

/** What Hubble calls an ICMP message (types and codes: IANA, RFC 792, RFC 4443, RFC 4861). */
public final class IcmpNames {
  private static final String[] V4_UNREACHABLE = {
    "Net",
    "Host",
    "Protocol",
    "Port",
    "FragmentationNeeded",
    "SourceRoutingFailed",
    "NetUnknown",
    "HostUnknown",
    "SourceIsolated",
    "NetAdminProhibited",
    "HostAdminProhibited",
    "NetTOS",
    "HostTOS",
    "CommAdminProhibited",
    "HostPrecedence",
    "PrecedenceCutoff"
  };
  private static final String[] V4_REDIRECT = {"Net", "Host", "TOS+Net", "TOS+Host"};
  private static final String[] V4_TIME = {"TTLExceeded", "FragmentReassemblyTimeExceeded"};
  private static final String[] V4_PARAMETER = {
    "PointerIndicatesError", "MissingOption", "BadLength"
  };
  private static final String[] V6_UNREACHABLE = {
    "NoRouteToDst",
    "AdminProhibited",
    "BeyondScopeOfSrc",
    "AddressUnreachable",
    "PortUnreachable",
    "SrcAddressFailedPolicy",
    "RejectRouteToDst"
  };
  private static final String[] V6_TIME = {"HopLimitExceeded", "FragmentReassemblyTimeExceeded"};
  private static final String[] V6_PARAMETER = {
    "ErroneousHeaderField", "UnrecognizedNextHeader", "UnrecognizedIPv6Option"
  };

  private IcmpNames() {}

  public static String v4(int type, int code) {
    return switch (type) {
      case 3 -> detailed("DestinationUnreachable", V4_UNREACHABLE, type, code);
      case 5 -> detailed("Redirect", V4_REDIRECT, type, code);
      case 11 -> detailed("TimeExceeded", V4_TIME, type, code);
      case 12 -> detailed("ParameterProblem", V4_PARAMETER, type, code);
      case 0 -> plain("EchoReply", type, code);
      case 4 -> plain("SourceQuench", type, code);
      case 8 -> plain("EchoRequest", type, code);
      case 9 -> plain("RouterAdvertisement", type, code);
      case 10 -> plain("RouterSolicitation", type, code);
      case 13 -> plain("TimestampRequest", type, code);
      case 14 -> plain("TimestampReply", type, code);
      case 15 -> plain("InfoRequest", type, code);
      case 16 -> plain("InfoReply", type, code);
      case 17 -> plain("AddressMaskRequest", type, code);
      case 18 -> plain("AddressMaskReply", type, code);
      default -> numbers(type, code);
    };
  }

  public static String v6(int type, int code) {
    return switch (type) {
      case 1 -> detailed("DestinationUnreachable", V6_UNREACHABLE, type, code);
      case 3 -> detailed("TimeExceeded", V6_TIME, type, code);
      case 4 -> detailed("ParameterProblem", V6_PARAMETER, type, code);
      case 2 -> plain("PacketTooBig", type, code);
      case 128 -> plain("EchoRequest", type, code);
      case 129 -> plain("EchoReply", type, code);
      case 133 -> plain("RouterSolicitation", type, code);
      case 134 -> plain("RouterAdvertisement", type, code);
      case 135 -> plain("NeighborSolicitation", type, code);
      case 136 -> plain("NeighborAdvertisement", type, code);
      case 137 -> plain("Redirect", type, code);
      default -> numbers(type, code);
    };
  }

  private static String plain(String name, int type, int code) {
    return code == 0 ? name : numbers(type, code);
  }

  private static String detailed(String name, String[] details, int type, int code) {
    return code < details.length ? name + "(" + details[code] + ")" : numbers(type, code);
  }

  private static String numbers(int type, int code) {
    return type + "(" + code + ")";
  }
}
