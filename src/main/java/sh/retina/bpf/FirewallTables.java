package sh.retina.bpf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The firewall of the calling thread's network namespace: chains and rules of nftables, and of
 * iptables where it is that of nftables (linux/netfilter/nf_tables.h). Needs CAP_NET_ADMIN. Lengths
 * in messages are not trusted. Stateless and thread-safe.
 */
public final class FirewallTables {
  private static final int NFTABLES = 10 << 8; // NFNL_SUBSYS_NFTABLES
  private static final int NEWCHAIN = NFTABLES | 3;
  private static final int GETCHAIN = NFTABLES | 4;
  private static final int NEWRULE = NFTABLES | 6;
  private static final int GETRULE = NFTABLES | 7;
  private static final int BODY = 4; // struct nfgenmsg
  private static final int ATTRIBUTE = 4; // struct nlattr
  private static final int TABLE = 1;
  private static final int CHAIN_NAME = 3;
  private static final int CHAIN_HOOK = 4;
  private static final int CHAIN_POLICY = 5;
  private static final int CHAIN_TYPE = 7;
  private static final int CHAIN_COUNTERS = 8;
  private static final int HOOK_NUMBER = 1;
  private static final int HOOK_PRIORITY = 2;
  private static final int RULE_CHAIN = 2;
  private static final int RULE_HANDLE = 3;
  private static final int RULE_EXPRESSIONS = 4;
  private static final int RULE_USERDATA = 7;
  private static final int EXPRESSION_NAME = 1;
  private static final int EXPRESSION_DATA = 2;
  private static final int COUNTER_BYTES = 1;
  private static final int COUNTER_PACKETS = 2;
  private static final int EXTENSION_NAME = 1;
  private static final int IMMEDIATE_DATA = 2;
  private static final int DATA_VERDICT = 2;
  private static final int VERDICT_CODE = 1;
  private static final int VERDICT_CHAIN = 2;
  private static final int NETDEV = 5;
  private static final String[] HOOKS = {"prerouting", "input", "forward", "output", "postrouting"};

  /**
   * A chain.
   *
   * @param hook where packets enter it; empty: from other chains only
   * @param policy what becomes of a packet at its end; empty where it has none
   * @param packets that ended with the policy, where the chain counts
   */
  public record Chain(
      String family,
      String table,
      String name,
      String type,
      String hook,
      int priority,
      String policy,
      long packets,
      long bytes) {}

  /**
   * A rule. {@code expressions} in the kernel's words; what is not known here is in hexadecimal.
   */
  public record Rule(
      String family,
      String table,
      String chain,
      long handle,
      List<String> expressions,
      String comment) {}

  private FirewallTables() {}

  /**
   * All chains.
   *
   * @throws BpfException also when the kernel has no nf_tables
   */
  public static List<Chain> chains() {
    return dump(GETCHAIN, FirewallTables::chain);
  }

  /** All rules, in their order. Throws as {@link #chains}. */
  public static List<Rule> rules() {
    return dump(GETRULE, FirewallTables::rule);
  }

  private static <T> List<T> dump(int type, Function<NetlinkMessage, @Nullable T> read) {
    List<T> all = new ArrayList<>();
    try (NetlinkSocket socket = NetlinkSocket.openNetfilter()) {
      socket.dump(
          type,
          new byte[BODY],
          all::clear,
          message -> {
            T one = read.apply(message);
            if (one != null) {
              all.add(one);
            }
          });
    }
    return all;
  }

  static @Nullable Chain chain(NetlinkMessage message) {
    if (message.type() != NEWCHAIN || message.end() - message.body() < BODY) {
      return null;
    }
    int hook = top(message, CHAIN_HOOK);
    int counters = top(message, CHAIN_COUNTERS);
    int policy = top(message, CHAIN_POLICY);
    int family = family(message);
    return new Chain(
        familyName(family),
        message.text(top(message, TABLE)),
        message.text(top(message, CHAIN_NAME)),
        message.text(top(message, CHAIN_TYPE)),
        hook < 0 ? "" : hookName(family, (int) number(message, inside(message, hook, HOOK_NUMBER))),
        (int) number(message, inside(message, hook, HOOK_PRIORITY)),
        policy < 0 ? "" : verdict((int) number(message, policy)),
        number(message, inside(message, counters, COUNTER_PACKETS)),
        number(message, inside(message, counters, COUNTER_BYTES)));
  }

  static @Nullable Rule rule(NetlinkMessage message) {
    if (message.type() != NEWRULE || message.end() - message.body() < BODY) {
      return null;
    }
    List<String> expressions = new ArrayList<>();
    each(
        message,
        top(message, RULE_EXPRESSIONS),
        element -> expressions.add(expression(message, element)));
    return new Rule(
        familyName(family(message)),
        message.text(top(message, TABLE)),
        message.text(top(message, RULE_CHAIN)),
        number(message, top(message, RULE_HANDLE)),
        expressions,
        comment(message, top(message, RULE_USERDATA)));
  }

  private static String expression(NetlinkMessage message, int element) {
    String name = message.text(inside(message, element, EXPRESSION_NAME));
    int data = inside(message, element, EXPRESSION_DATA);
    if (data < 0) {
      return name;
    }
    return switch (name) {
      case "counter" ->
          "counter packets "
              + number(message, inside(message, data, COUNTER_PACKETS))
              + " bytes "
              + number(message, inside(message, data, COUNTER_BYTES));
      // Of iptables.
      case "match", "target" ->
          name
              + " "
              + message.text(inside(message, data, EXTENSION_NAME))
              + " "
              + HexFormat.of().formatHex(bytes(message, data));
      case "immediate" -> {
        int value = inside(message, data, IMMEDIATE_DATA);
        int verdict = inside(message, value, DATA_VERDICT);
        if (verdict < 0) {
          yield name + " " + HexFormat.of().formatHex(bytes(message, data));
        }
        String chain = message.text(inside(message, verdict, VERDICT_CHAIN));
        yield (verdict((int) number(message, inside(message, verdict, VERDICT_CODE))) + " " + chain)
            .strip();
      }
      default -> name + " " + HexFormat.of().formatHex(bytes(message, data));
    };
  }

  private static String verdict(int code) {
    return switch (code) {
      case 0 -> "drop";
      case 1 -> "accept";
      case -1 -> "continue";
      case -2 -> "break";
      case -3 -> "jump";
      case -4 -> "goto";
      case -5 -> "return";
      default -> Integer.toString(code);
    };
  }

  /** What nft(8) and iptables-nft keep beside a rule: kind, length, text. */
  private static String comment(NetlinkMessage message, int attribute) {
    byte[] bytes = attribute < 0 ? new byte[0] : bytes(message, attribute);
    int length = bytes.length < 2 ? 0 : Math.min(Byte.toUnsignedInt(bytes[1]), bytes.length - 2);
    return bytes.length < 2 || bytes[0] != 0
        ? ""
        : new String(bytes, 2, length, StandardCharsets.UTF_8).replace("\0", "");
  }

  private static int family(NetlinkMessage message) {
    return Byte.toUnsignedInt(message.datagram().get(message.body()));
  }

  private static String familyName(int number) {
    return switch (number) {
      case 1 -> "inet";
      case 2 -> "ip";
      case 3 -> "arp";
      case NETDEV -> "netdev";
      case 7 -> "bridge";
      case 10 -> "ip6";
      default -> Integer.toString(number);
    };
  }

  private static String hookName(int family, int number) {
    if (family == NETDEV) {
      return number == 0 ? "ingress" : "egress";
    }
    return number >= 0 && number < HOOKS.length ? HOOKS[number] : Integer.toString(number);
  }

  private static int top(NetlinkMessage message, int type) {
    return message.attribute(message.body() + BODY, message.end(), type);
  }

  /** An attribute within one, or -1. */
  private static int inside(NetlinkMessage message, int attribute, int type) {
    return attribute < 0
        ? -1
        : message.attribute(attribute + ATTRIBUTE, message.endOf(attribute), type);
  }

  private static void each(NetlinkMessage message, int list, IntConsumer element) {
    int stop = list < 0 ? 0 : message.endOf(list);
    for (int at = list + ATTRIBUTE; list >= 0 && at <= stop - ATTRIBUTE; ) {
      int length = message.endOf(at) - at;
      if (length < ATTRIBUTE || length > stop - at) {
        return;
      }
      element.accept(at);
      at += (length + 3) & ~3;
    }
  }

  /** In network byte order, as nfnetlink has numbers; 0 where there is none. */
  private static long number(NetlinkMessage message, int attribute) {
    byte[] bytes = attribute < 0 ? new byte[0] : bytes(message, attribute);
    long number = 0;
    for (int i = 0; i < Math.min(bytes.length, Long.BYTES); i++) {
      number = number << 8 | Byte.toUnsignedInt(bytes[i]);
    }
    return number;
  }

  private static byte[] bytes(NetlinkMessage message, int attribute) {
    byte[] bytes = new byte[message.endOf(attribute) - attribute - ATTRIBUTE];
    message.datagram().get(attribute + ATTRIBUTE, bytes);
    return bytes;
  }
}
