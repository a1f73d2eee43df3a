package sh.retina.agent;

import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A name server on UDP and TCP in pod {@code b}, while it is open. */
record NameServer(Process datagrams, Process streams) implements AutoCloseable {
  private static final String TOOL =
      Path.of(System.getProperty("retina.basedir", ""), "target", "traffic")
          .toAbsolutePath()
          .toString();

  static NameServer in(TestNetwork network, int port) {
    String text = Integer.toString(port);
    NameServer server =
        new NameServer(
            network.start("b", TOOL, "dns-serve", text, "60"),
            network.start("b", TOOL, "dns-stream", text, "60"));
    for (int i = 0; i < 500; i++) {
      if (network
              .inside("b", "sh", "-c", "cat /proc/net/udp6 /proc/net/tcp6")
              .lines()
              .filter(line -> line.contains(":%04X ".formatted(port)))
              .count()
          == 2) {
        return server;
      }
      LockSupport.parkNanos(10_000_000);
    }
    server.close();
    throw new AssertionError("the name server does not listen");
  }

  /**
   * Asks from a pod; what the generator got.
   *
   * @param how udp, tcp, split or batch
   */
  static JsonNode ask(
      TestNetwork network, String from, String address, String how, String name, int count) {
    return JsonMapper.shared()
        .readTree(
            network.inside(from, TOOL, "dns-ask", address, how, name, Integer.toString(count)));
  }

  @Override
  public void close() {
    datagrams.destroyForcibly();
    streams.destroyForcibly();
  }
}
