package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sh.retina.bpf.KernelFeatures.Capability;

class KernelFeaturesTest {
  @Test
  void shouldReadTheEffectiveCapabilities() {
    String status = "Name:\tjava\nCapPrm:\tffffffffffffffff\nCapEff:\t000000c000003000\n";

    assertThat(KernelFeatures.capabilities(status))
        .containsExactlyInAnyOrder(
            Capability.NET_ADMIN, Capability.NET_RAW, Capability.PERFMON, Capability.BPF);
    assertThat(KernelFeatures.capabilities("Name:\tjava\n")).isEmpty();
  }
}
