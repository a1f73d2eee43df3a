package sh.retina.plugin.ciliumeventobserver;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import sh.retina.bpf.Clocks;
import sh.retina.bpf.KernelFeatures;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.StreamPlugin;
import sh.retina.plugin.StreamWriter;

/** Flows of a node whose network is Cilium's: docs/plugins/ciliumeventobserver.md. */
record CiliumeventobserverPlugin(Path socket) implements StreamPlugin {
  static final String NAME = "ciliumeventobserver";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of(() -> {
      boolean isThere = Files.exists(socket);
      String reason = isThere ? "" : "no Cilium here: " + socket + " does not exist";
      return new KernelFeatures.Feature("Cilium's monitor socket", isThere, reason);
    });
  }

  /** An interrupt closes the channel, wherever the thread is. */
  @Override
  public void run(StreamWriter out) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        throw new IOException(socket + ": " + e.getMessage(), e);
      }
      out.ready();
      follow(channel, out);
    }
  }

  private static void follow(SocketChannel channel, StreamWriter out) throws IOException {
    GobMessages messages = new GobMessages(channel);
    Gob gob = new Gob();
    byte[] record = MonitorRecord.buffer();
    while (messages.next()) {
      Object value = gob.read(messages.bytes(), messages.offset(), messages.length());
      if (value == null) {
        continue; // a type, and no value yet
      }
      Payload payload = Payload.of(value);
      if (payload.lost() > 0) {
        out.lost(payload.lost());
      }
      if (payload.isFlow()) {
        int length = MonitorRecord.write(record, Clocks.monotonicNs(), payload.data());
        out.write(record, 0, length);
      }
    }
  }

  @Override
  public EventDecoder decoder(Map<String, byte[]> attributes) {
    return new MonitorDecoder();
  }
}
