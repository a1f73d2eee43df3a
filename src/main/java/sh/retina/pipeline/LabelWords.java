package sh.retina.pipeline;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Small numbers for words that the kernel names and that never go away: drop reasons. One thread
 * adds; any thread reads a word whose number it got through a published row.
 */
final class LabelWords {
  static final String UNKNOWN = "unknown";

  private final Map<String, Integer> numbers = new HashMap<>();
  private volatile String[] words = {UNKNOWN};

  LabelWords() {
    numbers.put(UNKNOWN, 0);
    numbers.put("", 0);
  }

  /** The word's number; 0 is {@code unknown} and the empty word. Allocates for a new word only. */
  int number(String word) {
    Integer known = numbers.get(word);
    return known != null ? known : add(word);
  }

  private int add(String word) {
    int number = words.length;
    String[] longer = Arrays.copyOf(words, number + 1);
    longer[number] = word;
    words = longer;
    numbers.put(word, number);
    return number;
  }

  String word(int number) {
    return words[number];
  }
}
