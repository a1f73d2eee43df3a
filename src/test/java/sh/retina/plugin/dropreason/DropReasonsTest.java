package sh.retina.plugin.dropreason;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import sh.retina.bpf.KernelBtf;

class DropReasonsTest {
  @Test
  void shouldNameReasonsOfTheCoreAndOfSubsystems() {
    DropReasons reasons =
        DropReasons.parse(text("2 NOT_SPECIFIED\n3 NO_SOCKET\n131073 LAST_ACTION\n"));

    assertThat(reasons.name(3)).isEqualTo("NO_SOCKET");
    assertThat(reasons.name(2 << 16 | 1)).isEqualTo("LAST_ACTION");
    assertThat(reasons.name(77)).isEqualTo("77");
    assertThat(reasons.name(-1)).isEqualTo("4294967295");
    assertThat(reasons.numbers(List.of("LAST_ACTION", "NO_SOCKET", "UNHEARD_OF")))
        .containsExactly(3, 131_073);
  }

  @Test
  void shouldSurviveTheJournalAndLinesThatAreNoReasons() {
    DropReasons reasons =
        DropReasons.parse(text("3 NO_SOCKET\nnonsense\n\n99999999999 TOO_LONG\n-5 NEGATIVE\n"));

    assertThat(new String(reasons.toBytes(), StandardCharsets.UTF_8))
        .isEqualTo("-5 NEGATIVE\n3 NO_SOCKET\n");
  }

  @Test
  void shouldReadTheRunningKernelsOwnNames() {
    assumeTrue(KernelBtf.ofRunningKernel().isPresent(), "this kernel has no BTF");

    DropReasons reasons = DropReasons.ofKernel(KernelBtf.ofRunningKernel());

    assertThat(reasons.numbers(List.of("NOT_SPECIFIED", "NO_SOCKET", "NETFILTER_DROP"))).hasSize(3);
    assertThat(reasons.name(1)).isEqualTo("CONSUMED");
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
