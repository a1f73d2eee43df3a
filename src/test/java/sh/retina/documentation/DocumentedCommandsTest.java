package sh.retina.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Commands, keys and values that pages name exist. {@code DocumentedCommandsIT} runs those that can
 * run here.
 */
class DocumentedCommandsTest {
  private static final Path PROJECT = Path.of("").toAbsolutePath();
  private static final Set<String> LANGUAGES = Set.of("sh", "text", "yaml", "promql");
  private static final Pattern INLINE = Pattern.compile("(?<!`)`([^`\n]+)`(?!`)");

  /** What begins a command within a line of text. */
  private static final Pattern COMMAND =
      Pattern.compile(
          "(sudo )?((bin/\\w[\\w-]*|\\./mvnw|curl|make|kubectl retina|retina)( .*|$)).*");

  private static final Pattern TEST = Pattern.compile("\\b[A-Z]\\w+(IT|Test)\\b");
  private static final Pattern KEY = Pattern.compile("(?:--)?(retina(?:\\.[a-z0-9-]+)+)(=.*)?");
  private static final Pattern VALUE = Pattern.compile("([a-z]\\w*(?:\\.\\w+)+)(=.*)?");

  private final WordCheck check = new WordCheck(PROJECT);

  private record Inline(String place, String text) {}

  private static List<Inline> inline() {
    List<Inline> found = new ArrayList<>();
    for (Path page : Block.pages(PROJECT)) {
      boolean isFenced = false;
      int number = 0;
      for (String line : Block.lines(PROJECT.resolve(page))) {
        number++;
        if (line.startsWith("```")) {
          isFenced = !isFenced;
        } else if (!isFenced) {
          String place = page + ":" + number;
          INLINE
              .matcher(line)
              .results()
              .forEach(match -> found.add(new Inline(place, match.group(1))));
        }
      }
    }
    return found;
  }

  @Test
  void shouldSayOfEachBlockWhatItIs() {
    List<Block> blocks = Block.all(PROJECT);

    assertThat(blocks).filteredOn(Block::isRunHere).hasSizeGreaterThan(5);
    assertThat(blocks)
        .allSatisfy(block -> {
          assertThat(block.language()).as(block.place()).isIn(LANGUAGES);
          assertThat(block.isRunHere() || !block.isCommands() || !block.reason().isEmpty())
              .as("%s: run here, or elsewhere with the reason", block.place())
              .isTrue();
        });
  }

  @Test
  void shouldNameTestsThatThereAre() throws Exception {
    try (Stream<Path> files = Files.walk(PROJECT.resolve("src/test/java"))) {
      Set<String> tests =
          files
              .map(file -> file.getFileName().toString().replaceFirst("\\.java$", ""))
              .collect(Collectors.toSet());
      assertThat(
              Block.all(PROJECT).stream()
                  .flatMap(block -> TEST.matcher(block.reason()).results())
                  .map(MatchResult::group))
          .isNotEmpty()
          .allMatch(tests::contains);
    }
  }

  @Test
  void shouldWriteOnlyCommandsThatThereAre() {
    List<String> faults = new ArrayList<>();
    for (Block block : Block.all(PROJECT)) {
      if (block.isCommands()) {
        block.commands().forEach(line -> collect(block.place(), line, faults));
      }
    }
    for (Inline inline : inline()) {
      if (COMMAND.matcher(inline.text()).matches()) {
        collect(inline.place(), inline.text(), faults);
      }
    }
    assertThat(faults).isEmpty();
  }

  private void collect(String place, String line, List<String> faults) {
    for (List<String> command : Simple.commands(line)) {
      String fault = check.fault(command);
      if (!fault.isEmpty()) {
        faults.add(place + ": " + line + ": " + fault);
      }
    }
  }

  /** Each kind of mistake is seen. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "retina obsrve | obsrve",
        "kubectl retina observe --pods shop/web | --pods",
        "retina explain a b --protocl udp | --protocl",
        "bin/retina agent --retina.nosuch=1 | refuses",
        "retina agent --retina.plugins=nosuch | refuses",
        "retina capture-worker --nosuch=1 | --nosuch",
        "curl localhost:10093/flow | /flow",
        "curl -N 'localhost:10093/flows?last=20&verdct=DROPPED' | verdct",
        "curl -s localhost:10093/metric | /metric",
        "bin/nosuch | no program",
        "bin/bench nosuch | nosuch",
        "sudo bin/bench --rouns 3 | --rouns",
        "bin/kube-apiserver begin DIR | begin",
        "bin/retina demo --fr 30s | --fr",
        "make -C src/main/c nosuch | nosuch"
      })
  void shouldSeeWhatIsWrong(String line, String named) {
    List<String> faults = new ArrayList<>();

    collect("here", line, faults);

    assertThat(faults).singleElement().asString().contains(named);
  }

  @Test
  void shouldNameKeysThatThereAre() {
    Set<String> keys = new TreeSet<>();
    Pattern row = Pattern.compile("\\| `(retina\\.[a-z0-9.-]+)` \\|.*");
    for (String line : Block.lines(PROJECT.resolve("docs/configuration.md"))) {
      row.matcher(line).results().forEach(match -> keys.add(match.group(1)));
    }
    List<String> unknown = new ArrayList<>();
    for (Inline inline : inline()) {
      Pattern.compile("[\\s,;]+")
          .splitAsStream(inline.text())
          .map(KEY::matcher)
          .filter(Matcher::matches)
          .map(match -> match.group(1))
          .filter(key -> !key.matches("retina\\.(sh|foo).*")) // labels; the plugin to be made
          .filter(key -> !keys.contains(key))
          .filter(key -> keys.stream().noneMatch(one -> one.startsWith(key + ".")))
          .forEach(key -> unknown.add(inline.place() + ": " + key));
    }
    assertThat(keys).hasSizeGreaterThan(50);
    assertThat(unknown).isEmpty();
  }

  @Test
  void shouldNameValuesThatTheChartHas() {
    Object schema =
        new Yaml(new SafeConstructor(new LoaderOptions()))
            .load(
                String.join("\n", Block.lines(PROJECT.resolve("helm/retina/values.schema.json"))));
    List<String> named = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (Inline inline : inline()) {
      if (inline.place().startsWith("docs/install.md")) {
        VALUE
            .matcher(inline.text())
            .results()
            .filter(match -> match.end() == inline.text().length() && match.start() == 0)
            .map(match -> match.group(1))
            .filter(name -> !name.matches("config\\..*|.*\\.(yaml|json|crt|key|aot|md)"))
            .peek(named::add)
            .filter(name -> !takes(schema, List.of(name.split("\\."))))
            .forEach(name -> unknown.add(inline.place() + ": " + name));
      }
    }
    assertThat(named).hasSizeGreaterThan(10);
    assertThat(unknown).isEmpty();
  }

  /** What has no properties of its own is handed on to Kubernetes. */
  private static boolean takes(@Nullable Object schema, List<String> path) {
    return path.isEmpty()
        || schema instanceof Map<?, ?> map
            && (!(map.get("properties") instanceof Map<?, ?> properties)
                || takes(properties.get(path.getFirst()), path.subList(1, path.size())));
  }
}
