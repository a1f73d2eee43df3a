package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sh.retina.bpf.Btf;
import sh.retina.bpf.KernelFeatures;
import sh.retina.plugin.AttachPoint;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.Preflight;
import sh.retina.plugin.RingSpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What works on this kernel is told before anything is attached. */
@RequiresKernel
class PreflightIT {
  /** A plugin made of src/test/c/bpf. */
  private record TestPlugin(String object, List<AttachPoint> attachPoints, String wants)
      implements BpfPlugin {
    @Override
    public String name() {
      return object;
    }

    @Override
    public ObjectSpec spec() {
      return new ObjectSpec(
          object,
          new RingSpec("pulse_events", "pulse_stats", "pulse_stat", "pulse_sweep", "pulse_flush"),
          Map.of(),
          Map.of(),
          Map.of(),
          attachPoints);
    }

    @Override
    public List<java.util.function.Supplier<KernelFeatures.Feature>> requirements() {
      return wants.isEmpty() ? List.of() : List.of(() -> KernelFeatures.tracepointByBtf(wants));
    }

    @Override
    public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
      return (_, _, _) -> true;
    }
  }

  @Test
  void shouldTellWhichProgramTheVerifierRefusesAndWhy() {
    Preflight.Answer answer = Preflight.check(new TestPlugin("rejected", List.of(), ""));

    assertThat(answer.verdict()).isEqualTo(Preflight.Verdict.FAILS);
    assertThat(answer.reasons()).anyMatch(reason -> reason.contains("on_bad"));
    assertThat(answer.programs()).anyMatch(program -> !program.loads());
  }

  @Test
  void shouldTellWhatTheKernelLacks() {
    Preflight.Answer answer =
        Preflight.check(new TestPlugin("unhooked", List.of(), "no_such_hook"));

    assertThat(answer.verdict()).isEqualTo(Preflight.Verdict.UNSUPPORTED);
    assertThat(answer.reasons().getFirst())
        .isEqualTo("tp_btf/no_such_hook: the kernel has no such tracepoint");
  }

  @Test
  void shouldAnswerForEveryPluginInTheTerminal() throws IOException, InterruptedException {
    Process process = run("-o", "json", "--retina.plugins=packetparser,dropreason");
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(answer).isZero();
    JsonNode json = JsonMapper.shared().readTree(answer);
    assertThat(json.get("enabled").toString()).isEqualTo("[\"dropreason\",\"packetparser\"]");
    List<String> names = new ArrayList<>();
    for (JsonNode plugin : json.get("plugins")) {
      names.add(plugin.get("plugin").asString());
      if (plugin.get("plugin").asString().equals("packetparser")) {
        assertThat(plugin.get("verdict").asString()).isEqualTo("WORKS");
        assertThat(plugin.get("programs").size()).isGreaterThan(3);
      }
    }
    assertThat(names).contains("packetparser", "dropreason");
  }

  @Test
  void shouldRefuseWhatIsNoConfiguration() throws IOException, InterruptedException {
    Process process = run("--retina.plugins=nope");

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(2);
    assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("retina.plugins: 'nope' is no plugin; there are ");
  }

  private static Process run(String... arguments) throws IOException {
    List<String> command = Program.command("preflight");
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).start();
  }
}
