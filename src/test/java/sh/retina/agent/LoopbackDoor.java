package sh.retina.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import sh.retina.bpf.NetworkNamespace;

/**
 * Lets who is in a network namespace reach a server of this process on loopback, as an agent in the
 * node's network is.
 */
final class LoopbackDoor implements AutoCloseable {
  private final ServerSocket door;
  private final int to;

  /** {@code port}: in the namespace; {@code to}: the server's own. */
  LoopbackDoor(Path namespace, int port, int to) throws IOException {
    this.to = to;
    try (NetworkNamespace space = NetworkNamespace.enter(namespace)) {
      door =
          space.<ServerSocket, IOException>call(
              () -> new ServerSocket(port, 10, InetAddress.getLoopbackAddress()));
    }
    Thread.ofVirtual().start(this::serve);
  }

  private void serve() {
    while (!door.isClosed()) {
      try {
        Socket from = door.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), to);
        Thread.ofVirtual().start(() -> pump(from, server));
        Thread.ofVirtual().start(() -> pump(server, from));
      } catch (IOException e) {
        if (!door.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private static void pump(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // one of the two has gone, and so does the other
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
  }
}
