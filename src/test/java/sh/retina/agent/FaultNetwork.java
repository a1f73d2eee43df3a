package sh.retina.agent;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Pods {@code client}, {@code server} and {@code gate} of a node; behind {@code gate}, which
 * forwards, a host {@code far} at 198.18.90.2 that the agent's interfaces do not see.
 */
final class FaultNetwork implements AutoCloseable {
  static final String FAR = "198.18.90.2";
  private static final String PREFIX = "rt-expl-";

  final TestNetwork pods = new TestNetwork("expl", 60, "client", "server", "gate");

  FaultNetwork() {
    String gate = pods.ip4("gate");
    sh("client", "ip netns add " + PREFIX + "far");
    sh("gate", "ip link add far0 type veth peer name eth0 netns " + PREFIX + "far");
    sh("gate", "ip addr add 198.18.90.1/24 dev far0 && ip link set far0 up");
    sh("gate", "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0");
    sh("gate", "sysctl -qw net.ipv4.conf.eth0.send_redirects=0 net.ipv4.icmp_ratelimit=0");
    sh("far", "ip link set lo up && ip addr add " + FAR + "/24 dev eth0 && ip link set eth0 up");
    sh("far", "ip route add default via 198.18.90.1");
    for (int subnet = 90; subnet < 95; subnet++) {
      sh("client", "ip route add 198.18." + subnet + ".0/24 via " + gate);
    }
    sh("gate", "ip route add blackhole 198.18.92.0/24");
    sh("gate", "ip route add prohibit 198.18.93.0/24");
    sh("gate", "ip route add unreachable 198.18.94.0/24");
  }

  String client() {
    return pods.ip4("client");
  }

  String server() {
    return pods.ip4("server");
  }

  /** Runs words of a shell in a namespace; fails when they do. */
  void sh(String space, String words) {
    pods.inside(space, "sh", "-c", words);
  }

  /** The traffic tool; whether its end was good does not matter. */
  void traffic(String space, String... words) {
    List<String> all = new java.util.ArrayList<>(List.of(PodTraffic.TOOL));
    all.addAll(List.of(words));
    pods.tries(space, all.toArray(String[]::new));
  }

  /** One attempt to connect from the client, given up before the SYN is sent again. */
  void probe(String address, int port) {
    traffic("client", "tcp-probe", address, "" + port, "1", "600");
  }

  /** A server of the traffic tool, when it listens. */
  Process serve(String space, String mode, int port) {
    Process process = pods.start(space, PodTraffic.TOOL, mode, "" + port, "120");
    String wanted = ":%04X ".formatted(port);
    for (int i = 0; i < 500; i++) {
      String sockets =
          pods.inside(
              space, "sh", "-c", "cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6");
      if (sockets.contains(wanted)) {
        return process;
      }
      LockSupport.parkNanos(10_000_000);
    }
    process.destroyForcibly();
    throw new AssertionError(mode + " does not listen on port " + port);
  }

  @Override
  public void close() {
    pods.close();
  }
}
