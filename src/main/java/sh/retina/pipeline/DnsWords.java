package sh.retina.pipeline;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sh.retina.event.DnsView;
import sh.retina.event.IpAddress;

/**
 * Numbers for what of a DNS message becomes the labels {@code query}, {@code response} and {@code
 * num_response}. Others choose these words, so there are at most as many as configured; what comes
 * later is {@code overflow}. A word never goes. One thread adds, without allocation for a known
 * word; any thread reads words of numbers it got through a published row.
 */
final class DnsWords {
  /** The number of bits that any number fits into. */
  static final int BITS = 18;

  static final int MAX_WORDS = (1 << BITS) - 2;

  /** None of the labels is chosen, or the message has nothing for them. */
  static final int NOTHING = 0;

  static final int OVERFLOW = 1;

  private static final String OVERFLOW_VALUE = "overflow";

  /** Between the parts of a word: no name has a control character, see SafeText. */
  private static final char SEPARATOR = '\n';

  private static final int MAX_ADDRESSES = 16;

  private final Set<DnsLabel> chosen;
  private final int maxWords;
  private final StringBuilder text = new StringBuilder();
  private final DnsView.AnswerVisitor addresses = this::address;
  private int addressCount;

  private volatile String[] words = {"", OVERFLOW_VALUE};
  private int count = 2;

  // Number of the word in a slot, 0 = empty; linear probing, at most half full.
  private int[] slots = new int[64];

  DnsWords(Set<DnsLabel> chosen, int maxWords) {
    if (maxWords < 0 || maxWords > MAX_WORDS) {
      throw new IllegalArgumentException("not from 0 to " + MAX_WORDS + ": " + maxWords);
    }
    EnumSet<DnsLabel> copy = EnumSet.noneOf(DnsLabel.class);
    copy.addAll(chosen);
    this.chosen = copy;
    this.maxWords = maxWords;
  }

  boolean has(DnsLabel label) {
    return chosen.contains(label);
  }

  /** Number of a message's words. */
  int of(DnsView message) {
    boolean response = message.isResponse();
    if (chosen.isEmpty() || !response && !has(DnsLabel.QUERY)) {
      return NOTHING;
    }
    text.setLength(0);
    if (has(DnsLabel.QUERY)) {
      message.appendQuery(text);
    }
    if (response) {
      text.append(SEPARATOR);
      if (has(DnsLabel.RESPONSE)) {
        addressCount = 0;
        message.forEachAnswer(addresses);
      }
      text.append(SEPARATOR);
      if (has(DnsLabel.NUM_RESPONSE)) {
        text.append(message.answerCount());
      }
    }
    return text.isEmpty() ? NOTHING : number();
  }

  private void address(int type, long ttlSeconds, long high, long low) {
    if ((high | low) != 0 && addressCount < MAX_ADDRESSES) {
      text.append(addressCount == 0 ? "" : ",").append(IpAddress.format(high, low));
      addressCount++;
    }
  }

  private int number() {
    int mask = slots.length - 1;
    int slot = hash(text) & mask;
    while (slots[slot] != 0) {
      if (words[slots[slot]].contentEquals(text)) {
        return slots[slot];
      }
      slot = slot + 1 & mask;
    }
    if (count - 2 >= maxWords) {
      return OVERFLOW;
    }
    String[] list = words;
    if (count == list.length) {
      list = Arrays.copyOf(list, count * 2);
    }
    list[count] = text.toString();
    words = list;
    slots[slot] = count++;
    if (count * 2 > slots.length) {
      grow();
    }
    return count - 1;
  }

  private void grow() {
    slots = new int[slots.length * 2];
    int mask = slots.length - 1;
    for (int number = OVERFLOW + 1; number < count; number++) {
      int slot = hash(words[number]) & mask;
      while (slots[slot] != 0) {
        slot = slot + 1 & mask;
      }
      slots[slot] = number;
    }
  }

  private static int hash(CharSequence text) {
    int hash = 0;
    for (int i = 0; i < text.length(); i++) {
      hash = hash * 31 + text.charAt(i);
    }
    return hash ^ hash >>> 15;
  }

  /** The value of a label; {@code overflow} in the overflow, {@code unknown} where it is empty. */
  String value(int number, DnsLabel label) {
    if (number == OVERFLOW) {
      return OVERFLOW_VALUE;
    }
    List<String> parts = List.of(words[number].split(String.valueOf(SEPARATOR), -1));
    @Nullable String part = label.ordinal() < parts.size() ? parts.get(label.ordinal()) : null;
    return part == null || part.isEmpty() ? LabelWords.UNKNOWN : part;
  }
}
