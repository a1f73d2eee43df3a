package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Held against the running kernel's own BTF, which needs no root. */
@EnabledIf("hasBtf")
class KernelSignatureTest {
  private static final Btf OBJECT = Btf.ofObject(TestObjects.elf("ways"));
  private static final Btf KERNEL = KernelBtf.ofRunningKernel().vmlinux().orElse(OBJECT);

  static boolean hasBtf() {
    return KernelBtf.ofRunningKernel().isPresent();
  }

  @Test
  void shouldAcceptAFunctionThatTakesMoreThanTheProgramReads() {
    assertThat(KernelSignature.mismatch(OBJECT, "nf_hook_slow", KERNEL)).isEmpty();
  }

  @Test
  void shouldTellWhatAFunctionIsAndWhatTheProgramWants() {
    assertThat(KernelSignature.mismatch(OBJECT, "tcp_v4_connect", KERNEL))
        .startsWith("tcp_v4_connect is int(sock *, ")
        .endsWith(" in this kernel, not int(sk_buff *, void *, int)");
  }

  @Test
  void shouldAcceptOneOfSeveralSignatures() {
    assertThat(KernelSignature.mismatch(OBJECT, "tcp_v6_connect", KERNEL)).isEmpty();
  }

  @Test
  void shouldAcceptAFunctionOfWhichNothingIsExpected() {
    assertThat(KernelSignature.mismatch(OBJECT, "tcp_close", KERNEL)).isEmpty();
  }

  @Test
  void shouldMissAFunctionThatTheKernelDoesNotHave() {
    assertThat(KernelSignature.mismatch(OBJECT, "no_such_function", KERNEL))
        .isEqualTo("the kernel's BTF has no function no_such_function");
  }
}
