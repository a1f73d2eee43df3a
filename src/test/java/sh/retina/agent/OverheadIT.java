package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import sh.retina.WholeMachine;
import sh.retina.guard.OverheadGuard;
import sh.retina.identity.ContextChange;
import sh.retina.identity.ContextCodec;
import sh.retina.journal.JournalReader;
import sh.retina.journal.JournalSource;
import sh.retina.journal.Start;
import sh.retina.pipeline.JournalAccess;

/** The overhead guard against real traffic: down, and up again when it ends. */
@RequiresKernel
@ExtendWith(OutputCaptureExtension.class)
@WholeMachine
class OverheadIT {
  private static final int PACKETS = 20_000;
  private static final long PATIENCE_NS = 60_000_000_000L;

  @TempDir private Path directory;

  @Test
  void shouldStepDownUnderTrafficAndUpAfterIt(CapturedOutput output) {
    try (TestNetwork network = new TestNetwork("ovrhd", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.data-aggregation-level=low",
                "--retina.overhead.cpu-budget=8%",
                "--retina.overhead.memory-budget=0",
                "--retina.overhead.window=200ms")) {
      OverheadGuard guard = agent.bean(OverheadGuard.class);
      PodTraffic traffic = new PodTraffic(network);
      await(() -> guard.rung() == 0 && guard.load().cpuCores() > 0, () -> {});

      int[] sent = {0};
      await(
          () -> guard.rung() > 0,
          () -> {
            traffic.udp("a", network.ip4("b"), 5001, PACKETS, 64);
            sent[0] += PACKETS;
          });
      assertThat(guard.detail().eachPacket()).isFalse();
      await(() -> guard.rung() == 0, () -> LockSupport.parkNanos(100_000_000));

      Map<String, Double> scrape = agent.scrape();
      // Scraping costs too, so it may just have gone down once more.
      assertThat(steps(scrape, "down")).isPositive();
      assertThat(steps(scrape, "up")).isPositive();
      assertThat(output.getErr())
          .contains("overhead step=1 from=0 cause=cpu", "overhead step=0 from=1 cause=cpu");
      List<ContextChange.DetailStepped> journalled = journalled(agent.bean(JournalAccess.class));
      assertThat(journalled.getFirst().step()).isEqualTo(1);
      assertThat(journalled.getFirst().eachPacket()).isFalse();
      assertThat(journalled).anyMatch(step -> step.step() == 0 && step.eachPacket());
      agent.scrapeUntil(Books::balance, () -> "books that balance");
    }
  }

  private static List<ContextChange.DetailStepped> journalled(JournalAccess journal) {
    Steps steps = new Steps(new ArrayList<>());
    try (JournalReader reader = journal.open(new Start.Oldest(), steps)) {
      while (reader.next() != null) {
        assertThat(steps.found()).hasSizeLessThan(1_000);
      }
    }
    return steps.found();
  }

  private record Steps(List<ContextChange.DetailStepped> found) implements JournalReader.Listener {
    @Override
    public void onSource(JournalSource source) {}

    @Override
    public void onContext(byte[] context, boolean isSnapshot) {
      for (ContextChange change : ContextCodec.decode(context)) {
        if (change instanceof ContextChange.DetailStepped stepped) {
          found.add(stepped);
        }
      }
    }

    @Override
    public void onLost(String plugin, long records) {}
  }

  private static double steps(Map<String, Double> scrape, String direction) {
    return RunningAgent.sum(
        scrape, "retina_agent_overhead_steps_total", "direction=\"" + direction + "\"");
  }

  private static void await(BooleanSupplier condition, Runnable meanwhile) {
    long end = System.nanoTime() + PATIENCE_NS;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("patience").isLessThan(end);
      meanwhile.run();
    }
  }
}
