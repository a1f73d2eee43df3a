package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelSymbolsTest {
  @TempDir private Path directory;

  private KernelSymbols symbols(String kallsyms) throws IOException {
    Path file = directory.resolve("kallsyms");
    Files.writeString(file, kallsyms);
    return new KernelSymbols(file);
  }

  @Test
  void shouldNameTheFunctionAndTheOffsetInIt() throws IOException {
    KernelSymbols symbols =
        symbols(
            """
            ffffffff81000000 T _stext
            ffffffff81000100 t ip_rcv
            ffffffff81000180 D some_data
            ffffffff81000200 T tcp_v4_rcv
            ffffffffc0000000 t nft_do_chain	[nf_tables]
            """);

    assertThat(symbols.resolve(0xffffffff81000123L)).isEqualTo("ip_rcv+0x23");
    assertThat(symbols.resolve(0xffffffff81000190L)).isEqualTo("ip_rcv+0x90");
    assertThat(symbols.resolve(0xffffffff81000200L)).isEqualTo("tcp_v4_rcv");
    assertThat(symbols.resolve(0xffffffffc0000010L)).isEqualTo("nft_do_chain+0x10");
    assertThat(symbols.problem()).isEmpty();
  }

  @Test
  void shouldResolveManyAtOnceAlsoTwoInTheSameFunction() throws IOException {
    KernelSymbols symbols =
        symbols("ffffffffc0000000 t module_code\nffffffff81000100 t a\nffffffff81000200 t b\n");

    assertThat(
            symbols.resolve(
                new long[] {
                  0xffffffff81000204L, 0xffffffff81000101L, 0xffffffff81000102L, 0xffffffffc0000001L
                }))
        .containsEntry(0xffffffff81000101L, "a+0x1")
        .containsEntry(0xffffffff81000102L, "a+0x2")
        .containsEntry(0xffffffff81000204L, "b+0x4")
        .containsEntry(0xffffffffc0000001L, "module_code+0x1");
  }

  @Test
  void shouldLeaveAnAddressThatNoSymbolCoversANumber() throws IOException {
    KernelSymbols symbols = symbols("ffffffff81000100 t ip_rcv\n");

    assertThat(symbols.resolve(0x1000)).isEqualTo("0x1000");
    assertThat(symbols.resolve(0xffffffffc0000000L)).isEqualTo("0xffffffffc0000000");
  }

  @Test
  void shouldRememberWhatItResolved() throws IOException {
    KernelSymbols symbols = symbols("ffffffff81000100 t ip_rcv\n");
    symbols.resolve(0xffffffff81000101L);
    Files.delete(directory.resolve("kallsyms"));

    assertThat(symbols.resolve(0xffffffff81000101L)).isEqualTo("ip_rcv+0x1");
  }

  @Test
  void shouldSayThatTheKernelHidesItsAddresses() throws IOException {
    KernelSymbols symbols = symbols("0000000000000000 t ip_rcv\n");

    assertThat(symbols.resolve(0xffffffff81000101L)).isEqualTo("0xffffffff81000101");
    assertThat(symbols.problem()).hasValueSatisfying(p -> assertThat(p).contains("kptr_restrict"));
  }
}
