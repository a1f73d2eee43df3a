package sh.retina.plugin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The network of {@link KernelCheck} and what happens in it. A pod behind a veth, {@code
 * 10.77.0.2}; beyond the default route, {@code 10.78.0.2}; nobody at {@code 10.77.0.9}; no way to
 * {@code 198.51.100.0/24} and {@code 2001:db8::/32}.
 */
final class KernelWorld {
  static final String UPLINK = "up0";
  static final String NODE = "10.77.0.1";
  static final String NODE_6 = "fd77::1";
  static final String POD = "10.77.0.2";
  static final String BEYOND = "10.78.0.2";
  static final String NOBODY = "10.77.0.9";

  /** Ports of the node to which no datagram comes. */
  static final List<Integer> DROPPING = List.of(7001, 7002, 7003, 7004, 7007, 7008);

  private final Path tools;

  /** {@code tools}: where ip, nft and traffic are, by these names. */
  KernelWorld(Path tools) {
    this.tools = tools;
  }

  void make() throws IOException, InterruptedException {
    ip("netns add pod", "link add pod0 type veth peer name eth0 netns pod");
    ip("addr add 10.77.0.1/24 dev pod0", "-6 addr add fd77::1/64 dev pod0 nodad");
    ip("link set pod0 up", "-n pod link set eth0 up", "-n pod link set lo up");
    ip("-n pod addr add 10.77.0.2/24 dev eth0", "-n pod -6 addr add fd77::2/64 dev eth0 nodad");
    ip("neigh add 10.77.0.9 lladdr 02:00:00:00:00:09 dev pod0");
    ip("netns add beyond", "link add up0 type veth peer name eth0 netns beyond");
    // What IPv6 says by itself at a new link would come before the counting begins.
    Files.writeString(Path.of("/proc/sys/net/ipv6/conf/up0/disable_ipv6"), "1");
    ip("netns exec beyond busybox sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=1");
    ip("addr add 10.78.0.1/24 dev up0", "link set up0 up", "-n beyond link set eth0 up");
    ip("-n beyond addr add 10.78.0.2/24 dev eth0", "-n beyond link set lo up");
    ip("route add default via 10.78.0.2 dev up0");
    ip("route add unreachable 198.51.100.0/24", "-6 route add unreachable 2001:db8::/32");
    nft("add table inet t");
    nft("add chain inet t i { type filter hook input priority 0; }");
    nft("add rule inet t i ct state new"); // or nothing would be tracked, and NAT not asked
    nft("add rule inet t i udp dport 7002 drop");
    nft("add rule inet t i udp dport 7007 reject");
    nft("add chain inet t o { type filter hook output priority 0; }");
    nft("add rule inet t o udp dport 7003 drop");
    nft("add rule inet t o udp dport 7008 reject");
    nft("add chain inet t n { type nat hook output priority 0; }");
    nft("add rule inet t n udp dport 7004 drop");
  }

  /** Drops by a closed port, by rules at input and output and one of NAT; failed calls. */
  void drop(int count, int calls) throws IOException, InterruptedException {
    for (String address : List.of("127.0.0.1", "::1")) {
      for (int port : DROPPING) {
        traffic("udp-count " + address + " " + port + " " + count + " 100");
      }
    }
    for (String address : List.of("198.51.100.9", "2001:db8::9")) {
      for (int i = 0; i < calls; i++) {
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(address, 7005), 1_000);
        } catch (IOException e) {
          continue; // as it should
        }
        throw new IllegalStateException("there is a way to " + address);
      }
    }
    traffic("tcp-deaf " + calls);
  }

  /** So many connections over loopback, each ended in good order by both ends. */
  static void connect(int port, int count) throws IOException, InterruptedException {
    InetAddress here = InetAddress.getLoopbackAddress();
    try (ServerSocket server = new ServerSocket(port, count, here)) {
      Thread serving =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < count; i++) {
                  try (Socket accepted = server.accept()) {
                    accepted.getInputStream().readAllBytes();
                  } catch (IOException e) {
                    KernelCheck.fail("accept: " + e.getMessage());
                  }
                }
              });
      for (int i = 0; i < count; i++) {
        try (Socket socket = new Socket(here, port)) {
          socket.getOutputStream().write(new byte[100]);
          socket.shutdownOutput();
          socket.getInputStream().readAllBytes(); // the other end's FIN
        }
      }
      serving.join();
    }
  }

  void traffic(String arguments) throws IOException, InterruptedException {
    run(command("traffic", arguments));
  }

  void trafficIn(String namespace, String arguments) throws IOException, InterruptedException {
    run(
        command(
            "ip", "netns exec " + namespace + " " + tools.resolve("traffic") + " " + arguments));
  }

  /** Goes on by itself, until its own end. */
  void serveIn(String namespace, String arguments) throws IOException {
    new ProcessBuilder(
            command(
                "ip", "netns exec " + namespace + " " + tools.resolve("traffic") + " " + arguments))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private void ip(String... commands) throws IOException, InterruptedException {
    for (String command : commands) {
      run(command("ip", command));
    }
  }

  private void nft(String command) throws IOException, InterruptedException {
    run(command("nft", command));
  }

  private List<String> command(String tool, String arguments) {
    return List.of((tools.resolve(tool) + " " + arguments).split(" ", -1));
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("output", "");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (process.waitFor() != 0) {
      KernelCheck.fail(String.join(" ", command) + ": " + Files.readString(output).strip());
    }
    Files.delete(output);
  }

  /** What an interface counted: received and sent packets, received and sent bytes. */
  static List<Long> interfaceCounts(String name) throws IOException {
    Path statistics = Path.of("/sys/class/net", name, "statistics");
    return List.of(
        number(statistics.resolve("rx_packets")),
        number(statistics.resolve("tx_packets")),
        number(statistics.resolve("rx_bytes")),
        number(statistics.resolve("tx_bytes")));
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }

  /** {@code RetransSegs} of /proc/net/snmp. */
  static long retransmissions() throws IOException {
    List<List<String>> tcp =
        Files.readAllLines(Path.of("/proc/net/snmp")).stream()
            .filter(line -> line.startsWith("Tcp: "))
            .map(line -> List.of(line.split(" ", -1)))
            .toList();
    return Long.parseLong(tcp.get(1).get(tcp.get(0).indexOf("RetransSegs")));
  }

  /** {@code insert_failed} of conntrack, summed over the CPUs; hexadecimal. */
  static long failedInserts() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/net/stat/nf_conntrack"));
    int column = List.of(lines.getFirst().split(" +", -1)).indexOf("insert_failed");
    return lines.stream()
        .skip(1)
        .mapToLong(line -> Long.parseLong(line.strip().split(" +", -1)[column], 16))
        .sum();
  }
}
