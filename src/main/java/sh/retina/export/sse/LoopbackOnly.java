package sh.retina.export.sse;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Refuses from beyond loopback whatever is not metrics or health: flows tell who talks to whom, and
 * nobody is authorised yet. The peer is that of the connection; headers that name another (which
 * Boot believes inside Kubernetes) do not count. On loopback a host name other than localhost is
 * refused too: a page in a browser can point its own name at 127.0.0.1 (DNS rebinding).
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class LoopbackOnly implements WebFilter {
  private static final Pattern OPEN =
      Pattern.compile("/metrics|/actuator/prometheus|/actuator/health(/[A-Za-z0-9_-]+)*/?");
  // A literal cannot be rebound; [::1], 127.0.0.1 or what a port-forward listens on.
  private static final Pattern LITERAL_HOST =
      Pattern.compile("(\\[[0-9a-f:.]+]|[0-9]{1,3}(\\.[0-9]{1,3}){3})(:[0-9]{1,5})?");
  private static final Pattern LOCAL_NAME =
      Pattern.compile("([a-z0-9-]+\\.)*localhost\\.?(:[0-9]{1,5})?");

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    ServerHttpRequest request = exchange.getRequest();
    if (OPEN.matcher(request.getPath().value()).matches()) {
      return chain.filter(exchange);
    }
    if (!isLoopback(peer(request))) {
      return refuse(
          exchange.getResponse(),
          "not reachable from beyond loopback until authorisation is configured;"
              + " use kubectl port-forward or kubectl exec");
    }
    if (!isLocalHost(request.getHeaders().getFirst(HttpHeaders.HOST))) {
      return refuse(
          exchange.getResponse(), "not served under this host name; use localhost or 127.0.0.1");
    }
    return chain.filter(exchange);
  }

  static @Nullable SocketAddress peer(ServerHttpRequest request) {
    ServerHttpRequest plain = request;
    while (plain instanceof ServerHttpRequestDecorator decorator) {
      plain = decorator.getDelegate();
    }
    if (plain instanceof AbstractServerHttpRequest server
        && server.getNativeRequest() instanceof HttpServerRequest netty) {
      return netty.connectionRemoteAddress();
    }
    return plain.getRemoteAddress();
  }

  static boolean isLoopback(@Nullable SocketAddress peer) {
    if (!(peer instanceof InetSocketAddress socket) || socket.getAddress() == null) {
      return false;
    }
    InetAddress address = socket.getAddress();
    return address.isLoopbackAddress()
        || address instanceof Inet6Address v6 && isMappedLoopback(v6.getAddress());
  }

  /** ::ffff:127.0.0.0/104, which some transports do not turn into an IPv4 address. */
  private static boolean isMappedLoopback(byte[] bytes) {
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return bytes[10] == -1 && bytes[11] == -1 && bytes[12] == 127;
  }

  static boolean isLocalHost(@Nullable String host) {
    if (host == null || host.isEmpty()) {
      return true; // HTTP/1.0; browsers always send one
    }
    String lower = host.toLowerCase(Locale.ROOT);
    return LITERAL_HOST.matcher(lower).matches() || LOCAL_NAME.matcher(lower).matches();
  }

  private static Mono<Void> refuse(ServerHttpResponse response, String why) {
    response.setStatusCode(HttpStatus.FORBIDDEN);
    response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
    byte[] body = (why + "\n").getBytes(StandardCharsets.UTF_8);
    return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
  }
}
