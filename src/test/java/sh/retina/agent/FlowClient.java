package sh.retina.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client of {@code /flows} with its hands on the socket, so that it can behave badly. Speaks
 * HTTP/1.0, where the body is the stream itself.
 */
final class FlowClient implements AutoCloseable {
  private static final int PATIENCE_MS = 60_000;
  private static final Pattern LOST = Pattern.compile("\"num_events_lost\":\"?([0-9]+)");

  private final Socket socket = new Socket();
  private final BufferedReader lines;
  private final AtomicLong flows = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();

  /** {@code receiveBytes}: what the kernel keeps for a client that does not read. */
  FlowClient(int port, String query, int receiveBytes) {
    try {
      socket.setReceiveBufferSize(receiveBytes);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MS);
      socket.setSoTimeout(PATIENCE_MS);
      socket
          .getOutputStream()
          .write(
              ("GET /flows?" + query + " HTTP/1.0\r\nHost: localhost\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the answer's status line: the stream is open then. */
  String status() {
    try {
      return String.valueOf(lines.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a line and counts what it tells; false at the end. */
  boolean read() {
    try {
      String line = lines.readLine();
      if (line == null) {
        return false;
      }
      if (line.startsWith("data:")) {
        Matcher loss = LOST.matcher(line);
        if (loss.find()) {
          lost.addAndGet(Long.parseLong(loss.group(1)));
        } else {
          flows.incrementAndGet();
        }
      }
      return true;
    } catch (IOException e) {
      return false; // closed, by either
    }
  }

  /** Reads up to the middle of a flow and is gone, without a word (RST). */
  void leaveInTheMiddle() {
    try {
      char[] some = new char[50];
      String text = "";
      while (!text.contains("data:{")) {
        int count = lines.read(some);
        text += new String(some, 0, count);
      }
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long flows() {
    return flows.get();
  }

  long lost() {
    return lost.get();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
