package sh.retina.cli.shell;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.WebSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sh.retina.cli.Terminal;

/**
 * A container's streams by the API server, in its protocol v4.channel.k8s.io: the first octet of a
 * message says which stream it is of. The client's own attach gives up where a message is sent
 * before the one before is on its way, as when somebody pastes a page; this one waits.
 */
final class AttachSocket implements AutoCloseable {
  private static final String PROTOCOL = "v4.channel.k8s.io";
  private static final byte STDIN = 0;
  private static final byte STDOUT = 1;
  private static final byte STDERR = 2;
  private static final byte STATUS = 3;
  private static final byte RESIZE = 4;
  private static final int PIECE = 8_192;
  private static final int NORMAL_CLOSURE = 1_000;
  private static final long PATIENCE_SECONDS = 10;
  private static final long STEP_NS = 1_000_000;

  private final WebSocket socket;
  private final Incoming incoming;

  private AttachSocket(WebSocket socket, Incoming incoming) {
    this.socket = socket;
    this.incoming = incoming;
  }

  /**
   * Connects.
   *
   * @param errors not used with a terminal, which has one stream for both
   * @throws IOException when it cannot, by whatever the cause of that is
   */
  static AttachSocket open(
      KubernetesClient client,
      String namespace,
      String pod,
      String container,
      boolean isTerminal,
      OutputStream output,
      OutputStream errors)
      throws IOException, InterruptedException {
    URI address =
        URI.create(client.getMasterUrl().toString())
            .resolve(
                "api/v1/namespaces/%s/pods/%s/attach?container=%s&stdin=true&stdout=true&%s=true"
                    .formatted(namespace, pod, container, isTerminal ? "tty" : "stderr"));
    Incoming incoming = new Incoming(client, output, errors);
    try {
      WebSocket socket =
          client
              .getHttpClient()
              .newWebSocketBuilder()
              .subprotocol(PROTOCOL)
              .uri(address)
              .connectTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
              .buildAsync(incoming)
              .get();
      return new AttachSocket(socket, incoming);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  /**
   * Waits for the end.
   *
   * @return empty when the container's streams ended, else what a kubelet said of that
   * @throws IOException when the connection broke
   */
  String awaitEnd() throws IOException, InterruptedException {
    try {
      return incoming.end.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  /** Ends it, as there is no use in going on. */
  void fail(IOException fault) {
    incoming.end.completeExceptionally(fault);
  }

  private boolean isOver() {
    return incoming.end.isDone();
  }

  /**
   * Sends what is typed until there is no more. The protocol cannot say that there is no more.
   *
   * @throws IOException when it cannot be read, or the connection is broken
   */
  void type(InputStream typed) throws IOException {
    byte[] piece = new byte[PIECE];
    for (int length = typed.read(piece); length >= 0; length = typed.read(piece)) {
      send(STDIN, piece, length);
    }
  }

  void type(String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    send(STDIN, bytes, bytes.length);
  }

  void resize(Terminal.Size size) throws IOException {
    byte[] message =
        "{\"Width\":%d,\"Height\":%d}".formatted(size.columns(), size.rows()).getBytes(UTF_8);
    send(RESIZE, message, message.length);
  }

  private synchronized void send(byte stream, byte[] bytes, int length) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(length + 1).put(stream).put(bytes, 0, length).flip();
    while (socket.queueSize() > 0 && !isOver()) {
      LockSupport.parkNanos(STEP_NS);
    }
    if (isOver() || !socket.send(message)) {
      throw new IOException("the connection is closed");
    }
  }

  @Override
  public void close() {
    socket.sendClose(NORMAL_CLOSURE, "");
  }

  /** What comes, one message after another; the next is asked for when one is written. */
  private static final class Incoming implements WebSocket.Listener {
    private final KubernetesClient client;
    private final OutputStream output;
    private final OutputStream errors;
    private final CompletableFuture<String> end = new CompletableFuture<>();

    private Incoming(KubernetesClient client, OutputStream output, OutputStream errors) {
      this.client = client;
      this.output = output;
      this.errors = errors;
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
      onMessage(socket, ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    @Override
    public void onMessage(WebSocket socket, ByteBuffer message) {
      try {
        byte stream = message.hasRemaining() ? message.get() : STDIN;
        byte[] bytes = new byte[message.remaining()];
        message.get(bytes);
        switch (stream) {
          case STDOUT -> write(output, bytes);
          case STDERR -> write(errors, bytes);
          case STATUS -> end.complete(fault(new String(bytes, UTF_8)));
          default -> {} // the first message of each stream is empty
        }
      } catch (IOException e) {
        end.completeExceptionally(e); // nobody reads what we write
      } finally {
        socket.request();
      }
    }

    private static void write(OutputStream to, byte[] bytes) throws IOException {
      to.write(bytes);
      to.flush();
    }

    private String fault(String text) {
      try {
        Status status = client.getKubernetesSerialization().unmarshal(text, Status.class);
        return "Success".equals(status.getStatus()) ? "" : String.valueOf(status.getMessage());
      } catch (KubernetesClientException e) {
        return text;
      }
    }

    @Override
    public void onClose(WebSocket socket, int code, @Nullable String reason) {
      end.completeExceptionally(
          new IOException("closed with code " + code + (reason == null ? "" : " " + reason)));
    }

    @Override
    public void onError(WebSocket socket, Throwable fault) {
      end.completeExceptionally(fault);
    }
  }
}
