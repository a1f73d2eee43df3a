package sh.retina.job;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;
import reactor.netty.tcp.TcpClient;

/**
 * A kubelet's port-forward over a web socket: of the pod's port, data on one channel and faults on
 * the next; each begins with the port, two octets, little-endian. The pod's loopback is this one.
 */
final class PortForward {
  private static final int DATA = 0;
  private static final int FAULTS = 1;

  private PortForward() {}

  static Publisher<Void> serve(HttpServerRequest request, HttpServerResponse response) {
    int port =
        Integer.parseInt(
            new QueryStringDecoder(request.uri())
                .parameters()
                .getOrDefault("port", List.of(""))
                .getFirst());
    return response.sendWebsocket(
        (in, out) ->
            TcpClient.create()
                .host("127.0.0.1")
                .port(port)
                .connect()
                .flatMap(connection -> join(connection, port, in, out)),
        WebsocketServerSpec.builder().protocols(TestKubelet.PROTOCOL).build());
  }

  private static Mono<Void> join(
      Connection pod, int port, WebsocketInbound in, WebsocketOutbound out) {
    byte[] begin = {(byte) port, (byte) (port >> 8)};
    Flux<WebSocketFrame> frames =
        Flux.concat(
            Flux.just(
                TestKubelet.frame(DATA, begin, begin.length),
                TestKubelet.frame(FAULTS, begin, begin.length)),
            pod.inbound()
                .receive()
                .asByteArray()
                .map(bytes -> TestKubelet.frame(DATA, bytes, bytes.length)));
    Mono<Void> fromPod = out.sendObject(frames, _ -> true).then().then(out.sendClose());
    Mono<Void> toPod =
        pod.outbound()
            .sendObject(
                in.receive()
                    .asByteArray()
                    .filter(bytes -> bytes.length > 1 && bytes[0] == DATA)
                    .map(bytes -> Unpooled.wrappedBuffer(bytes, 1, bytes.length - 1)),
                _ -> true)
            .then();
    return Mono.firstWithSignal(fromPod, toPod).doFinally(_ -> pod.dispose());
  }
}
