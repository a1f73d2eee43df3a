package sh.retina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import sh.retina.Command;

/** The plug-in that {@code bin/krew package} makes, and what the original Krew does with it. */
class KrewIT {
  private static final Path SCRIPT =
      Path.of(System.getProperty("build.basedir", ""), "bin/krew").toAbsolutePath();
  private static final long BUILD_SECONDS = 1_200;
  private static final long PATIENCE_SECONDS = 60;
  private static final String URL = "https://releases.test/retina";

  @TempDir private static Path directory;

  private static Path manifest;
  private static Path archive;

  private record Answer(int code, String text) {}

  private static Answer run(long seconds, Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile(directory, "log-", "");
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("no end of " + List.of(words) + ": " + Files.readString(log));
    }
    return new Answer(process.exitValue(), Files.readString(log));
  }

  @BeforeAll
  static void pack() throws Exception {
    String jar = Objects.requireNonNull(System.getProperty("build.jar"));
    Path out = directory.resolve("out");
    Answer made =
        run(
            PATIENCE_SECONDS,
            Map.of("RETINA_JAR", jar),
            SCRIPT.toString(),
            "package",
            out.toString(),
            URL);
    assertThat(made.code()).as(made.text()).isZero();
    manifest = out.resolve("retina.yaml");
    try (var files = Files.list(out)) {
      archive = files.filter(one -> one.toString().endsWith(".tar.gz")).findFirst().orElseThrow();
    }
  }

  private static Object in(Object tree, Object... path) {
    Object at = tree;
    for (Object step : path) {
      at =
          step instanceof Integer index
              ? ((List<?>) at).get(index)
              : Objects.requireNonNull(((Map<?, ?>) at).get(step), "no " + step);
    }
    return at;
  }

  @Test
  void shouldMakeAManifestByTheRulesOfKrewsIndex() throws Exception {
    Object all =
        new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(manifest));

    assertThat(in(all, "apiVersion")).isEqualTo("krew.googlecontainertools.github.com/v1alpha2");
    assertThat(in(all, "kind")).isEqualTo("Plugin");
    assertThat(in(all, "metadata", "name")).isEqualTo("retina");
    assertThat(in(all, "spec", "version").toString()).matches("v\\d+\\.\\d+\\.\\d+");
    assertThat(in(all, "spec", "homepage")).isEqualTo(URL);
    assertThat(in(all, "spec", "shortDescription").toString())
        .matches("[A-Z].{10,49}")
        .doesNotEndWith(".");
    Object platform = in(all, "spec", "platforms", 0);
    assertThat(in(platform, "selector", "matchExpressions", 0, "values"))
        .isEqualTo(List.of("linux", "darwin"));
    assertThat(in(platform, "uri")).isEqualTo(URL + "/" + archive.getFileName());
    assertThat(in(platform, "sha256"))
        .isEqualTo(
            HexFormat.of()
                .formatHex(
                    MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(archive))));
    List<String> packed = Command.run("tar", "-tzf", archive.toString()).lines().toList();
    List<String> named = new ArrayList<>();
    for (Object file : (List<?>) in(platform, "files")) {
      named.add(in(file, "from").toString());
    }
    assertThat(packed).containsExactlyElementsOf(named).contains(in(platform, "bin").toString());
    assertThat(Files.readString(manifest)).doesNotContain("@");
  }

  @Test
  void shouldBeInstalledByKrewAndRun() throws Exception {
    Answer krew = run(BUILD_SECONDS, Map.of(), SCRIPT.toString(), "path");
    Assumptions.assumeTrue(krew.code() == 0, krew.text());
    Map<String, String> root = Map.of("KREW_ROOT", directory.resolve("krew").toString());
    String program = krew.text().strip();
    String from = "--archive=" + archive;

    Path changed = directory.resolve("changed.yaml");
    Files.writeString(
        changed,
        Files.readString(manifest).replaceFirst("\"[0-9a-f]{64}\"", "\"" + "0".repeat(64) + "\""));
    assertThat(run(PATIENCE_SECONDS, root, program, "install", "--manifest=" + changed, from))
        .satisfies(refused -> assertThat(refused.code()).isNotZero())
        .satisfies(refused -> assertThat(refused.text()).contains("checksum does not match"));

    Answer installed =
        run(PATIENCE_SECONDS, root, program, "install", "--manifest=" + manifest, from);
    assertThat(installed.code()).as(installed.text()).isZero();

    String plugin = directory.resolve("krew/bin/kubectl-retina").toString();
    Map<String, String> java = Map.of("JAVA_HOME", System.getProperty("java.home"));
    assertThat(run(PATIENCE_SECONDS, java, plugin, "version"))
        .satisfies(said -> assertThat(said.text()).startsWith("retina "))
        .satisfies(said -> assertThat(said.code()).isZero());
    assertThat(run(PATIENCE_SECONDS, java, plugin, "nosuch").code()).isEqualTo(2);
    assertThat(run(PATIENCE_SECONDS, Map.of("JAVA_HOME", "/nosuch"), plugin, "version"))
        .isEqualTo(
            new Answer(2, "retina: no Java found: install one from 25 on, or set JAVA_HOME\n"));
  }
}
