package sh.retina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The page of the command line and what {@code --help} says are about the same commands. */
class CliPageTest {
  private static final Path PAGE = Path.of("docs/cli.md");
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9-]+");

  private static void collect(CommandLine command, Set<String> names, Set<String> options) {
    options.addAll(command.getCommandSpec().optionsMap().keySet());
    for (CommandLine one : Set.copyOf(command.getSubcommands().values())) {
      if (!one.getCommandSpec().usageMessage().hidden()) {
        names.add(one.getCommandName());
      }
      collect(one, names, options);
    }
  }

  @Test
  void shouldNameEachCommandAndOnlyOptionsThatThereAre() throws IOException {
    String page = Files.readString(PAGE);
    Set<String> names = new TreeSet<>();
    Set<String> options = new TreeSet<>();
    collect(Cli.commands(""), names, options);
    names.remove("help");

    assertThat(names).hasSizeGreaterThan(10).allMatch(name -> page.contains("`" + name));
    String ours = page.replaceAll("(?m)^kubectl (?!retina).*", "");
    List<String> named = OPTION.matcher(ours).results().map(MatchResult::group).toList();
    assertThat(named).hasSizeGreaterThan(20);
    assertThat(options)
        .containsAll(named.stream().filter(option -> !option.endsWith("-")).toList());
  }

  @Test
  void shouldShowAnExampleForEachCommandThatAPersonUses() {
    for (String name :
        List.of("status", "observe", "explain", "top", "trace", "shell", "cardinality")) {
      Said said = Said.of(name, "--help");

      assertThat(said.exitCode()).isZero();
      assertThat(said.output()).contains("Example").contains("kubectl retina " + name);
    }
  }
}
