package sh.retina.pipeline;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import sh.retina.export.hubble.History;
import sh.retina.export.hubble.HubbleProperties;
import sh.retina.export.hubble.HubbleServer;
import sh.retina.flow.FlowNode;
import sh.retina.plugin.packetparser.PacketparserPlugin;

/** From a journal to clients of Hubble, as an agent has it. */
final class HubblePath {
  static final FlowNode NODE = new FlowNode("here", "", "bench");

  private HubblePath() {}

  static JournalFlowSource flows(UserPath path) {
    return new JournalFlowSource(
        path.journal::reader,
        path.decoders,
        NODE,
        new PipelineLedger(List.of(PacketparserPlugin.NAME)),
        true,
        _ -> "",
        new DnsNames(8));
  }

  /**
   * @param streams that it serves at the most
   * @param count of flows that it says to hold
   */
  static HubbleServer server(FlowSource flows, int streams, long count) {
    return new HubbleServer(
        new HubbleProperties(
            "127.0.0.1:0", "", "", streams, "", "", 0, new HubbleProperties.Tls("", "", List.of())),
        NODE,
        flows,
        new History() {
          @Override
          public long flows() {
            return count;
          }

          @Override
          public long capacity() {
            return count;
          }
        },
        System::nanoTime);
  }

  /** A client as a process of its own, so that its costs are not the server's. */
  static Process fork(Class<?> main, List<String> arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
