package sh.retina.export.access;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Whatever is not metrics or health is for loopback, and from beyond it for who has a token that an
 * {@link Authorization} accepts: flows tell who talks to whom. The peer is that of the connection;
 * headers that name another (which Boot believes inside Kubernetes) do not count. On loopback a
 * host name other than localhost is refused: a page in a browser can point its own name at
 * 127.0.0.1 (DNS rebinding). Thread-safe.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class AccessFilter implements WebFilter {
  private static final Pattern OPEN =
      Pattern.compile("/metrics|/actuator/prometheus|/actuator/health(/[A-Za-z0-9_-]+)*/?");
  private static final Pattern DETAILS = Pattern.compile("/actuator/health/details(/.*)?");
  private static final Pattern BEARER =
      Pattern.compile("bearer +([A-Za-z0-9._~+/=-]{1,16384}) *", Pattern.CASE_INSENSITIVE);

  private final @Nullable Authorization authorization;
  private final Duration again;

  /** {@code authorization}: null: loopback only. */
  public AccessFilter(@Nullable Authorization authorization) {
    this(authorization, Authorization.KEEP_ALLOWED.plusSeconds(1));
  }

  /** {@code again}: how often who reads a stream is asked for, as the API server may forget him. */
  AccessFilter(@Nullable Authorization authorization, Duration again) {
    this.authorization = authorization;
    this.again = again;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    ServerHttpRequest request = exchange.getRequest();
    String path = request.getPath().value();
    if (OPEN.matcher(path).matches() && !DETAILS.matcher(path).matches()) {
      return chain.filter(exchange);
    }
    SocketAddress peer = Peers.of(request);
    if (!Peers.isLoopback(peer)) {
      return fromBeyond(exchange, chain, peer, path);
    }
    if (!Peers.isLocalHost(request.getHeaders().getFirst(HttpHeaders.HOST))) {
      return refuse(
          exchange.getResponse(),
          HttpStatus.FORBIDDEN,
          "not served under this host name; use localhost or 127.0.0.1");
    }
    return chain.filter(exchange);
  }

  private Mono<Void> fromBeyond(
      ServerWebExchange exchange, WebFilterChain chain, @Nullable SocketAddress peer, String path) {
    ServerHttpResponse response = exchange.getResponse();
    Authorization by = authorization;
    if (by == null || !(peer instanceof InetSocketAddress)) {
      return refuse(
          response,
          HttpStatus.FORBIDDEN,
          "not reachable from beyond loopback until authorisation is configured;"
              + " use kubectl port-forward or kubectl exec");
    }
    String header = exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
    Matcher bearer = BEARER.matcher(header == null ? "" : header);
    if (!bearer.matches()) {
      return unknown(response, "a bearer token of the cluster is needed from beyond loopback");
    }
    String verb = exchange.getRequest().getMethod().name().toLowerCase(Locale.ROOT);
    Mono<Answer> answer = by.of(Peers.group(peer), bearer.group(1), verb, path);
    return answer.flatMap(first ->
        switch (first) {
          case ALLOWED -> chain.filter(exchange).takeUntilOther(withdrawn(answer));
          case UNKNOWN -> unknown(response, "the API server does not accept the token");
          case FORBIDDEN ->
              refuse(
                  response,
                  HttpStatus.FORBIDDEN,
                  "the token's owner may not "
                      + verb
                      + " "
                      + path
                      + ": a ClusterRole with this"
                      + " nonResourceURL and verb allows it");
          case BUSY -> {
            response.getHeaders().set(HttpHeaders.RETRY_AFTER, "5");
            yield refuse(response, HttpStatus.TOO_MANY_REQUESTS, "too many tokens in a short time");
          }
          case UNAVAILABLE -> {
            response.getHeaders().set(HttpHeaders.RETRY_AFTER, "10");
            yield refuse(
                response,
                HttpStatus.SERVICE_UNAVAILABLE,
                "the API server cannot be asked about the token; the agent's log says why");
          }
        });
  }

  /** When the API server no longer accepts who reads: its silence withdraws nothing. */
  private Mono<Answer> withdrawn(Mono<Answer> answer) {
    return Flux.interval(again)
        .onBackpressureDrop()
        .concatMap(_ -> answer)
        .filter(next -> next == Answer.UNKNOWN || next == Answer.FORBIDDEN)
        .next();
  }

  private static Mono<Void> unknown(ServerHttpResponse response, String why) {
    response.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    return refuse(response, HttpStatus.UNAUTHORIZED, why);
  }

  private static Mono<Void> refuse(ServerHttpResponse response, HttpStatus status, String why) {
    response.setStatusCode(status);
    response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
    byte[] body = (why + "\n").getBytes(StandardCharsets.UTF_8);
    return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
  }
}
