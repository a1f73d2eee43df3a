package sh.retina.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import sh.retina.Command;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A node with pods, made of network namespaces: a bridge, and per pod a veth whose host side is
 * named after it. Addresses and neighbours are fixed and nothing announces itself, so that the only
 * packets are those that a test sends.
 */
final class TestNetwork implements AutoCloseable {
  private final String prefix;
  private final int firstNumber;
  private final Map<String, Integer> pods = new LinkedHashMap<>();

  /** What the kernel counted at the host side of a veth: received is what the pod sent. */
  record Counters(long fromPodPackets, long fromPodBytes, long toPodPackets, long toPodBytes) {
    Counters minus(Counters start) {
      return new Counters(
          fromPodPackets - start.fromPodPackets,
          fromPodBytes - start.fromPodBytes,
          toPodPackets - start.toPodPackets,
          toPodBytes - start.toPodBytes);
    }
  }

  /** {@code name}: unique among tests that run at a time, at most 8 letters. */
  TestNetwork(String name, String... podNames) {
    this(name, 10, podNames);
  }

  /**
   * For what sees all network namespaces at once.
   *
   * @param firstNumber of the first pod, below 90: numbers that no other test has
   */
  TestNetwork(String name, int firstNumber, String... podNames) {
    this.firstNumber = firstNumber;
    this.prefix = "rt-" + name + "-";
    close();
    try {
      makeSpace("node");
      node("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
      node("ip", "link", "set", "br0", "addrgenmode", "none", "up");
      for (String pod : podNames) {
        addPod(pod);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Adds a pod with the next free number n, from 10 on: 198.18.80.n, fd00:80::n and hardware
   * address 02:00:00:00:00:n.
   */
  void addPod(String pod) {
    int number = firstNumber + pods.size();
    makeSpace(pod);
    node(
        "ip",
        "link",
        "add",
        "v-" + pod,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        prefix + pod);
    node("ip", "link", "set", "v-" + pod, "addrgenmode", "none", "master", "br0", "up");
    // A bridge that does not know where an address is sends the frame to every pod.
    node("bridge", "fdb", "replace", mac(number), "dev", "v-" + pod, "master", "static");
    inside(pod, "ip", "link", "set", "eth0", "addrgenmode", "none", "address", mac(number), "up");
    inside(pod, "ip", "addr", "add", ip4(number) + "/24", "dev", "eth0");
    inside(pod, "ip", "-6", "addr", "add", ip6(number) + "/64", "dev", "eth0", "nodad");
    pods.forEach((other, otherNumber) -> {
      neighbour(pod, otherNumber);
      neighbour(other, number);
    });
    pods.put(pod, number);
  }

  private void neighbour(String in, int of) {
    for (String address : List.of(ip4(of), ip6(of))) {
      inside(
          in,
          "ip",
          "neigh",
          "replace",
          address,
          "lladdr",
          mac(of),
          "dev",
          "eth0",
          "nud",
          "permanent");
    }
  }

  /** Tells a pod where another is, on an interface that the test has added. */
  void neighbour(String in, String of, String device) {
    inside(
        in,
        "ip",
        "neigh",
        "replace",
        ip4(of),
        "lladdr",
        mac(number(of)),
        "dev",
        device,
        "nud",
        "permanent");
  }

  private void makeSpace(String name) {
    Command.run("ip", "netns", "add", prefix + name);
    inside(
        name,
        "sh",
        "-c",
        "for f in all default; do cd /proc/sys/net/ipv6/conf/$f; echo 0 > accept_ra; echo 0 >"
            + " router_solicitations; echo 0 > accept_dad; done; ip link set lo up");
  }

  /** The namespace that the agent watches. */
  Path nodeNamespace() {
    return Path.of("/run/netns/" + prefix + "node");
  }

  String ip4(String pod) {
    return ip4(number(pod));
  }

  String ip6(String pod) {
    return ip6(number(pod));
  }

  private int number(String pod) {
    return Objects.requireNonNull(pods.get(pod), pod);
  }

  private static String ip4(int number) {
    return "198.18.80." + number;
  }

  private static String ip6(int number) {
    return "fd00:80::" + number;
  }

  private static String mac(int number) {
    return "02:00:00:00:00:" + number;
  }

  /**
   * The context file that names these pods: namespace {@code test}, Deployment {@code app-<pod>}.
   */
  String contextYaml() {
    StringBuilder yaml = new StringBuilder("endpoints:\n");
    pods.forEach((pod, number) ->
        yaml.append("  - {kind: pod, namespace: test, name: ")
            .append(pod)
            .append(", workload: {kind: Deployment, name: app-")
            .append(pod)
            .append("}, node: test-node, labels: {app: ")
            .append(pod)
            .append("}, ips: [")
            .append(ip4(number))
            .append(", '")
            .append(ip6(number))
            .append("']}\n"));
    return yaml.toString();
  }

  Counters counters(String pod) {
    String json = Command.run("ip", "-n", prefix + "node", "-s", "-j", "link", "show", "v-" + pod);
    JsonNode stats = JsonMapper.shared().readTree(json).get(0).get("stats64");
    return new Counters(
        stats.get("rx").get("packets").asLong(),
        stats.get("rx").get("bytes").asLong(),
        stats.get("tx").get("packets").asLong(),
        stats.get("tx").get("bytes").asLong());
  }

  private void node(String... command) {
    inside("node", command);
  }

  /** This network, when its addresses have been announced: for who compares all counters. */
  TestNetwork settled() {
    settle(pods.keySet().toArray(String[]::new));
    return this;
  }

  /** A new address is announced to multicast routers for a while (RFC 3810, 9.11): not counted. */
  void settle(String... pods) {
    for (int quiet = 0, i = 0; quiet < 25 && i < 300; i++) {
      List<TestNetwork.Counters> before = Arrays.stream(pods).map(this::counters).toList();
      LockSupport.parkNanos(100_000_000);
      boolean same = before.equals(Arrays.stream(pods).map(this::counters).toList());
      quiet = same ? quiet + 1 : 0;
    }
  }

  /** Runs a command in a namespace to its end; its output. Fails when it does. */
  String inside(String space, String... command) {
    List<String> words = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + prefix + space));
    words.addAll(List.of(command));
    return Command.run(words);
  }

  /** Whether a command that the kernel may not know works in a namespace. */
  boolean tries(String space, String... command) {
    try {
      inside(space, command);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /** Starts a command in a namespace. */
  Process start(String space, String... command) {
    List<String> words = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + prefix + space));
    words.addAll(List.of(command));
    try {
      return new ProcessBuilder(words).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    for (String line : Command.run("ip", "netns", "list").lines().toList()) {
      String space = line.split(" ", 2)[0];
      if (space.startsWith(prefix)) {
        Command.run("ip", "netns", "del", space);
      }
    }
    pods.clear();
  }
}
