package sh.retina.agent;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/** Sends known amounts from one pod of a {@link TestNetwork} to another, by src/main/c/traffic. */
record PodTraffic(TestNetwork network) {
  static final String TOOL =
      Path.of(System.getProperty("build.basedir", ""), "target", "traffic")
          .toAbsolutePath()
          .toString();
  private static final String TCP_LISTENS = "0A";

  /** Exactly {@code count} datagrams; larger ones than a frame go as fragments. */
  void udp(String from, String address, int port, int count, int size) {
    network.inside(from, TOOL, "udp-count", address, text(port), text(count), text(size));
  }

  /**
   * Exactly {@code count} datagrams as fast as they go, in turn from so many source ports; IPv4.
   */
  void udpFromPorts(String from, String address, int port, int count, int size, int ports) {
    network.inside(
        from, TOOL, "udp-ports", address, text(port), text(count), text(size), text(ports));
  }

  /** Exactly {@code count} datagrams with a wrong checksum, from port 40000. */
  void udpWithBadSum(String from, String address, int port, int count) {
    network.inside(from, TOOL, "udp-badsum", address, text(port), text(count));
  }

  void sctpInit(String from, String address, int port, int count) {
    network.inside(from, TOOL, "sctp-init", address, text(port), text(count));
  }

  /** {@code options} of ping, such as -R. */
  void ping(String from, String address, int count, String... options) {
    List<String> words =
        new java.util.ArrayList<>(List.of("ping", "-q", "-i", "0.01", "-c", text(count)));
    words.addAll(List.of(options));
    words.add(address);
    network.inside(from, words.toArray(String[]::new));
  }

  /** One connection that carries {@code bytes} one way, closed by both. */
  void tcp(String from, String to, String address, int port, long bytes) {
    Process receiver = network.start(to, TOOL, "tcp-recv", text(port), "20");
    try {
      awaitListening(to, port);
      network.inside(from, TOOL, "tcp-send", address, text(port), Long.toString(bytes));
      if (receiver.waitFor() != 0) {
        throw new AssertionError("the receiver failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      receiver.destroyForcibly();
    }
  }

  /** One connection that carries {@code bytes} and is then reset by the one who sent them. */
  void tcpAbort(String from, String to, String address, int port, long bytes) {
    Process receiver = network.start(to, TOOL, "tcp-recv", text(port), "20");
    try {
      awaitListening(to, port);
      network.inside(from, TOOL, "tcp-abort", address, text(port), Long.toString(bytes));
      receiver.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      receiver.destroyForcibly();
    }
  }

  /** Attempts to connect, each given up after so long. */
  void tcpProbe(String from, String address, int port, int attempts, int timeoutMs) {
    network.inside(from, TOOL, "tcp-probe", address, text(port), text(attempts), text(timeoutMs));
  }

  private void awaitListening(String pod, int port) {
    String wanted = String.format(Locale.ROOT, ":%04X ", port);
    for (int i = 0; i < 1_000; i++) {
      String sockets = network.inside(pod, "sh", "-c", "cat /proc/net/tcp /proc/net/tcp6");
      if (sockets.lines().anyMatch(line -> line.contains(wanted) && line.contains(TCP_LISTENS))) {
        return;
      }
      LockSupport.parkNanos(10_000_000);
    }
    throw new AssertionError("nobody listens on port " + port + " of " + pod);
  }

  private static String text(int number) {
    return Integer.toString(number);
  }
}
