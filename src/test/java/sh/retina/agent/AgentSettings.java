package sh.retina.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What an {@link AgentProcess} is told in the tests of faults.
 *
 * @param directory for its context file and its journal
 * @param port a free one
 */
record AgentSettings(Path directory, TestNetwork network, int port) {
  AgentSettings(Path directory, TestNetwork network) {
    this(directory, network, freePort());
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Flows and drops, which most tests look at, unless the test chooses its plugins. */
  static String[] withPlugins(String... settings) {
    if (Arrays.stream(settings)
        .anyMatch(
            one -> one.startsWith("--retina.plugins=") || one.startsWith("--spring.config."))) {
      return settings;
    }
    String[] all = Arrays.copyOf(settings, settings.length + 1);
    all[settings.length] = "--retina.plugins=packetparser,dropreason";
    return all;
  }

  String[] with(String... more) {
    try {
      Path names = Files.writeString(directory.resolve("context.yaml"), network.contextYaml());
      List<String> settings =
          new ArrayList<>(
              List.of(
                  "--retina.node-name=test-node",
                  "--retina.context.file=" + names,
                  "--retina.journal.directory=" + directory.resolve("journal"),
                  "--retina.pod-level.enabled=true",
                  "--retina.report-interval=1s"));
      settings.addAll(List.of(more));
      return settings.toArray(String[]::new);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
