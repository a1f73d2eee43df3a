package sh.retina.documentation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The simple commands of a line of shell: the words of each, without quotes, comments and
 * redirections. As much of the shell's grammar as pages use.
 */
final class Simple {
  private static final Set<String> BEFORE = Set.of("sudo", "nice");

  private final List<List<String>> commands = new ArrayList<>();
  private List<String> words = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private boolean isWord;

  private Simple() {}

  static List<List<String>> commands(String line) {
    Simple simple = new Simple();
    simple.read(line);
    return simple.commands;
  }

  private void read(String line) {
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        isWord = true;
      } else if (c == '#' && !isWord) {
        break;
      } else if (c == '|' || c == '&' || c == ';') {
        endCommand();
      } else if (Character.isWhitespace(c)) {
        endWord();
      } else {
        word.append(c);
        isWord = true;
      }
    }
    endCommand();
  }

  private void endWord() {
    if (isWord) {
      words.add(word.toString());
    }
    word.setLength(0);
    isWord = false;
  }

  private void endCommand() {
    endWord();
    while (!words.isEmpty() && BEFORE.contains(words.getFirst())) {
      words.removeFirst();
    }
    int redirection = words.indexOf(">");
    List<String> command = redirection < 0 ? words : words.subList(0, redirection);
    if (!command.isEmpty()) {
      commands.add(List.copyOf(command));
    }
    words = new ArrayList<>();
  }
}
