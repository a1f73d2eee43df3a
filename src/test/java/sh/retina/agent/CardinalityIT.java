package sh.retina.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.cli.Cli;

/** What a running agent's labels cost, on the command line. */
@RequiresKernel
@WholeMachine
class CardinalityIT {
  @Test
  void shouldSayWhatEachLabelCosts(@TempDir Path directory) {
    try (TestNetwork network = new TestNetwork("cost", "a", "b", "c").settled();
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=packetparser",
                "--retina.pod-level.labels=namespace+podname")) {
      PodTraffic traffic = new PodTraffic(network);
      traffic.udp("a", network.ip4("b"), 5001, 10, 100);
      traffic.udp("c", network.ip4("b"), 5001, 10, 100);
      String sent = "retina_pod_packets_forwarded_total";
      agent.scrapeUntil(
          s ->
              RunningAgent.sum(s, sent, "podname=\"a\"") >= 10
                  && RunningAgent.sum(s, sent, "podname=\"b\"") >= 20
                  && RunningAgent.sum(s, sent, "podname=\"c\"") >= 10,
          () -> "packets of three pods");

      String said = cardinality(agent, "--metric", "forwarded");

      assertThat(said.lines())
          .anyMatch(
              line -> line.matches("all +forwarded +\\d+ +podname +[3-9] +\\d+ +[4-9]\\d% .*"));
      assertThat(said.lines().filter(line -> line.startsWith("all ")).findFirst().orElseThrow())
          .as("the costliest label")
          .contains(" podname ");
    }
  }

  private static String cardinality(RunningAgent agent, String... words) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    PrintStream real = System.out;
    System.setOut(new PrintStream(output, true, UTF_8));
    try {
      String[] all = new String[words.length + 3];
      System.arraycopy(words, 0, all, 3, words.length);
      all[0] = "cardinality";
      all[1] = "--agent";
      all[2] = "http://127.0.0.1:" + agent.port();
      assertThat(Cli.execute(all)).isZero();
    } finally {
      System.setOut(real);
    }
    return output.toString(UTF_8);
  }
}
