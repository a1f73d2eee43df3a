package sh.retina.export.hubble;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import sh.retina.flow.proto.observer.GetFlowsRequest;

/**
 * A client of the API that does with its connection what the libraries do not: frames of HTTP/2
 * (RFC 9113) by hand.
 */
public final class Http2Client implements AutoCloseable {
  public static final int GOAWAY = 7;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int PATIENCE_MS = 30_000;

  private final Socket socket;

  /** What the server says. */
  public record Frame(int type, byte[] payload) {}

  public Http2Client(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MS);
    socket
        .getOutputStream()
        .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    write(SETTINGS, 0, 0, new byte[0]);
  }

  public void ping() throws IOException {
    write(PING, 0, 0, new byte[8]);
  }

  /** Follows flows; what it may be sent is HTTP/2's first window of 65,535 bytes. */
  public void follow() throws IOException {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    for (String header :
        new String[] {
          ":method POST",
          ":scheme http",
          ":path /observer.Observer/GetFlows",
          ":authority here",
          "content-type application/grpc",
          "te trailers"
        }) {
      String[] pair = header.split(" ", 2);
      headers.write(0); // a literal, as in RFC 7541, 6.2.2
      text(pair[0], headers);
      text(pair[1], headers);
    }
    write(HEADERS, END_HEADERS, 1, headers.toByteArray());
    byte[] request = GetFlowsRequest.newBuilder().setFollow(true).build().toByteArray();
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(new byte[] {0, 0, 0, 0, (byte) request.length});
    message.writeBytes(request);
    write(DATA, END_STREAM, 1, message.toByteArray());
  }

  private static void text(String text, ByteArrayOutputStream out) {
    out.write(text.length());
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void write(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(new byte[] {0, (byte) (payload.length >> 8), (byte) payload.length});
    frame.writeBytes(new byte[] {(byte) type, (byte) flags, 0, 0, 0, (byte) stream});
    frame.writeBytes(payload);
    socket.getOutputStream().write(frame.toByteArray());
  }

  /** The next frame of this type; throws EOFException when the server has hung up. */
  public Frame await(int type) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int its = in.readUnsignedByte();
      in.skipNBytes(5); // flags, stream
      byte[] payload = in.readNBytes(length);
      if (its == type) {
        return new Frame(its, payload);
      }
    }
  }

  /** Is gone with a reset, as when its node dies and comes back. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
