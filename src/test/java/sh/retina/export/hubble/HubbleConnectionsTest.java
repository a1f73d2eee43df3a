package sh.retina.export.hubble;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import sh.retina.export.hubble.Http2Client.Frame;

/** What becomes of connections whose clients do not do what libraries do. */
class HubbleConnectionsTest {
  private static final int ENHANCE_YOUR_CALM = 11;

  @Test
  void shouldSendAwayWhoPingsTooOften() throws IOException {
    try (TestServer hubble = TestServer.plain();
        Http2Client client = new Http2Client(hubble.server.port())) {
      for (int i = 0; i < 4; i++) { // one, and as many as gRPC forgives
        client.ping();
      }
      Frame frame = client.await(Http2Client.GOAWAY);

      ByteBuffer payload = ByteBuffer.wrap(frame.payload());
      assertThat(payload.getInt(4)).isEqualTo(ENHANCE_YOUR_CALM);
      assertThat(new String(frame.payload(), 8, frame.payload().length - 8, StandardCharsets.UTF_8))
          .isEqualTo("too_many_pings");
    }
  }

  @Test
  void shouldForgetClientsThatVanish() throws IOException {
    try (TestServer hubble = TestServer.plain()) {
      for (boolean byReset : new boolean[] {true, false}) {
        Http2Client client = new Http2Client(hubble.server.port());
        client.follow();
        await(() -> hubble.server.streams() == 1 && hubble.open.get() == 1);
        if (byReset) {
          client.reset();
        } else {
          client.close();
        }
        await(() -> hubble.server.streams() == 0 && hubble.open.get() == 0);
      }
      StringBuilder calls = new StringBuilder();
      hubble.server.writeCalls(calls);
      assertThat(calls.toString())
          .contains(
              "grpc_server_handled_total{grpc_code=\"Canceled\",grpc_method=\"GetFlows\",grpc_service=\"observer.Observer\",grpc_type=\"server_stream\"} 2\n");
    }
  }

  @Test
  void shouldHangUpOnWhoDoesNotBegin() throws IOException {
    try (TestServer hubble = TestServer.plain()) {
      List<Socket> sockets = new ArrayList<>();
      for (String said : List.of("", "PRI * HTT")) {
        sockets.add(silent(hubble.server.port(), said.getBytes(StandardCharsets.US_ASCII)));
      }
      assertHungUp(sockets);
    }
  }

  /** A connection that says so much and no more. */
  static Socket silent(int port, byte[] said) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(60));
    socket.getOutputStream().write(said);
    return socket;
  }

  /** Not at once: that would be for another reason than the time that passes. */
  static void assertHungUp(List<Socket> sockets) throws IOException {
    long startNs = System.nanoTime();
    for (Socket socket : sockets) {
      try (socket) {
        while (socket.getInputStream().read() >= 0) {
          assertThat(socket.isConnected()).isTrue();
        }
      } catch (SocketException e) {
        assertThat(e).hasMessageContaining("reset");
      }
      assertThat(System.nanoTime() - startNs).isGreaterThan(TimeUnit.SECONDS.toNanos(5));
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
      LockSupport.parkNanos(10_000_000);
    }
  }
}
