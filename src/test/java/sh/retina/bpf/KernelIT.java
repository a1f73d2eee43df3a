package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;
import sh.retina.bpf.KernelFeatures.Capability;
import sh.retina.bpf.KernelFeatures.MapType;
import sh.retina.bpf.KernelFeatures.ProgramType;

@RequiresRoot
@WholeMachine
class KernelIT {
  private static final int BPF_FUNC_RINGBUF_RESERVE = 131;
  private static final int NO_SUCH_HELPER = 5000;

  @Test
  void shouldFindWhatEveryKernelThatWeSupportHas() {
    assertThat(
            List.of(
                KernelFeatures.programType(ProgramType.SCHED_CLS),
                KernelFeatures.programType(ProgramType.SOCKET_FILTER),
                KernelFeatures.programType(ProgramType.CGROUP_SKB),
                KernelFeatures.programType(ProgramType.RAW_TRACEPOINT),
                KernelFeatures.mapType(MapType.RINGBUF),
                KernelFeatures.mapType(MapType.LRU_PERCPU_HASH),
                KernelFeatures.helper(ProgramType.SCHED_CLS, BPF_FUNC_RINGBUF_RESERVE),
                KernelFeatures.capability(Capability.BPF)))
        .allSatisfy(feature -> assertThat(feature.isAvailable()).as(feature.toString()).isTrue());
  }

  @Test
  void shouldFindTracepointsByTheirTypes() {
    assumeTrue(KernelBtf.ofRunningKernel().isPresent(), "this kernel has no BTF");

    assertThat(KernelFeatures.tracepointByBtf("kfree_skb"))
        .isEqualTo(new KernelFeatures.Feature("tp_btf/kfree_skb", true, "the kernel accepts it"));
    assertThat(KernelFeatures.tracepointByBtf("no_such").reason())
        .isEqualTo("the kernel has no such tracepoint");
  }

  @Test
  void shouldGiveAReasonForWhatIsNotThere() {
    KernelFeatures.Feature helper = KernelFeatures.helper(ProgramType.SCHED_CLS, NO_SUCH_HELPER);

    assertThat(helper.isAvailable()).isFalse();
    assertThat(helper.reason()).isNotEmpty();
    assertThat(KernelFeatures.tcx().reason()).isNotEmpty();
  }

  @Test
  void shouldReadTheDropReasonsOfTheRunningKernel() {
    assumeTrue(KernelBtf.ofRunningKernel().isPresent(), "this kernel has no BTF");

    BtfEnum reasons = KernelBtf.ofRunningKernel().findEnum("skb_drop_reason").orElseThrow();

    assertThat(reasons.values()).containsEntry("SKB_NOT_DROPPED_YET", 0L);
    assertThat(reasons.valueOf("SKB_DROP_REASON_NO_SOCKET")).isPresent();
    assertThat(KernelBtf.ofRunningKernel().findEnum("no_such_enum_anywhere")).isEmpty();
  }

  @Test
  void shouldBindStructsOfTheRunningKernel() {
    assumeTrue(KernelBtf.ofRunningKernel().isPresent(), "this kernel has no BTF");
    BpfStruct device = KernelBtf.ofRunningKernel().vmlinux().orElseThrow().struct("net_device");

    assertThat(device.bytes("name", 16).offset()).isNotNegative();
    assertThat(device.fields()).contains("ifindex");
  }

  @Test
  void shouldNameAFunctionOfTheRunningKernel() throws Exception {
    String line;
    try (var lines = Files.lines(Path.of("/proc/kallsyms"))) {
      line = lines.filter(l -> l.endsWith(" T kfree_skb_list_reason")).findFirst().orElse("0 T");
    }
    long address = Long.parseUnsignedLong(line.substring(0, line.indexOf(' ')), 16);
    assumeTrue(address != 0, "this kernel hides its addresses or has no such function");

    assertThat(KernelSymbols.ofRunningKernel().resolve(address + 1))
        .isEqualTo("kfree_skb_list_reason+0x1");
  }
}
