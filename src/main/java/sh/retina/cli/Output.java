package sh.retina.cli;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** The forms in which every command prints what it found. */
public final class Output {
  /** For a person, the same with more columns and nothing cut, or for programs. */
  public enum Format {
    TABLE,
    WIDE,
    JSON,
    YAML
  }

  /** Makes the table; {@code isWide}: with all columns. */
  @FunctionalInterface
  public interface Tabular {
    Table of(boolean isWide);
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table, wide, json or yaml. Default: table.")
  private Format format = Format.TABLE;

  /** Whether a person reads it. */
  public boolean isTable() {
    return format == Format.TABLE || format == Format.WIDE;
  }

  boolean isWide() {
    return format == Format.WIDE;
  }

  /** {@code data}: the same as the table for programs, records and collections. */
  public void print(Object data, Tabular table) {
    if (isTable()) {
      Console.answer(table.of(isWide()), isWide());
    } else {
      print(data);
    }
  }

  /** For programs only. */
  public void print(Object data) {
    Console.answer(text(format, data));
  }

  /** Of {@link Format#JSON} or {@link Format#YAML}. */
  public static String text(Format format, Object data) {
    JsonMapper json = JsonMapper.shared();
    return format == Format.YAML
        ? Serialization.asYaml(json.convertValue(data, Object.class))
            .replaceFirst("^---\\R", "")
            .stripTrailing()
        : json.writerWithDefaultPrettyPrinter().writeValueAsString(data);
  }

  /**
   * For a role that takes settings beside: removes {@code -o FORMAT} from its words.
   *
   * @return null where there is none
   * @throws CliException when it is none of these
   */
  public static @Nullable Format taken(List<String> words) {
    Predicate<String> isOption = word -> word.equals("-o") || word.equals("--output");
    int at = words.stream().filter(isOption).findFirst().map(words::indexOf).orElse(-1);
    if (at < 0) {
      return null;
    }
    words.remove(at);
    String name = at < words.size() ? words.remove(at) : "";
    for (Format one : Format.values()) {
      if (one.name().toLowerCase(Locale.ROOT).equals(name)) {
        return one;
      }
    }
    throw CliException.usage("-o " + name + ": is table, wide, json or yaml");
  }
}
