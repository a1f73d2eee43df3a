package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sh.retina.WholeMachine;
import sh.retina.bpf.TcAttachment.Direction;
import sh.retina.bpf.TcAttachment.Mode;

@RequiresRoot
@WholeMachine
class TcAttachIT {
  private static final int HANDLE = 0x7E71;
  private static final int PRIORITY = 49_000;

  private final TestNetwork network = new TestNetwork();
  private final int near = network.nearIndex();

  @AfterEach
  void removeNetwork() {
    network.close();
  }

  private static BpfObject emitting() {
    try (BpfSpec spec = BpfObject.open("emitting", TestObjects.elf("emitting"))) {
      return spec.load();
    }
  }

  private TcAttachment at(Direction direction, Mode mode) {
    return new TcAttachment(near, direction, mode, HANDLE, PRIORITY);
  }

  private BpfLink attach(BpfObject object, String program, TcAttachment attachment) {
    return network.near.call(() -> object.program(program).attachTc(attachment));
  }

  private void close(AutoCloseable resource) throws Exception {
    network.near.call(() -> {
      resource.close();
      return true;
    });
  }

  private void ping(int count) {
    network.near("ping", "-c", Integer.toString(count), "-i", "0.05", "10.99.0.2");
  }

  private String filters() {
    return network.near("tc", "filter", "show", "dev", "near0", "ingress")
        + network.near("tc", "filter", "show", "dev", "near0", "egress");
  }

  private String qdiscs() {
    return network.near("tc", "qdisc", "show", "dev", "near0");
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void shouldSeeThePacketsOfBothDirectionsAndLetThemPass(Mode mode) throws Exception {
    assumeTrue(mode != Mode.TCX || KernelFeatures.tcx().isAvailable(), "no tcx in this kernel");
    try (BpfObject object = emitting();
        RingBuffer ring = object.ringBuffer("events")) {
      BpfLink in = attach(object, "on_ingress", at(Direction.INGRESS, mode));
      BpfLink out = attach(object, "on_egress", at(Direction.EGRESS, mode));
      if (mode != Mode.AUTO) {
        assertThat(List.of(in.kind().name(), out.kind().name())).containsOnly(mode.name());
      }

      ping(4);

      assertThat(ring.drain((_, _, _) -> {}, Long.MAX_VALUE)).isGreaterThanOrEqualTo(8);
      close(in);
      close(out);
      // The two hosts say things of their own, such as who their neighbours are.
      ring.drain((_, _, _) -> {}, Long.MAX_VALUE);
      ping(1);
      assertThat(ring.drain((_, _, _) -> {}, Long.MAX_VALUE)).isZero();
      assertThat(qdiscs()).doesNotContain("clsact");
    }
  }

  @Test
  void shouldBeGoneWithItsObject() throws Exception {
    BpfObject object = emitting();
    attach(object, "on_ingress", at(Direction.INGRESS, Mode.CLSACT));
    assertThat(filters()).contains("on_ingress");

    close(object);

    assertThat(filters()).isEmpty();
    assertThat(qdiscs()).doesNotContain("clsact");
  }

  @Test
  void shouldReplaceWhatAKilledProcessLeftInClsact() throws Exception {
    AbandonedAttach.run(network.nearPath(), near, Mode.CLSACT, HANDLE, PRIORITY);
    String left = filters();
    assertThat(left).contains("on_ingress").contains("handle 0x7e71");

    try (BpfObject object = emitting()) {
      BpfLink link = attach(object, "on_ingress", at(Direction.INGRESS, Mode.CLSACT));
      assertThat(filters().lines().filter(line -> line.contains("on_ingress"))).hasSize(1);
      assertThat(filters()).isNotEqualTo(left);
      ping(1);
      assertThat(object.map("counts").sumPerCpu(0)).isPositive();
      close(link);
    }

    assertThat(filters()).isEmpty();
  }

  @Test
  void shouldLeaveNothingBehindWhenAProcessWithATcxLinkIsKilled() {
    assumeTrue(KernelFeatures.tcx().isAvailable(), "no tcx in this kernel");

    AbandonedAttach.run(network.nearPath(), near, Mode.TCX, HANDLE, PRIORITY);

    assertThat(network.near.call(() -> TcxChain.ingress(near))).isEmpty();
    assertThat(filters()).isEmpty();
  }

  @Test
  void shouldNotTouchTheFiltersOfOthers() throws Exception {
    try (BpfObject other = emitting();
        BpfObject object = emitting()) {
      TcAttachment ingress = at(Direction.INGRESS, Mode.CLSACT);
      TcAttachment beside =
          new TcAttachment(near, Direction.INGRESS, Mode.CLSACT, HANDLE, PRIORITY + 1);
      BpfLink theirs = attach(other, "on_egress", ingress);

      assertThatThrownBy(() -> attach(object, "on_ingress", ingress))
          .isInstanceOf(BpfException.class)
          .hasMessageContaining("EEXIST")
          .hasMessageContaining("is held by program on_egress");

      BpfLink ours = attach(object, "on_ingress", beside);
      close(ours);
      assertThat(filters()).contains("on_egress").doesNotContain("on_ingress");
      assertThat(qdiscs()).contains("clsact");
      close(theirs);
    }
  }

  @Test
  void shouldKeepAQdiscThatItDidNotMake() throws Exception {
    network.near("tc", "qdisc", "add", "dev", "near0", "clsact");
    try (BpfObject object = emitting()) {
      close(attach(object, "on_ingress", at(Direction.INGRESS, Mode.CLSACT)));
    }

    assertThat(filters()).isEmpty();
    assertThat(qdiscs()).contains("clsact");
  }

  @Test
  void shouldKeepAQdiscThatOthersUseMeanwhile() throws Exception {
    try (BpfObject object = emitting()) {
      BpfLink link = attach(object, "on_ingress", at(Direction.INGRESS, Mode.CLSACT));
      network.near(
          "tc",
          "filter",
          "add",
          "dev",
          "near0",
          "egress",
          "protocol",
          "all",
          "prio",
          "7",
          "u32",
          "match",
          "u32",
          "0",
          "0");
      close(link);
    }

    assertThat(qdiscs()).contains("clsact");
    assertThat(filters()).contains("u32").doesNotContain("on_ingress");
  }

  @Test
  void shouldNotDetachWhatAnotherProcessPutInItsPlace() throws Exception {
    try (BpfObject first = emitting();
        BpfObject second = emitting()) {
      BpfLink replaced = attach(first, "on_ingress", at(Direction.INGRESS, Mode.CLSACT));
      BpfLink current = attach(second, "on_ingress", at(Direction.INGRESS, Mode.CLSACT));

      close(replaced);

      assertThat(filters()).contains("on_ingress");
      close(current);
      assertThat(filters()).isEmpty();
    }
  }

  @Test
  void shouldRefuseToCloseClsactFromAnotherNamespace() throws Exception {
    try (BpfObject object = emitting()) {
      BpfLink link = attach(object, "on_ingress", at(Direction.INGRESS, Mode.CLSACT));

      assertThatThrownBy(link::close)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("must be closed there");

      close(link);
    }
  }

  @Test
  void shouldCloseQuietlyWhenTheInterfaceIsGone() throws Exception {
    for (Mode mode : Mode.values()) {
      assumeTrue(mode != Mode.TCX || KernelFeatures.tcx().isAvailable(), "no tcx in this kernel");
      try (BpfObject object = emitting()) {
        network.near("ip", "link", "add", "gone0", "type", "bridge");
        int gone = network.near.call(() -> TestNetwork.indexOf("gone0"));
        BpfLink link =
            attach(
                object,
                "on_ingress",
                new TcAttachment(gone, Direction.INGRESS, mode, HANDLE, PRIORITY));
        network.near("ip", "link", "del", "gone0");

        close(link);
      }
    }
  }

  @Test
  void shouldSayThatAnInterfaceDoesNotExist() {
    try (BpfObject object = emitting()) {
      TcAttachment nowhere = new TcAttachment(4242, Direction.INGRESS, Mode.AUTO, HANDLE, PRIORITY);

      assertThatThrownBy(() -> attach(object, "on_ingress", nowhere))
          .hasMessage("attach on_ingress at ingress of interface 4242: ENODEV: no such interface");
    }
  }
}
