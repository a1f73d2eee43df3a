package sh.retina.plugin.dns;

import java.util.ArrayList;
import java.util.List;
import sh.retina.bpf.NativeMemory;
import sh.retina.event.DnsType;
import sh.retina.event.DnsView;

/**
 * The first bytes of a DNS message (RFC 1035, section 4) at a native address. Every read is checked
 * against what was captured; names are walked by {@link DnsName}.
 */
final class DnsMessage implements DnsView {
  static final int HEADER_LENGTH = 12;

  private static final int FLAGS = 2;
  private static final int QUESTIONS = 4;
  private static final int ANSWERS = 6;
  private static final int AUTHORITIES = 8;
  private static final int ADDITIONALS = 10;

  private static final int RESPONSE = 0x8000;
  private static final int TRUNCATED = 0x0200;
  private static final int RETURN_CODE = 0x000f;

  /** Type and class behind a question's name. */
  private static final int QUESTION_TAIL = 4;

  /** Type, class, TTL and length of the data behind a record's name. */
  private static final int RECORD_TAIL = 10;

  private static final int CLASS_IN = 1;

  /** Multicast DNS has a flag in the upper bit (RFC 6762, section 10.2). */
  private static final int CLASS_MASK = 0x7fff;

  private static final int NOWHERE = -1;
  private static final long MAPPED_IPV4 = 0xffff_0000_0000L;

  private final DnsName name = new DnsName();
  private long base;
  private int limit;

  // The record that nextRecord() read last.
  private int type;
  private int recordClass;
  private long ttlSeconds;
  private int dataAt;
  private int dataLength;

  /** Turns to another message; at least a header was captured. */
  void over(long address, int captured) {
    base = address;
    limit = captured;
    name.over(address, captured);
  }

  @Override
  public int id() {
    return u16(0);
  }

  @Override
  public boolean isResponse() {
    return (u16(FLAGS) & RESPONSE) != 0;
  }

  @Override
  public boolean isTruncated() {
    return (u16(FLAGS) & TRUNCATED) != 0;
  }

  @Override
  public int returnCode() {
    int code = u16(FLAGS) & RETURN_CODE;
    if (u16(ADDITIONALS) == 0) {
      return code;
    }
    int records = u16(ANSWERS) + u16(AUTHORITIES) + u16(ADDITIONALS);
    int at = endOfQuestions();
    for (int i = 0; i < records && isInside(at); i++) {
      at = nextRecord(at);
      if (at != NOWHERE && type == DnsType.OPT.number()) {
        return (int) (ttlSeconds >>> 24) << 4 | code; // RFC 6891, section 6.1.3
      }
    }
    return code;
  }

  @Override
  public DnsType queryType() {
    if (u16(QUESTIONS) == 0) {
      return DnsType.NONE;
    }
    int end = name.end(HEADER_LENGTH);
    return end == NOWHERE || end + QUESTION_TAIL > limit ? DnsType.MALFORMED : DnsType.of(u16(end));
  }

  @Override
  public long queryHash() {
    if (u16(QUESTIONS) == 0) {
      return 0;
    }
    int end = name.end(HEADER_LENGTH);
    return end == NOWHERE || end + QUESTION_TAIL > limit
        ? 0
        : name.hash(HEADER_LENGTH) * 31 + u16(end);
  }

  @Override
  public int answerCount() {
    return u16(ANSWERS);
  }

  @Override
  public void appendQuery(StringBuilder out) {
    if (u16(QUESTIONS) != 0) {
      name.append(HEADER_LENGTH, out);
    }
  }

  @Override
  public void forEachAnswer(AnswerVisitor visitor) {
    int at = endOfQuestions();
    for (int i = u16(ANSWERS); i > 0 && isInside(at); i--) {
      at = nextRecord(at);
      if (at == NOWHERE) {
        return;
      }
      boolean internet = (recordClass & CLASS_MASK) == CLASS_IN && at <= limit;
      if (internet && type == DnsType.A.number() && dataLength == 4) {
        visitor.answer(type, ttlSeconds, 0, MAPPED_IPV4 | u32(dataAt));
      } else if (internet && type == DnsType.AAAA.number() && dataLength == 16) {
        visitor.answer(
            type,
            ttlSeconds,
            NativeMemory.bigEndianLongAt(base + dataAt),
            NativeMemory.bigEndianLongAt(base + dataAt + 8));
      } else {
        visitor.answer(type, ttlSeconds, 0, 0);
      }
    }
  }

  @Override
  public List<Integer> queryTypes() {
    List<Integer> types = new ArrayList<>();
    int at = HEADER_LENGTH;
    for (int i = u16(QUESTIONS); i > 0; i--) {
      int end = name.end(at);
      if (end == NOWHERE || end + QUESTION_TAIL > limit) {
        break;
      }
      types.add(u16(end));
      at = end + QUESTION_TAIL;
    }
    return types;
  }

  @Override
  public List<String> aliases() {
    List<String> targets = new ArrayList<>();
    int at = endOfQuestions();
    for (int i = u16(ANSWERS); i > 0 && isInside(at); i--) {
      at = nextRecord(at);
      if (at != NOWHERE && type == DnsType.CNAME.number()) {
        StringBuilder target = new StringBuilder();
        name.append(dataAt, target);
        if (!target.isEmpty()) {
          targets.add(target.toString());
        }
      }
    }
    return targets;
  }

  /** Where the records begin. */
  private int endOfQuestions() {
    int at = HEADER_LENGTH;
    for (int i = u16(QUESTIONS); i > 0; i--) {
      int end = name.end(at);
      if (end == NOWHERE || end + QUESTION_TAIL > limit) {
        return NOWHERE;
      }
      at = end + QUESTION_TAIL;
    }
    return at;
  }

  private boolean isInside(int at) {
    return at != NOWHERE && at < limit;
  }

  /**
   * Reads a record and returns where the next one is; nowhere if not even its type and length were
   * captured. Its data may end beyond what was.
   */
  private int nextRecord(int at) {
    int end = name.end(at);
    if (end == NOWHERE || end + RECORD_TAIL > limit) {
      return NOWHERE;
    }
    type = u16(end);
    recordClass = u16(end + 2);
    ttlSeconds = u32(end + 4);
    dataLength = u16(end + 8);
    dataAt = end + RECORD_TAIL;
    return dataAt + dataLength;
  }

  private int u16(int at) {
    return (NativeMemory.byteAt(base + at) & 0xff) << 8 | NativeMemory.byteAt(base + at + 1) & 0xff;
  }

  private long u32(int at) {
    return (long) u16(at) << 16 | u16(at + 2);
  }
}
