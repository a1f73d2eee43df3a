package sh.retina.agent;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

class ContextFileFuzz {
  @TempDir private static Path directory;

  static Stream<byte[]> files() {
    return Stream.of(
            "endpoints:\n- {kind: pod, namespace: a, name: b, workload: {kind: D, name: d}, node: n,"
                + " labels: {x: y}, ips: [10.0.0.1, '::1'], cgroups: [7]}\n",
            "endpoints: [{kind: node, name: &a n, zone: *a}]\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @DictionaryEntries({"endpoints:", "kind: service", "labels: ", "&a ", "*a", "!!", "<<: ", "? "})
  @MethodSource("files")
  @FuzzTest
  void shouldReadOrSayWhatIsWrong(byte[] yaml) throws IOException {
    Path file = directory.resolve("context.yaml");
    Files.write(file, yaml);
    try {
      ContextFile.read(file);
    } catch (IllegalArgumentException e) {
      if (!String.valueOf(e.getMessage()).startsWith("retina.context.file: ")) {
        throw new AssertionError("does not name the key: " + e.getMessage(), e);
      }
    }
  }
}
