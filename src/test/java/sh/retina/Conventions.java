package sh.retina;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the source tree promises and no compiler sees. Each check lists what breaks it below a
 * project's root.
 */
enum Conventions {
  /**
   * One word everywhere: {@code plugin/foo}, {@code foo.bpf.c}, {@code docs/plugins/foo.md}, and
   * the other way round. A plugin that is no {@code BpfPlugin} has no object.
   */
  A_PLUGIN_IS_COMPLETE(Conventions::incompletePlugins),
  EVERY_PACKAGE_HAS_ITS_SENTENCE(Conventions::packagesWithoutInfo),
  FILES_ARE_SHORT(Conventions::longFiles),
  NO_BINARIES(Conventions::binaries),
  NOTHING_IS_LEFT_FOR_LATER(Conventions::leftForLater),
  THROWABLE_IS_CAUGHT_BY_NATIVE_CALLS_AND_LOOPS_ONLY(Conventions::broadCatches),
  PROGRAMS_ARE_EXECUTABLE(Conventions::notExecutable),

  /** Two JVMs run integration tests, and a network is found by its name on the whole machine. */
  TEST_NETWORKS_ARE_OF_ONE_CLASS(Conventions::sharedNetworks);

  static final int LONGEST_FILE = 400;

  private static final String MAIN = "src/main/java/sh/retina";
  private static final List<String> SOURCES =
      List.of("src", "bin", "docs", ".ci", "mvnw", "pom.xml", "README.md");

  private final Function<Path, List<String>> check;

  Conventions(Function<Path, List<String>> check) {
    this.check = check;
  }

  /** What breaks this convention, as paths relative to the root with the reason. */
  List<String> violations(Path root) {
    return check.apply(root);
  }

  private static List<String> incompletePlugins(Path root) {
    TreeSet<String> names = new TreeSet<>();
    children(root.resolve(MAIN + "/plugin"))
        .filter(Files::isDirectory)
        .forEach(path -> names.add(name(path)));
    children(root.resolve("src/main/c/bpf"))
        .map(Conventions::name)
        .filter(name -> name.endsWith(".bpf.c"))
        .forEach(name -> names.add(name.substring(0, name.length() - ".bpf.c".length())));
    return names.stream()
        .flatMap(name ->
            Stream.concat(
                Stream.of(MAIN + "/plugin/" + name, "docs/plugins/" + name + ".md"),
                hasObject(root, name)
                    ? Stream.of("src/main/c/bpf/" + name + ".bpf.c")
                    : Stream.empty()))
        .filter(path -> !Files.exists(root.resolve(path)))
        .map(path -> path + " is missing")
        .toList();
  }

  private static boolean hasObject(Path root, String plugin) {
    List<Path> sources = files(root, MAIN + "/plugin/" + plugin).toList();
    return sources.isEmpty()
        || sources.stream().anyMatch(path -> text(path).contains("implements BpfPlugin"));
  }

  private static List<String> packagesWithoutInfo(Path root) {
    return files(root, "src/main/java")
        .filter(path -> name(path).endsWith(".java"))
        .map(Conventions::directory)
        .distinct()
        .filter(directory -> !Files.exists(directory.resolve("package-info.java")))
        .map(directory -> root.relativize(directory) + " has no package-info.java")
        .toList();
  }

  private static List<String> longFiles(Path root) {
    List<String> found = new ArrayList<>();
    sources(root)
        .filter(path ->
            // prose, the messages of another's API, and what go writes
            !name(path).matches(".*\\.(md|proto)|go\\.(mod|sum)"))
        .forEach(path -> {
          int lines = text(path).split("\n", -1).length - 1;
          if (lines > LONGEST_FILE && !name(path).equals("pom.xml")) {
            found.add(root.relativize(path) + " has " + lines + " lines");
          }
        });
    return found;
  }

  private static List<String> binaries(Path root) {
    return matching(
        sources(root),
        root,
        path -> name(path).matches(".*\\.(o|a|so|jar|class|zip|gz|elf)"),
        "is a binary: build it instead");
  }

  private static List<String> leftForLater(Path root) {
    String marks = "(?s).*\\b(" + "TO" + "DO|FIX" + "ME|XX" + "X)\\b.*";
    return matching(
        sources(root), root, path -> text(path).matches(marks), "leaves something for later");
  }

  /**
   * A method handle throws Throwable; a loop that must not end counts what it catches. All others
   * name what they expect.
   */
  private static List<String> broadCatches(Path root) {
    return matching(
        files(root, MAIN)
            .filter(path -> !path.startsWith(root.resolve(MAIN + "/bpf")))
            .filter(path -> !name(path).matches(".*(Loop|Reader|Runner)\\.java")),
        root,
        path -> text(path).contains("catch (Throwable"),
        "catches Throwable");
  }

  private static List<String> notExecutable(Path root) {
    return matching(
        Stream.concat(
            files(root, "bin"),
            Stream.of("mvnw", ".ci/run").map(root::resolve).filter(Files::exists)),
        root,
        path -> text(path).startsWith("#!") != Files.isExecutable(path),
        "needs a first line #! and the permission to run, or neither");
  }

  private static List<String> sharedNetworks(Path root) {
    Pattern network = Pattern.compile("new TestNetwork\\(\\s*\"(\\w+)\"");
    Map<String, Path> owners = new HashMap<>();
    List<String> found = new ArrayList<>();
    files(root, "src/test/java")
        .sorted()
        .forEach(path ->
            network
                .matcher(text(path))
                .results()
                .map(match -> match.group(1))
                .distinct()
                .forEach(name -> {
                  Path owner = owners.putIfAbsent(name, path);
                  if (owner != null) {
                    found.add(
                        root.relativize(path)
                            + " has the network '"
                            + name
                            + "' of "
                            + name(owner));
                  }
                }));
    return found;
  }

  private static List<String> matching(
      Stream<Path> paths, Path root, Predicate<Path> wrong, String reason) {
    return paths.filter(wrong).map(path -> root.relativize(path) + " " + reason).sorted().toList();
  }

  private static Stream<Path> sources(Path root) {
    return SOURCES.stream().flatMap(name -> files(root, name));
  }

  private static Stream<Path> files(Path root, String below) {
    Path start = root.resolve(below);
    if (!Files.exists(start)) {
      return Stream.empty();
    }
    try (Stream<Path> paths = Files.walk(start)) {
      return paths
          .filter(Files::isRegularFile)
          .filter(path -> !generated(root.relativize(path)))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean generated(Path path) {
    for (Path part : path) {
      if (part.toString().equals("__pycache__")) {
        return true;
      }
    }
    return false;
  }

  private static Stream<Path> children(Path directory) {
    if (!Files.isDirectory(directory)) {
      return Stream.empty();
    }
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path directory(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static String text(Path path) {
    try {
      return Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
