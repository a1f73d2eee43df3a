package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

class KernelSymbolsFuzz {
  private static final long ADDRESS = 0xffffffff81000123L;

  @TempDir private static Path directory;

  static Stream<byte[]> kallsyms() {
    return Stream.of("ffffffff81000100 t ip_rcv\nffffffff81000200 T b\t[mod]\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("kallsyms")
  @FuzzTest
  void shouldNameOrKeepTheNumber(byte[] kallsyms) throws IOException {
    Path file = directory.resolve("kallsyms");
    Files.write(file, kallsyms);

    String name = new KernelSymbols(file).resolve(ADDRESS);

    assertThat(name).isNotEmpty().hasSizeLessThanOrEqualTo(160);
  }
}
