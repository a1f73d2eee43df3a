package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CStructTest {
  @Test
  void shouldAlignFieldsAndTheEnd() {
    CStruct struct = CStruct.of("u8 flag; u32 number; u8 name[3]; ptr next; u16 last");

    assertThat(struct.offset("flag")).isZero();
    assertThat(struct.offset("number")).isEqualTo(4);
    assertThat(struct.offset("name")).isEqualTo(8);
    assertThat(struct.offset("next")).isEqualTo(16);
    assertThat(struct.offset("last")).isEqualTo(24);
    assertThat(struct.sizeBytes()).isEqualTo(32);
  }

  @Test
  void shouldAgreeWithTheSizesThatLinuxDeclares() {
    assertThat(BpfSyscall.PROG_INFO.offset("run_time_ns")).isEqualTo(192);
    assertThat(BpfSyscall.PROG_INFO.sizeBytes()).isEqualTo(232);
    assertThat(BpfSyscall.MAP_INFO.sizeBytes()).isEqualTo(88);
    assertThat(LibbpfTc.OPTS.sizeBytes()).isEqualTo(32);
  }

  @Test
  void shouldSayWhatItCannotRead() {
    assertThatThrownBy(() -> CStruct.of("long x")).hasMessage("unknown type long");
    assertThatThrownBy(() -> CStruct.of("u32 x").offset("y")).hasMessageContaining("[x]");
  }
}
