package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.List;
import sh.retina.event.Direction;
import sh.retina.event.DnsReturnCode;
import sh.retina.event.DnsType;
import sh.retina.event.DnsView;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.event.TcpFlag;
import sh.retina.event.TcpOutcome;
import sh.retina.event.TcpPhase;

/**
 * The key of a series as longs, and the label values that it stands for. Two keys that differ never
 * have equal values: a scrape must not show a series twice.
 *
 * <pre>
 *  word 0    context labels of the first side (32) | of the second (32; 0 in the local context)
 *  word 1    own labels (32) | port of the first side (16) | of the second (16)
 *  words 2-3 address of the first side, only if labels have ip
 *  words 4-5 address of the second side, only if labels have ip, in the remote context
 * </pre>
 */
final class SeriesKeys {
  private static final int OWN_AND_PORTS = 1;
  private static final int FIRST_ADDRESS = 2;
  private static final int SECOND_ADDRESS = 4;
  private static final int FIRST_PORT_SHIFT = 16;
  private static final int DIRECTION_BITS = 2;
  private static final int DIRECTION_MASK = (1 << DIRECTION_BITS) - 1;
  private static final String OVERFLOW_VALUE = "overflow";
  private static final String[] REPLY_VALUES = {LabelWords.UNKNOWN, "false", "true"};
  private static final TcpFlag[] FLAGS = TcpFlag.values();

  // Own labels of DNS: type (7 bits), return code (6), words (18).
  private static final int DNS_TYPE_BITS = 7;
  private static final int DNS_TYPE_MASK = (1 << DNS_TYPE_BITS) - 1;
  private static final int DNS_CODE_BITS = 6;
  private static final int DNS_CODE_MASK = (1 << DNS_CODE_BITS) - 1;
  private static final int WORDS_SHIFT = DNS_TYPE_BITS + DNS_CODE_BITS;
  private static final DnsType[] TYPES = DnsType.values();
  private static final DnsReturnCode[] CODES = DnsReturnCode.values();
  private static final DnsLabel[] DNS_LABELS = DnsLabel.values();

  private final ContextChoice choice;
  private final boolean withReply;
  private final boolean withIp;
  private final boolean withPort;
  private final boolean remote;
  private final ContextLabels contexts;
  private final LabelWords reasons;
  private final DnsWords dnsWords;
  private final long overflow;

  SeriesKeys(PodLevel options, ContextChoice choice, ContextLabels contexts, LabelWords reasons) {
    this.choice = choice;
    withReply = options.replyLabel();
    this.contexts = contexts;
    this.reasons = reasons;
    dnsWords = new DnsWords(options.dns().labels(), options.dns().maxNames());
    remote = options.context() == PodLevel.Context.REMOTE;
    withIp = choice.contains(ContextLabel.IP);
    withPort = choice.contains(ContextLabel.PORT);
    // Without any context label the overflow is no series of its own.
    long all = choice.isEmpty() ? ContextLabels.UNKNOWN : ContextLabels.OVERFLOW;
    overflow = all << 32 | (remote ? all : 0);
  }

  long[] newKey() {
    return new long[FIRST_ADDRESS + (withIp ? remote ? 4 : 2 : 0)];
  }

  /** Whether the context is the number of one side's labels and nothing else. */
  boolean isSideAlone() {
    return !remote && !withIp && !withPort;
  }

  /** Sets the context to one side of the packet, or to {@code unknown}. */
  void setSide(long[] key, Observation o, boolean source, long description) {
    int number = (int) description;
    key[0] = (long) number << 32;
    key[OWN_AND_PORTS] = 0;
    // All that is unknown is one series: an address that no pod owns must not make more of them.
    boolean exact = description != ContextLabels.UNKNOWN && number != ContextLabels.OVERFLOW;
    setPacket(key, o, source, exact, FIRST_PORT_SHIFT, FIRST_ADDRESS);
  }

  /** Sets the context to both sides of the packet, the source first unless it is turned round. */
  void setPair(long[] key, Observation o, long source, long destination, boolean turned) {
    int first = (int) (turned ? destination : source);
    int second = (int) (turned ? source : destination);
    key[0] = (long) first << 32 | second;
    key[OWN_AND_PORTS] = 0;
    boolean firstExact = first != ContextLabels.OVERFLOW;
    boolean secondExact = second != ContextLabels.OVERFLOW;
    setPacket(key, o, !turned, firstExact, FIRST_PORT_SHIFT, FIRST_ADDRESS);
    setPacket(key, o, turned, secondExact, 0, SECOND_ADDRESS);
  }

  private void setPacket(
      long[] key, Observation o, boolean source, boolean exact, int portShift, int address) {
    if (withPort && exact) {
      long port = (source ? o.sourcePort : o.destinationPort) & 0xffffL;
      key[OWN_AND_PORTS] |= port << portShift;
    }
    if (withIp) {
      key[address] = exact ? source ? o.sourceHigh : o.destinationHigh : 0;
      key[address + 1] = exact ? source ? o.sourceLow : o.destinationLow : 0;
    }
  }

  /** Sets the own labels and leaves the context. */
  static void setOwn(long[] key, int own) {
    key[OWN_AND_PORTS] = (long) own << 32 | key[OWN_AND_PORTS] & 0xffff_ffffL;
  }

  /** Sets the key of the overflow series with the same own labels. */
  void setOverflow(long[] overflowKey, long[] key) {
    overflowKey[0] = overflow;
    overflowKey[OWN_AND_PORTS] = key[OWN_AND_PORTS] & ~0xffff_ffffL;
  }

  boolean isOverflow(long[] key) {
    return key[0] == overflow;
  }

  /** Number of the first side's context labels. */
  static int first(long[] key) {
    return (int) (key[0] >>> 32);
  }

  /** Number of the second side's context labels. */
  static int second(long[] key) {
    return (int) key[0];
  }

  int forwarded(Direction direction, Observation.Reply reply) {
    int split = withReply ? reply.ordinal() << DIRECTION_BITS : 0;
    return split | direction.ordinal();
  }

  static int dropped(Direction direction, int reason) {
    return withDirection(direction, reason);
  }

  /** Of a family whose own labels are the direction and one other, by its number. */
  static int withDirection(Direction direction, int other) {
    return other << DIRECTION_BITS | direction.ordinal();
  }

  /** A message's type, return code and words. */
  int dns(DnsView message) {
    int code = message.isResponse() ? returnCode(message) : 0;
    return dnsWords.of(message) << WORDS_SHIFT
        | code << DNS_TYPE_BITS
        | message.queryType().ordinal();
  }

  static int returnCode(DnsView message) {
    return DnsReturnCode.of(message.returnCode()).ordinal();
  }

  /** Label names of a family: its own, then the context's. */
  List<String> labelNames(SeriesFamily family) {
    List<String> names = new ArrayList<>();
    switch (family) {
      case FORWARDED -> {
        names.add("direction");
        if (withReply) {
          names.add("is_reply");
        }
      }
      case DROPPED -> {
        names.add("reason");
        names.add("direction");
      }
      case TCP_FLAGS -> names.add("flag");
      case TCP_CONNECT, TCP_RTT -> {}
      case TCP_RETRANSMISSIONS, TCP_PAYLOAD -> names.add("direction");
      case TCP_CONNECTIONS -> {
        names.add("role");
        names.add("outcome");
      }
      case TCP_RESETS -> {
        names.add("direction");
        names.add("phase");
      }
      case DNS_REQUEST -> {
        names.add("query_type");
        addNameIf(DnsLabel.QUERY, names);
      }
      case DNS_RESPONSE -> {
        names.add("return_code");
        names.add("query_type");
        for (DnsLabel label : DNS_LABELS) {
          addNameIf(label, names);
        }
      }
      case DNS_LATENCY -> names.add("return_code");
    }
    for (String prefix : remote ? List.of("source_", "destination_") : List.of("")) {
      choice.labelNames().forEach(name -> names.add(prefix + name));
    }
    return names;
  }

  /** Values in the order of {@link #labelNames}, in an array that the caller keeps. */
  String[] labelValues(SeriesFamily family, long[] key, int count) {
    String[] values = new String[count];
    int own = (int) (key[OWN_AND_PORTS] >>> 32);
    int at = 0;
    switch (family) {
      case FORWARDED -> {
        values[at++] = Direction.of(own & DIRECTION_MASK).label();
        if (withReply) {
          values[at++] = REPLY_VALUES[own >>> DIRECTION_BITS];
        }
      }
      case DROPPED -> {
        values[at++] = reasons.word(own >>> DIRECTION_BITS);
        values[at++] = Direction.of(own & DIRECTION_MASK).label();
      }
      case TCP_FLAGS -> values[at++] = FLAGS[own].name();
      case TCP_CONNECT, TCP_RTT -> {}
      case TCP_RETRANSMISSIONS, TCP_PAYLOAD ->
          values[at++] = Direction.of(own & DIRECTION_MASK).label();
      case TCP_CONNECTIONS -> {
        values[at++] = SocketTotals.role(Direction.of(own & DIRECTION_MASK));
        values[at++] = TcpOutcome.of(own >>> DIRECTION_BITS).label();
      }
      case TCP_RESETS -> {
        values[at++] = Direction.of(own & DIRECTION_MASK).label();
        values[at++] = TcpPhase.of(own >>> DIRECTION_BITS).label();
      }
      case DNS_REQUEST -> {
        values[at++] = TYPES[own & DNS_TYPE_MASK].label();
        if (dnsWords.has(DnsLabel.QUERY)) {
          values[at++] = dnsWords.value(own >>> WORDS_SHIFT, DnsLabel.QUERY);
        }
      }
      case DNS_RESPONSE -> {
        values[at++] = CODES[own >>> DNS_TYPE_BITS & DNS_CODE_MASK].label();
        values[at++] = TYPES[own & DNS_TYPE_MASK].label();
        for (DnsLabel label : DNS_LABELS) {
          if (dnsWords.has(label)) {
            values[at++] = dnsWords.value(own >>> WORDS_SHIFT, label);
          }
        }
      }
      case DNS_LATENCY -> values[at++] = CODES[own].label();
    }
    at = contextValues(first(key), key, FIRST_PORT_SHIFT, FIRST_ADDRESS, values, at);
    if (remote) {
      contextValues(second(key), key, 0, SECOND_ADDRESS, values, at);
    }
    return values;
  }

  private void addNameIf(DnsLabel label, List<String> names) {
    if (dnsWords.has(label)) {
      names.add(label.labelName());
    }
  }

  private int contextValues(
      int number, long[] key, int portShift, int address, String[] values, int start) {
    List<String> stored = contexts.values(number);
    boolean overflowed = number == ContextLabels.OVERFLOW;
    int at = start;
    int next = 0;
    for (ContextLabel label : choice.labels()) {
      switch (label) {
        case IP -> values[at++] = overflowed ? OVERFLOW_VALUE : ip(key[address], key[address + 1]);
        case PORT ->
            values[at++] =
                overflowed ? OVERFLOW_VALUE : port(key[OWN_AND_PORTS] >>> portShift & 0xffff);
        case NAMESPACE, PODNAME, WORKLOAD, SERVICE, ZONE, NODE -> {
          for (int i = 0; i < label.labelNames().size(); i++) {
            values[at++] = stored.get(next++);
          }
        }
      }
    }
    while (next < stored.size()) { // labels of the pod
      values[at++] = stored.get(next++);
    }
    return at;
  }

  private static String ip(long high, long low) {
    return (high | low) == 0 ? LabelWords.UNKNOWN : IpAddress.format(high, low);
  }

  private static String port(long port) {
    return port == 0 ? LabelWords.UNKNOWN : Long.toString(port);
  }
}
