package sh.retina.bpf;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import sh.retina.Command;

/**
 * Two network namespaces joined by a veth pair, of their own for one test; gone when closed. They
 * have no IPv6, which announces itself.
 */
final class TestNetwork implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  final NetworkNamespace near;
  private final String nearName;
  private final String farName;

  TestNetwork() {
    String unique = ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    nearName = "bpfjava-a-" + unique;
    farName = "bpfjava-b-" + unique;
    Command.run("ip", "netns", "add", nearName);
    Command.run("ip", "netns", "add", farName);
    near("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0", "netns", farName);
    near("ip", "addr", "add", "10.99.0.1/24", "dev", "near0");
    near("ip", "link", "set", "near0", "addrgenmode", "none", "up");
    far("ip", "addr", "add", "10.99.0.2/24", "dev", "far0");
    far("ip", "link", "set", "far0", "addrgenmode", "none", "up");
    near = NetworkNamespace.enter(path(nearName));
  }

  /** Runs a command in the namespace with near0 and answers what it printed. */
  String near(String... command) {
    return in(nearName, command);
  }

  String far(String... command) {
    return in(farName, command);
  }

  int nearIndex() {
    return near.call(() -> indexOf("near0"));
  }

  static int indexOf(String name) {
    try (LinkMonitor monitor = LinkMonitor.open()) {
      return monitor.links().stream()
          .filter(link -> link.name().equals(name))
          .findFirst()
          .orElseThrow()
          .index();
    }
  }

  String nearPath() {
    return path(nearName).toString();
  }

  @Override
  public void close() {
    near.close();
    Command.run("ip", "netns", "del", nearName);
    Command.run("ip", "netns", "del", farName);
  }

  private static String in(String namespace, String... command) {
    String[] whole = new String[command.length + 2];
    whole[0] = "nsenter";
    whole[1] = "--net=" + path(namespace);
    System.arraycopy(command, 0, whole, 2, command.length);
    return Command.run(whole);
  }

  private static Path path(String namespace) {
    return Path.of("/run/netns", namespace);
  }
}
