package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class VerifierLogTest {
  private static final String LOG =
      """
      0: R1=ctx() R10=fp0
      ; __u32 key = skb->len; @ rejected.bpf.c:27
      0: (61) r1 = *(u32 *)(r1 +0)          ; R1_w=scalar()
      1: (63) *(u32 *)(r10 -4) = r1         ; R1_w=scalar() R10=fp0
      ; __u64 *value = bpf_map_lookup_elem(&values, &key); @ rejected.bpf.c:28
      4: (85) call bpf_map_lookup_elem#1    ; R0_w=map_value_or_null(id=1,map=values,ks=4,vs=8)
      ; return *value; @ rejected.bpf.c:30
      5: (61) r0 = *(u32 *)(r0 +0)
      R0 invalid mem access 'map_value_or_null'
      verification time 43 usec
      stack depth 4
      processed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
      """;

  @Test
  void shouldPutTheTellingLineFirst() {
    assertThat(VerifierLog.of(LOG).summary())
        .isEqualTo(
            "R0 invalid mem access 'map_value_or_null' at \"return *value; @ rejected.bpf.c:30\" (8 lines omitted)");
  }

  @Test
  void shouldLookPastRegistersAndInstructionsForTheTellingLine() {
    String log = "unreachable insn 4\n4: (95) exit\nR0=scalar() R10=fp0\n";

    assertThat(VerifierLog.of(log).summary()).isEqualTo("unreachable insn 4 (2 lines omitted)");
  }

  @Test
  void shouldSayNothingAboutAnEmptyLog() {
    assertThat(VerifierLog.of("").summary()).isEmpty();
    assertThat(VerifierLog.of("processed 2 insns (limit 1000000)\n").isEmpty()).isTrue();
  }

  @Test
  void shouldFindTheProgramThatLibbpfNames() {
    assertThat(
            VerifierLog.failedProgram(
                List.of(
                    "prog 'on_bad': BPF program load failed: Permission denied",
                    "prog 'on_bad': failed to load: -13")))
        .isEqualTo("on_bad");
    assertThat(VerifierLog.failedProgram(List.of("map 'x': failed to create"))).isEmpty();
  }
}
