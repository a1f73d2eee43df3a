package sh.retina.plugin.linuxutil;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.NetworkCounters;
import sh.retina.event.NodeMetric;
import sh.retina.event.SafeText;
import sh.retina.plugin.StatPlugin;
import sh.retina.plugin.StatSink;

/** The node's own counters: docs/plugins/linuxutil.md. */
public final class LinuxutilPlugin implements StatPlugin {
  public static final String NAME = "linuxutil";
  private static final int LONGEST_FILE = 1 << 20;

  /** By the kernel's number, include/net/tcp_states.h; 12 is a handshake as 3 is. */
  private static final List<String> TCP_STATES =
      List.of(
          "",
          "ESTABLISHED",
          "SYN_SENT",
          "SYN_RECV",
          "FIN_WAIT1",
          "FIN_WAIT2",
          "TIME_WAIT",
          "CLOSE",
          "CLOSE_WAIT",
          "LAST_ACK",
          "LISTEN",
          "CLOSING");

  private static final int SYN_RECV = 3;
  private static final int NEW_SYN_RECV = 12;

  /** What stands among the counters and is none. */
  private static final Set<String> NO_COUNTERS =
      Set.of(
          "RtoAlgorithm", "RtoMin", "RtoMax", "MaxConn", "CurrEstab", "Forwarding", "DefaultTTL");

  private final LinuxutilProperties settings;
  private final Path proc;
  private final NodeNetwork network;
  private final InterfaceStats interfaces;

  /** {@code proc}: where procfs is, or a tree like it. */
  LinuxutilPlugin(LinuxutilProperties settings, Path proc, NodeNetwork network) {
    this.settings = settings;
    this.proc = proc;
    this.network = network;
    this.interfaces = new InterfaceStats(settings, network);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<? extends NodeMetric> metrics() {
    return List.of(LinuxutilMetric.values());
  }

  @Override
  public void collect(StatSink sink) throws IOException {
    // Of the calling thread: that of the process would be the namespace of its first one.
    Path net = proc.resolve("thread-self/net");
    if (!Files.isDirectory(net)) {
      throw new IOException(net + " is no directory: is procfs mounted?");
    }
    read(sink, net.resolve("netstat"), true).ifPresent(file -> protocols(sink, file));
    read(sink, net.resolve("snmp"), true).ifPresent(file -> protocols(sink, file));
    read(sink, net.resolve("snmp6"), false).ifPresent(file -> ipv6(sink, file));
    sockets(sink, net);
    read(sink, net.resolve("softnet_stat"), false)
        .map(ProcNet::softnet)
        .ifPresent(softnet -> {
          sink.set(LinuxutilMetric.SOFTNET_DROPPED, softnet.dropped());
          sink.set(LinuxutilMetric.SOFTNET_SQUEEZED, softnet.squeezed());
        });
    Path netfilter = proc.resolve("sys/net/netfilter");
    gauge(sink, netfilter.resolve("nf_conntrack_count"), LinuxutilMetric.CONNTRACK_TABLE_ENTRIES);
    gauge(sink, netfilter.resolve("nf_conntrack_max"), LinuxutilMetric.CONNTRACK_TABLE_LIMIT);
    attempt(sink, "TCP sockets", () -> tcpStates(sink));
    attempt(sink, "interfaces", () -> interfaces.collect(sink));
  }

  private void protocols(StatSink sink, byte[] file) {
    ProcNet.sections(file)
        .forEach((section, values) -> {
          switch (section) {
            case "TcpExt", "MPTcpExt", "Tcp" ->
                show(sink, LinuxutilMetric.TCP_CONNECTION_STATS, settings.tcpStatistics(), values);
            case "IpExt", "Ip" ->
                show(sink, LinuxutilMetric.IP_CONNECTION_STATS, settings.ipStatistics(), values);
            case "Icmp" ->
                values.forEach((name, value) ->
                    show(
                        sink,
                        LinuxutilMetric.IP_CONNECTION_STATS,
                        settings.ipStatistics(),
                        Map.of(section + name, value)));
            case "Udp" -> show(sink, LinuxutilMetric.UDP_STATS, settings.udpStatistics(), values);
            default -> {
              // UdpLite, IcmpMsg and what kernels to come may have.
            }
          }
        });
  }

  private void ipv6(StatSink sink, byte[] file) {
    ProcNet.pairs(file)
        .forEach((name, value) -> {
          if (name.startsWith("Ip6") || name.startsWith("Icmp6")) {
            show(
                sink,
                LinuxutilMetric.IP_CONNECTION_STATS,
                settings.ipStatistics(),
                Map.of(name, value));
          } else if (name.startsWith("Udp6")) {
            show(sink, LinuxutilMetric.UDP_STATS, settings.udpStatistics(), Map.of(name, value));
          }
        });
  }

  private static void show(
      StatSink sink, LinuxutilMetric metric, List<String> wanted, Map<String, Double> values) {
    boolean all = wanted.contains(LinuxutilProperties.ALL);
    values.forEach((name, value) -> {
      if ((all || wanted.contains(name)) && !NO_COUNTERS.contains(name)) {
        sink.set(metric, value, SafeText.TEXT.of(name));
      }
    });
  }

  private static void sockets(StatSink sink, Path net) {
    double udp = 0;
    boolean found = false;
    for (String file : List.of("sockstat", "sockstat6")) {
      Map<String, Double> values =
          read(sink, net.resolve(file), false).map(ProcNet::sockets).orElse(Map.of());
      for (Map.Entry<String, Double> entry : values.entrySet()) {
        String name = entry.getKey();
        sink.set(LinuxutilMetric.SOCKET_STATS, entry.getValue(), SafeText.TEXT.of(name));
        if (name.equals("UDP_inuse") || name.equals("UDP6_inuse")) {
          udp += entry.getValue();
          found = true;
        }
      }
    }
    if (found) {
      sink.set(LinuxutilMetric.UDP_CONNECTION_STATS, udp, "ACTIVE");
    }
  }

  private void tcpStates(StatSink sink) {
    NetworkCounters.TcpSockets sockets = network.tcpSockets();
    long[] byState = sockets.byState();
    for (int state = 1; state < TCP_STATES.size(); state++) {
      long count = byState[state] + (state == SYN_RECV ? byState[NEW_SYN_RECV] : 0);
      sink.set(LinuxutilMetric.TCP_STATE, (double) count, TCP_STATES.get(state));
    }
    sink.set(LinuxutilMetric.TCP_CONNECTION_REMOTE, (double) sockets.withPeer(), "AllIPs");
  }

  private static void gauge(StatSink sink, Path file, LinuxutilMetric metric) {
    read(sink, file, false)
        .ifPresent(bytes -> {
          double value = ProcNet.number(bytes);
          if (Double.isNaN(value)) {
            sink.missing(file + " holds no number");
          } else {
            sink.set(metric, value);
          }
        });
  }

  /** What the kernel refuses is missing, and the rest is read. */
  private static void attempt(StatSink sink, String what, Runnable part) {
    try {
      part.run();
    } catch (BpfException e) {
      sink.missing(what + ": " + e.getMessage());
    }
  }

  /** A file that does not exist is missing only where each kernel has it. */
  private static Optional<byte[]> read(StatSink sink, Path file, boolean isEverywhere) {
    try (InputStream in = Files.newInputStream(file)) {
      return Optional.of(in.readNBytes(LONGEST_FILE));
    } catch (NoSuchFileException e) {
      if (isEverywhere) {
        sink.missing(file + " is not there");
      }
    } catch (IOException e) {
      sink.missing(file + ": " + e.getMessage());
    }
    return Optional.empty();
  }
}
