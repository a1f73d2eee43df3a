package sh.retina.flow;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import sh.retina.flow.proto.DropReason;

/**
 * Cilium's drop reasons by their name in the Hubble API, and the kernel's
 * (include/net/dropreason-core.h) that mean the same as one of them. Most of the kernel's mean none
 * of them; their name is in the flow's summary and extensions.
 */
final class DropReasons {
  private static final String PREFIX = "SKB_DROP_REASON_";

  private static final Map<String, DropReason> BY_NAME =
      Map.ofEntries(
          // A rule said drop; the rule sets of network policies and firewalls end here.
          Map.entry("NETFILTER_DROP", DropReason.POLICY_DENIED),
          Map.entry("IP_RPFILTER", DropReason.INVALID_SOURCE_IP),
          Map.entry("IP_INVALID_SOURCE", DropReason.INVALID_SOURCE_IP),
          Map.entry("IP_INHDR", DropReason.INVALID_PACKET_DROPPED),
          Map.entry("HDR_TRUNC", DropReason.INVALID_PACKET_DROPPED),
          Map.entry("PKT_TOO_SMALL", DropReason.INVALID_PACKET_DROPPED),
          Map.entry("IPV6_BAD_EXTHDR", DropReason.INVALID_IPV6_EXTENSION_HEADER),
          Map.entry("UNHANDLED_PROTO", DropReason.UNSUPPORTED_L3_PROTOCOL),
          Map.entry("IP_NOPROTO", DropReason.UNKNOWN_L4_PROTOCOL),
          Map.entry("IP_INNOROUTES", DropReason.FIB_LOOKUP_FAILED),
          Map.entry("IP_OUTNOROUTES", DropReason.FIB_LOOKUP_FAILED),
          Map.entry("VXLAN_VNI_NOT_FOUND", DropReason.INVALID_VNI));

  // A second table and not a substring: filters ask for each drop.
  private static final Map<String, DropReason> BY_LONG_NAME =
      BY_NAME.entrySet().stream()
          .collect(
              Collectors.toUnmodifiableMap(entry -> PREFIX + entry.getKey(), Map.Entry::getValue));

  private static final Map<String, DropReason> BY_CILIUM_NAME =
      Arrays.stream(DropReason.values())
          .filter(reason -> reason != DropReason.UNRECOGNIZED)
          .collect(Collectors.toUnmodifiableMap(Enum::name, reason -> reason));

  private DropReasons() {}

  /** By Cilium's name, or the kernel's with or without its common prefix. Allocates nothing. */
  static DropReason of(String name) {
    DropReason known = (name.startsWith(PREFIX) ? BY_LONG_NAME : BY_NAME).get(name);
    return known != null
        ? known
        : BY_CILIUM_NAME.getOrDefault(name, DropReason.DROP_REASON_UNKNOWN);
  }

  static String shortName(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }
}
