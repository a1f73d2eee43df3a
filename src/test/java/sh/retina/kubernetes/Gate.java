package sh.retina.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A way to an API server that can be cut as a network parts: connections stay and new ones are
 * taken, but nothing passes until it is mended; then what was sent meanwhile arrives.
 */
public final class Gate implements AutoCloseable {
  private static final int PIECE = 1 << 16;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition mended = lock.newCondition();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ServerSocket listening;
  private final int to;
  private boolean isCut;

  /** To where {@code server} listens. */
  public Gate(ApiServer server) {
    to = port(server);
    try {
      listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  private static int port(ApiServer server) {
    return Integer.parseInt(server.url().substring(server.url().lastIndexOf(':') + 1));
  }

  /** The server's kubeconfig {@code of}, by way of this gate; written beside it. */
  public Path kubeconfig(Path of) {
    try {
      String text = Files.readString(of).replace(":" + to, ":" + listening.getLocalPort());
      return Files.writeString(of.resolveSibling(of.getFileName() + "-by-gate"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void cut() {
    set(true);
  }

  public void mend() {
    set(false);
  }

  private void set(boolean cut) {
    lock.lock();
    try {
      isCut = cut;
      mended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        sockets.add(client);
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException e) {
        return; // it was closed
      }
    }
  }

  private void connect(Socket client) {
    try {
      pass();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), to);
      sockets.add(server);
      Thread.ofVirtual().start(() -> carry(client, server));
      carry(server, client);
    } catch (IOException e) {
      end(client); // the server is away
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void carry(Socket from, Socket into) {
    byte[] piece = new byte[PIECE];
    try {
      for (int size = from.getInputStream().read(piece);
          size >= 0;
          size = from.getInputStream().read(piece)) {
        pass();
        into.getOutputStream().write(piece, 0, size);
      }
      pass(); // the end of a connection does not pass either
    } catch (IOException e) {
      // One of the two is gone, and so goes the other.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    end(from);
    end(into);
  }

  /** Waits while it is cut. */
  private void pass() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (isCut) {
        mended.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sockets.forEach(this::end);
    mend();
  }
}
