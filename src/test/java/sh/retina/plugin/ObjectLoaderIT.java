package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import sh.retina.WholeMachine;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.BpfLink;
import sh.retina.bpf.BpfProgram;
import sh.retina.bpf.KernelFeatures;
import sh.retina.plugin.AttachPoint.Kernel;

@EnabledIf("canLoad")
@WholeMachine
class ObjectLoaderIT {
  static boolean canLoad() {
    return KernelFeatures.capabilities().contains(KernelFeatures.Capability.BPF)
        && KernelFeatures.capabilities().contains(KernelFeatures.Capability.PERFMON);
  }

  @Test
  void shouldTakeTheFirstWayThatLoadsAndAttaches() throws IOException {
    Kernel hook =
        Kernel.of("sched_switch", "on_unknown", "on_rejected", "on_unattachable", "on_switch");

    ObjectLoader.Loaded loaded = loader(hook).load();

    try (var object = loaded.object()) {
      assertThat(loaded.missing()).isEmpty();
      assertThat(loaded.hooks())
          .extracting(BpfLink::where)
          .containsExactly("on_switch at raw_tp/sched_switch");
      assertThat(object.programs()).extracting(BpfProgram::name).containsExactly("on_switch");
    }
  }

  @Test
  void shouldDoWithoutAHookThatCannotBeHadAndSayWhy() throws IOException {
    ObjectLoader.Loaded loaded =
        loader(
                Kernel.of("first", "on_unknown", "on_unattachable"),
                Kernel.of("second", "on_rejected"),
                Kernel.of("third", "on_switch"))
            .load();

    try (var _ = loaded.object()) {
      assertThat(loaded.hooks()).hasSize(1);
      assertThat(loaded.missing()).containsOnlyKeys("first", "second");
      assertThat(loaded.missing().get("first"))
          .contains("on_unknown", "no_such_hook", "; else attach on_unattachable");
      assertThat(loaded.missing().get("second")).contains("on_rejected", "EACCES");
    }
  }

  @Test
  void shouldNotAttachHalfAWay() throws IOException {
    Kernel pair =
        new Kernel("pair", List.of(List.of("on_switch", "on_unattachable"), List.of("on_switch")));

    ObjectLoader.Loaded loaded = loader(pair).load();

    try (var object = loaded.object()) {
      assertThat(loaded.hooks()).hasSize(1);
      assertThat(object.programs()).extracting(BpfProgram::name).containsExactly("on_switch");
    }
  }

  @Test
  void shouldFailWhenNoHookCanBeHad() throws IOException {
    ObjectLoader several =
        loader(Kernel.of("first", "on_unknown"), Kernel.of("second", "on_unattachable"));
    ObjectLoader one = loader(Kernel.of("first", "on_unattachable"));

    assertThatThrownBy(several::load)
        .isInstanceOf(BpfException.class)
        .hasMessageContainingAll("attach ways to any hook", "first: ", "; second: ");
    assertThatThrownBy(one::load)
        .isInstanceOf(BpfException.class)
        .hasMessageStartingWith("attach on_unattachable at raw_tp/no_such_hook: ENOENT");
  }

  private static ObjectLoader loader(Kernel... hooks) throws IOException {
    ObjectSpec spec = new ObjectSpec("ways", null, Map.of(), Map.of(), Map.of(), List.of(hooks));
    try (InputStream in =
        Objects.requireNonNull(ObjectLoaderIT.class.getResourceAsStream("/bpf/ways.bpf.o"))) {
      return new ObjectLoader(spec, in.readAllBytes());
    }
  }
}
