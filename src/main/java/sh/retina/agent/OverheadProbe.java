package sh.retina.agent;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import sh.retina.bpf.BpfStats;
import sh.retina.guard.Probe;
import sh.retina.plugin.PluginManager;

/** This process and its programs, as the overhead guard measures them. */
record OverheadProbe(PluginManager manager) implements Probe {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** CPUs of the node, whatever share of them a cgroup leaves to this process. */
  static int nodeCpus() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
      return (int) Math.max(1, lines.filter(line -> line.matches("cpu\\d.*")).count());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public long userNs() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  @Override
  public long kernelNs() {
    return manager.kernelNs();
  }

  /** RssAnon and RssShmem of proc_pid_status(5): the journal's mapped files can be taken back. */
  @Override
  public long memoryBytes() {
    try {
      long kib = 0;
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
          kib += Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      return kib << 10;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public KernelSlice measureKernel() {
    return BpfStats.enable()::close;
  }
}
