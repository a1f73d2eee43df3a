package sh.retina.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import sh.retina.flow.LabelSelector.Operator;
import sh.retina.flow.LabelSelector.Requirement;

/**
 * Reads the grammar of Kubernetes label selectors: requirements joined by commas, each {@code key},
 * {@code !key}, {@code key op value} or {@code key [not]in (value, …)}. One use.
 */
final class LabelSelectorParser {
  private static final String SYMBOLS = "=!<>(),";

  private final String text;
  private int at;

  LabelSelectorParser(String text) {
    this.text = text;
  }

  List<Requirement> requirements() {
    List<Requirement> requirements = new ArrayList<>();
    skipSpace();
    if (at == text.length()) {
      return requirements; // as in Kubernetes: no requirement, everything matches
    }
    do {
      requirements.add(requirement());
    } while (accept(","));
    if (at < text.length()) {
      throw unexpected("a comma or the end");
    }
    return requirements;
  }

  private Requirement requirement() {
    if (accept("!")) {
      return LabelSelector.requirement(word("a key"), Operator.DOES_NOT_EXIST, Set.of());
    }
    String key = word("a key");
    if (accept("==") || accept("=")) {
      return LabelSelector.requirement(key, Operator.IN, Set.of(value()));
    }
    if (accept("!=")) {
      return LabelSelector.requirement(key, Operator.NOT_IN, Set.of(value()));
    }
    if (accept(">")) {
      return LabelSelector.requirement(key, Operator.GREATER, Set.of(value()));
    }
    if (accept("<")) {
      return LabelSelector.requirement(key, Operator.LESS, Set.of(value()));
    }
    if (at == text.length() || text.charAt(at) == ',') {
      return LabelSelector.requirement(key, Operator.EXISTS, Set.of());
    }
    int start = at;
    return switch (word("an operator")) {
      case "in" -> LabelSelector.requirement(key, Operator.IN, values());
      case "notin" -> LabelSelector.requirement(key, Operator.NOT_IN, values());
      default -> {
        at = start;
        throw unexpected("an operator");
      }
    };
  }

  private Set<String> values() {
    if (!accept("(")) {
      throw unexpected("'('");
    }
    Set<String> values = new TreeSet<>();
    do {
      values.add(value());
    } while (accept(","));
    if (!accept(")")) {
      throw unexpected("',' or ')'");
    }
    return values;
  }

  /** A word, or nothing at all: the empty value. */
  private String value() {
    skipSpace();
    return at < text.length() && isWord(text.charAt(at)) ? word("a value") : "";
  }

  private String word(String expected) {
    skipSpace();
    int start = at;
    while (at < text.length() && isWord(text.charAt(at))) {
      at++;
    }
    if (start == at) {
      throw unexpected(expected);
    }
    String word = text.substring(start, at);
    skipSpace();
    return word;
  }

  private boolean accept(String symbol) {
    skipSpace();
    boolean found = text.startsWith(symbol, at);
    if (found) {
      at += symbol.length();
      skipSpace();
    }
    return found;
  }

  private void skipSpace() {
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isWord(char c) {
    return SYMBOLS.indexOf(c) < 0 && !isSpace(c);
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private IllegalArgumentException unexpected(String expected) {
    return new IllegalArgumentException(
        "not a label selector: '" + text + "': expected " + expected + " at position " + at);
  }
}
