package sh.retina.plugin.dropreason;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import sh.retina.bpf.BtfEnum;
import sh.retina.bpf.KernelBtf;
import sh.retina.event.SafeText;

/**
 * Names of the kernel's drop reasons, as {@code enum skb_drop_reason} and the enums of subsystems
 * have them on the kernel that reported (include/net/dropreason-core.h, include/net/dropreason.h),
 * without their prefix. A subsystem's number is in the upper half of its values. Immutable.
 */
final class DropReasons {
  /** Of a kernel without reasons; what a reason of 0 stands for is never reported. */
  static final String UNKNOWN = "UNKNOWN";

  static final String UNSPECIFIED = "NOT_SPECIFIED";
  private static final String CORE = "skb_drop_reason";

  /**
   * The enums of subsystems that register reasons of their own (drop_reasons_register_subsys in the
   * kernel).
   */
  private static final List<String> SUBSYSTEMS =
      List.of("mac80211_drop_reason", "ovs_drop_reason", "qdisc_drop_reason");

  private static final List<String> PREFIXES =
      List.of("SKB_DROP_REASON_", "SKB_", "OVS_DROP_", "QDISC_DROP_");

  private final int[] reasons;
  private final String[] names;

  private DropReasons(TreeMap<Integer, String> byReason) {
    reasons = byReason.keySet().stream().mapToInt(Integer::intValue).toArray();
    names = byReason.values().toArray(String[]::new);
  }

  /** The running kernel's names; none where it has no BTF. */
  static DropReasons ofKernel(KernelBtf kernel) {
    TreeMap<Integer, String> byReason = new TreeMap<>();
    kernel.findEnum(CORE).ifPresent(reasons -> putAll(reasons, byReason));
    for (String subsystem : SUBSYSTEMS) {
      Optional<BtfEnum> found = kernel.findEnum(subsystem);
      found.ifPresent(reasons -> putAll(reasons, byReason));
    }
    return new DropReasons(byReason);
  }

  /** As {@link #toBytes} wrote them; lines that are no reason are left out. */
  static DropReasons parse(byte[] text) {
    TreeMap<Integer, String> byReason = new TreeMap<>();
    for (String line : new String(text, StandardCharsets.UTF_8).split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0 && line.substring(0, space).matches("-?\\d{1,10}")) {
        byReason.put(
            (int) Long.parseLong(line.substring(0, space)),
            SafeText.TEXT.of(line.substring(space + 1)));
      }
    }
    return new DropReasons(byReason);
  }

  /** One line per reason: number, space, name. */
  byte[] toBytes() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < reasons.length; i++) {
      text.append(reasons[i]).append(' ').append(names[i]).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Whether it tells why: there is none before Linux 5.17, and one that says nothing since. */
  boolean isReason(int reason) {
    return reason != 0 && !name(reason).equals(UNSPECIFIED);
  }

  /** The reason's name; the number where the kernel named none. */
  String name(int reason) {
    if (reason == 0) {
      return UNKNOWN;
    }
    int index = Arrays.binarySearch(reasons, reason);
    return index >= 0 ? names[index] : Integer.toUnsignedString(reason);
  }

  /** The numbers of reasons by name, without those that this kernel does not have. */
  int[] numbers(List<String> wanted) {
    return IntStream.range(0, reasons.length)
        .filter(i -> wanted.contains(names[i]))
        .map(i -> reasons[i])
        .toArray();
  }

  private static void putAll(BtfEnum reasons, Map<Integer, String> byReason) {
    reasons
        .values()
        .forEach((name, value) -> byReason.putIfAbsent(value.intValue(), withoutPrefix(name)));
  }

  private static String withoutPrefix(String name) {
    for (String prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        return name.substring(prefix.length());
      }
    }
    return name;
  }
}
