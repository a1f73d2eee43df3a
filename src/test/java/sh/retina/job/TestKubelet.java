package sh.retina.job;

import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;

/**
 * As much of a kubelet as an exec, an attach and a port-forward need: the API server connects to it
 * as to a real one, and it runs the words in place of the container, as there is none. Pods of its
 * node are made to run by {@link #adopt}.
 */
public final class TestKubelet implements AutoCloseable {
  static final String PROTOCOL = "v4.channel.k8s.io";
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int STATUS = 3;
  private static final int PIECE = 32_768;

  private final KubernetesClient admin;
  private final String node;
  private final List<String> network;
  private final AttachedShell shell;
  private final DisposableServer server;
  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private final List<List<String>> commands = new CopyOnWriteArrayList<>();

  /**
   * Serves, and registers the node.
   *
   * @param certificate and {@code key}: PEM; the API server takes any
   * @param network words before each command, such as nsenter's
   */
  public TestKubelet(
      KubernetesClient admin, String node, Path certificate, Path key, String... network)
      throws Exception {
    this.admin = admin;
    this.node = node;
    this.network = List.of(network);
    this.shell = new AttachedShell(admin);
    SslContext tls = SslContextBuilder.forServer(key(key), certificate(certificate)).build();
    this.server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .childOption(ChannelOption.SO_RCVBUF, PIECE)
            .secure(spec -> spec.sslContext(tls))
            .route(routes ->
                routes
                    .get("/exec/{namespace}/{pod}/{container}", this::exec)
                    .get("/attach/{namespace}/{pod}/{container}", shell::serve)
                    .get("/portForward/{namespace}/{pod}", PortForward::serve))
            .bindNow(Duration.ofSeconds(30));
    register();
  }

  private static X509Certificate certificate(Path pem) throws Exception {
    try (InputStream in = Files.newInputStream(pem)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  /** openssl writes the form that Java reads. */
  private static PrivateKey key(Path pem) throws Exception {
    Process openssl =
        new ProcessBuilder(
                "openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", pem.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    byte[] key = openssl.getInputStream().readAllBytes();
    boolean isElliptic = Files.readString(pem).contains("BEGIN EC ");
    return KeyFactory.getInstance(isElliptic ? "EC" : "RSA")
        .generatePrivate(new PKCS8EncodedKeySpec(key));
  }

  private void register() {
    Nodes.create(admin, node, "kubelet", "test");
    admin
        .nodes()
        .withName(node)
        .editStatus(before ->
            new NodeBuilder(before)
                .withNewStatus()
                .addNewAddress("127.0.0.1", "InternalIP")
                .withNewDaemonEndpoints()
                .withNewKubeletEndpoint(server.port())
                .endDaemonEndpoints()
                .endStatus()
                .build());
  }

  /** Binds pods that wait, and lets them run. */
  public void adopt(String namespace) {
    for (Pod pod : admin.pods().inNamespace(namespace).list().getItems()) {
      if (pod.getSpec().getNodeName() != null) {
        continue;
      }
      String name = pod.getMetadata().getName();
      admin
          .bindings()
          .inNamespace(namespace)
          .resource(
              new BindingBuilder()
                  .withNewMetadata()
                  .withName(name)
                  .withNamespace(namespace)
                  .endMetadata()
                  .withNewTarget()
                  .withKind("Node")
                  .withName(node)
                  .endTarget()
                  .build())
          .create();
      admin
          .pods()
          .inNamespace(namespace)
          .withName(name)
          .editStatus(before ->
              new PodBuilder(before)
                  .withNewStatus()
                  .withPhase("Running")
                  .addNewCondition()
                  .withType("Ready")
                  .withStatus("True")
                  .endCondition()
                  .endStatus()
                  .build());
    }
  }

  /** What it was told to run, without the image's program. */
  public List<List<String>> commands() {
    return commands;
  }

  /** What answers an attach. */
  public AttachedShell shell() {
    return shell;
  }

  private Publisher<Void> exec(HttpServerRequest request, HttpServerResponse response) {
    List<String> words =
        new QueryStringDecoder(request.uri()).parameters().getOrDefault("command", List.of());
    List<String> ours = words.subList(2, words.size()); // java and its options, of the image
    commands.add(ours);
    return response.sendWebsocket(
        (in, out) -> {
          Process process = start(ours);
          Flux<WebSocketFrame> frames =
              Flux.merge(
                      frames(process.getInputStream(), STDOUT),
                      frames(process.getErrorStream(), STDERR))
                  .concatWith(Mono.fromCallable(() -> status(process)));
          Mono<Void> gone = in.receive().then().doFinally(_ -> process.destroy());
          return Mono.firstWithSignal(
              out.sendObject(frames, _ -> true).then().then(out.sendClose()), gone);
        },
        WebsocketServerSpec.builder().protocols(PROTOCOL).build());
  }

  private Process start(List<String> words) {
    List<String> command = new ArrayList<>(network);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "sh.retina.RetinaApplication"));
    command.addAll(words);
    try {
      Process process = new ProcessBuilder(command).start();
      processes.add(process);
      return process;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static Flux<WebSocketFrame> frames(InputStream stream, int channel) {
    return Flux.<WebSocketFrame>generate(
            sink -> {
              try {
                byte[] piece = new byte[PIECE];
                int read = stream.read(piece);
                if (read < 0) {
                  sink.complete();
                } else {
                  sink.next(frame(channel, piece, read));
                }
              } catch (IOException _) {
                sink.complete(); // its process was told to go
              }
            })
        .subscribeOn(Schedulers.boundedElastic());
  }

  static WebSocketFrame frame(int channel, byte[] bytes, int length) {
    return new BinaryWebSocketFrame(
        Unpooled.buffer(length + 1).writeByte(channel).writeBytes(bytes, 0, length));
  }

  private static WebSocketFrame status(Process process) throws InterruptedException {
    int code = process.waitFor();
    String status =
        code == 0
            ? "{\"metadata\":{},\"status\":\"Success\"}"
            : "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"exit code %1$d\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"%1$d\"}]}}"
                .formatted(code);
    byte[] bytes = status.getBytes(StandardCharsets.UTF_8);
    return frame(STATUS, bytes, bytes.length);
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
    shell.close();
    server.disposeNow(Duration.ofSeconds(30));
  }
}
