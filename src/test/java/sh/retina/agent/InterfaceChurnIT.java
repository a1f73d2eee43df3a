package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.WholeMachine;
import sh.retina.bpf.LoadedPrograms;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.PluginStatus;

/**
 * Interfaces that come and go at 50 a second, each deleted while we are attached or about to be:
 * the others are watched, nothing is left behind. {@code -Dretina.churn=N} for more than 250.
 */
@RequiresKernel
@WholeMachine
class InterfaceChurnIT {
  private static final int COUNT = Integer.getInteger("retina.churn", 250);
  private static final String SENT = "retina_pod_packets_forwarded_total";

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"tcx", "clsact"})
  void shouldWatchWhatStaysAndLeakNothing(String attach) {
    try (TestNetwork network = new TestNetwork("churn", "a", "b");
        RunningAgent agent = new RunningAgent(directory, network, "--retina.tc-attach=" + attach)) {
      PluginManager manager = agent.bean(PluginManager.class);
      PodTraffic traffic = new PodTraffic(network);
      churn(network, 20); // what is made once is there
      awaitLinks(manager, 2);
      long descriptors = descriptors();
      Set<Integer> programs = programs();
      assertThat(programs).hasSize(1);
      long failures = manager.failures("packetparser");

      long startedNs = System.nanoTime();
      long cpuNs = ProcessCpu.ns();
      churn(network, COUNT);
      double cores = (ProcessCpu.ns() - cpuNs) / (double) (System.nanoTime() - startedNs);

      awaitLinks(manager, 2);
      assertThat(manager.statuses().get("packetparser")).isEqualTo(new PluginStatus.Running());
      assertThat(manager.failures("packetparser")).isEqualTo(failures);
      assertThat(programs()).isEqualTo(programs);
      // A client's connection may have come or gone meanwhile; a leak would be one for each.
      assertThat(descriptors()).isLessThan(descriptors + 10);
      assertThat(cores).as("of a core, tests and all").isLessThan(0.5);

      // The manager's thread lives: a pod that comes now is watched and named.
      network.addPod("c");
      awaitLinks(manager, 3);
      traffic.udp("c", network.ip4("b"), 5001, 100, 100);
      Map<String, Double> scrape =
          agent.scrapeUntil(
              s -> RunningAgent.sum(s, SENT, "direction=\"ingress\"", "podname=\"b\"") >= 100,
              () -> "the packets of the new pod");
      assertThat(RunningAgent.sum(scrape, SENT, "direction=\"ingress\"", "podname=\"b\""))
          .isEqualTo(100);
      assertThat(agent.get("/flows?last=200&to-port=5001")).contains("\"v-c\"");
    }
  }

  /** Makes and deletes pairs whose other end is in a pod; one lives for 100 ms, 50 a second. */
  private static void churn(TestNetwork network, int count) {
    network.inside(
        "node",
        "sh",
        "-c",
        "i=0; while [ $i -lt "
            + count
            + " ]; do ip link add ch$i type veth peer name x$i netns rt-churn-a && ip link set ch$i"
            + " up; j=$((i - 5)); [ $j -lt 0 ] || ip link del ch$j; i=$((i + 1)); sleep 0.01; done;"
            + " for k in 1 2 3 4 5; do ip link del ch$((i - k)); done");
  }

  private static void awaitLinks(PluginManager manager, int wanted) {
    for (int i = 0; manager.linkCount("packetparser") != wanted; i++) {
      assertThat(i).as("%s interfaces", manager.linkCount("packetparser")).isLessThan(100);
      LockSupport.parkNanos(100_000_000);
    }
  }

  private static Set<Integer> programs() {
    return LoadedPrograms.of(ProcessHandle.current().pid(), "on_pod_tx");
  }

  private static long descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** CPU time of this process. */
  private static final class ProcessCpu {
    private ProcessCpu() {}

    static long ns() {
      return ((com.sun.management.OperatingSystemMXBean)
              java.lang.management.ManagementFactory.getOperatingSystemMXBean())
          .getProcessCpuTime();
    }
  }
}
