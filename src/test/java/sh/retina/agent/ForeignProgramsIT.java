package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.bpf.BpfLink;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfProgram;
import sh.retina.bpf.BpfSpec;
import sh.retina.bpf.KernelFeatures;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.bpf.TcAttachment;
import sh.retina.bpf.TcAttachment.Mode;
import sh.retina.bpf.TcxChain;

/**
 * Programs of others at an interface, attached before and after ours, stay as they were, in their
 * order, through our start, stop, kill and restart, and see every packet.
 */
@RequiresKernel
@WholeMachine
class ForeignProgramsIT {
  private static final String OURS = "on_pod_tx";
  private static final int HANDLE = 7;
  private static final int BEFORE = 100;
  private static final int AFTER = 50_000;

  @TempDir private Path directory;

  /** What others have at the ingress of v-a. */
  private record Others(
      TestNetwork network, NetworkNamespace space, BpfObject object, Mode mode, int index) {
    BpfLink attach(String program, int priority) {
      BpfProgram theirs = object.program(program);
      return space.call(() ->
          theirs.attachTc(
              new TcAttachment(index, TcAttachment.Direction.INGRESS, mode, HANDLE, priority)));
    }

    List<String> all() {
      return mode == Mode.TCX
          ? space.call(() -> TcxChain.ingress(index))
          : network
              .inside("node", "tc", "filter", "show", "dev", "v-a", "ingress")
              .lines()
              .filter(line -> line.contains(" id "))
              .toList();
    }

    List<String> theirs() {
      return all().stream().filter(entry -> !entry.contains(OURS)).collect(Collectors.toList());
    }

    boolean withOurs() {
      return all().size() > theirs().size();
    }

    long seen() {
      return object.map("counts").sumPerCpu(0);
    }
  }

  @Test
  void shouldLeaveTcxLinksOfOthersAlone() throws IOException {
    assumeTrue(KernelFeatures.tcx().isAvailable(), "no tcx in this kernel");
    shouldLeaveAlone(Mode.TCX);
  }

  @Test
  void shouldLeaveClsactFiltersOfOthersAlone() throws IOException {
    shouldLeaveAlone(Mode.CLSACT);
  }

  private void shouldLeaveAlone(Mode mode) throws IOException {
    String attach = mode == Mode.TCX ? "tcx" : "clsact";
    try (TestNetwork network = new TestNetwork("foreign", "a", "b");
        NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace());
        BpfSpec spec = BpfObject.open("emitting", elf());
        BpfObject object = spec.load()) {
      int index =
          Integer.parseInt(
              network.inside("node", "ip", "-o", "link", "show", "v-a").split(":", 2)[0]);
      Others others = new Others(network, space, object, mode, index);
      AgentSettings settings = new AgentSettings(directory, network);
      String[] words =
          settings.with(
              "--retina.network-namespace=" + network.nodeNamespace(),
              "--retina.tc-attach=" + attach);
      BpfLink before = others.attach("on_ingress", BEFORE);
      List<String> alone = others.theirs();
      assertThat(alone).hasSize(1);

      BpfLink after;
      try (AgentProcess agent = new AgentProcess(List.of(), settings.port(), words).awaitReady()) {
        assertThat(others.withOurs()).isTrue();
        assertThat(others.theirs()).isEqualTo(alone);
        after = others.attach("on_egress", AFTER);
        List<String> both = others.theirs();
        assertThat(both).hasSize(2);
        long seen = others.seen();

        new PodTraffic(network).udp("a", network.ip4("b"), 5001, 100, 100);

        // Each of the two saw each packet, with ours between them.
        assertThat(others.seen() - seen).isGreaterThanOrEqualTo(200);
        String pod = "retina_pod_packets_forwarded_total{direction=\"egress\"";
        agent.await("our count", () -> agent.metric(pod) >= 100);
        agent.kill().exitCode();
        assertThat(others.theirs()).isEqualTo(both);
      }
      List<String> both = others.theirs();
      try (AgentProcess agent = new AgentProcess(List.of(), settings.port(), words).awaitReady()) {
        assertThat(others.withOurs()).isTrue();
        assertThat(others.theirs()).isEqualTo(both);
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
      assertThat(others.withOurs()).isFalse();
      assertThat(others.theirs()).isEqualTo(both);
      close(space, after);
      close(space, before);
    }
  }

  private static void close(NetworkNamespace space, BpfLink link) {
    space.call(() -> {
      link.close();
      return link;
    });
  }

  private static byte[] elf() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            ForeignProgramsIT.class.getResourceAsStream("/bpf/emitting.bpf.o"))) {
      return in.readAllBytes();
    }
  }
}
