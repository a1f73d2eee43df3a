package sh.retina.documentation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A fenced block of a page. The words after the language are not shown by a reader of Markdown: of
 * commands that do not run here, {@code elsewhere:} and the reason, or the test that runs them.
 *
 * @param page relative to the project
 * @param line of its fence, from 1 on
 * @param note after the language; empty: none
 */
public record Block(Path page, int line, String language, String note, List<String> lines) {
  private static final Pattern FENCE = Pattern.compile(" {0,3}```(\\w*)\\s*(.*)");
  private static final String ELSEWHERE = "elsewhere: ";

  /** All blocks of all pages, in the order of the pages' names. */
  public static List<Block> all(Path project) {
    return pages(project).stream().flatMap(page -> in(project, page).stream()).toList();
  }

  /** What users and developers read, relative to the project. */
  static List<Path> pages(Path project) {
    try (Stream<Path> files = Files.walk(project.resolve("docs"))) {
      return Stream.concat(
              Stream.of("README.md", "CONTRIBUTING.md").map(project::resolve),
              files.filter(file -> file.toString().endsWith(".md")).sorted())
          .map(project::relativize)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file that a page shows which begins with this key. */
  public static String file(Path page, String key) {
    return in(Path.of(""), page).stream()
        .map(Block::text)
        .filter(text -> text.startsWith(key + ":"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(page + " shows no file with " + key));
  }

  static List<Block> in(Path project, Path page) {
    List<Block> blocks = new ArrayList<>();
    Block open = null;
    int number = 0;
    for (String line : lines(project.resolve(page))) {
      number++;
      Matcher fence = FENCE.matcher(line);
      if (!fence.matches()) {
        if (open != null) {
          open.lines.add(line);
        }
      } else if (open == null) {
        open = new Block(page, number, fence.group(1), fence.group(2).strip(), new ArrayList<>());
      } else {
        blocks.add(open);
        open = null;
      }
    }
    if (open != null) {
      throw new AssertionError(open.place() + " has no end");
    }
    return blocks;
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String place() {
    return page + ":" + line;
  }

  public boolean isCommands() {
    return language.equals("sh");
  }

  /** Whether the commands are to be run by the test of this machine. */
  public boolean isRunHere() {
    return isCommands() && note.isEmpty();
  }

  /** Why not; empty where they are, or where the note says something else. */
  String reason() {
    return note.startsWith(ELSEWHERE) ? note.substring(ELSEWHERE.length()) : "";
  }

  /** The commands, with lines joined that a backslash continues. */
  public List<String> commands() {
    return String.join("\n", lines)
        .replaceAll("\\\\\n\\s*", "")
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .toList();
  }

  public String text() {
    return String.join("\n", lines) + "\n";
  }
}
