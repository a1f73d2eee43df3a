package sh.retina.export.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sh.retina.export.sse.FlowServer;

@Timeout(60)
class AccessFilterTest {
  private final AccessFilter filter = new AccessFilter(null);

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, /flows, true",
    "127.8.9.1, /flows, true",
    "::1, /flows, true",
    "::ffff:127.0.0.1, /flows, true",
    "10.0.0.1, /flows, false",
    "fd00::1, /flows, false",
    "::ffff:10.0.0.1, /flows, false",
    "10.0.0.1, /metrics, true",
    "10.0.0.1, /actuator/prometheus, true",
    "10.0.0.1, /actuator/health, true",
    "10.0.0.1, /actuator/health/readiness, true",
    "10.0.0.1, /actuator/health/, true",
    "10.0.0.1, /actuator/health/details, false",
    "10.0.0.1, /actuator/health/details/, false",
    "10.0.0.1, /actuator/health/details/plugins, false",
    "10.0.0.1, /actuator/healthy, false",
    "10.0.0.1, /actuator/health/../env, false",
    "10.0.0.1, /actuator/health/%2e%2e/env, false",
    "10.0.0.1, /metrics/x, false",
    "10.0.0.1, /metrics;/flows, false",
    "10.0.0.1, /actuator/env, false",
    "10.0.0.1, /, false",
    "10.0.0.1, //flows, false",
  })
  void shouldServeOnlyMetricsAndHealthBeyondLoopback(String peer, String path, boolean served)
      throws UnknownHostException {
    assertThat(status(new InetSocketAddress(InetAddress.getByName(peer), 1), path, "localhost"))
        .isEqualTo(served ? null : HttpStatus.FORBIDDEN);
  }

  @Test
  void shouldRefuseAPeerThatHasNoAddress() {
    assertThat(status(null, "/flows", "localhost")).isEqualTo(HttpStatus.FORBIDDEN);
    assertThat(status(InetSocketAddress.createUnresolved("localhost", 1), "/flows", "localhost"))
        .isEqualTo(HttpStatus.FORBIDDEN);
  }

  @Test
  void shouldKnowMappedLoopbackThatWasLeftAsIpv6() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = 127;
    mapped[15] = 1;
    InetAddress kept = Inet6Address.getByAddress(null, mapped, 0);
    assertThat(Peers.isLoopback(new InetSocketAddress(kept, 1))).isTrue();

    mapped[12] = 10;
    InetAddress other = Inet6Address.getByAddress(null, mapped, 0);
    assertThat(Peers.isLoopback(new InetSocketAddress(other, 1))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LOCALHOST:10093", "127.0.0.1:1", "[::1]:10093", "x.localhost", ""})
  void shouldServeLocalHostNames(String host) {
    assertThat(Peers.isLocalHost(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rebound.example",
        "localhost.example",
        "notlocalhost",
        "127.0.0.1.example",
        "127.0.0.1:x",
        "[::1].example",
        "localhost:1:2"
      })
  void shouldRefuseNamesThatAnybodyCanPointAtLoopback(String host) {
    assertThat(Peers.isLocalHost(host)).isFalse();
  }

  @Test
  void shouldNotBelieveForwardedHeaders() throws IOException {
    Optional<InetAddress> own = ownAddress();
    assumeTrue(own.isPresent(), "this machine has no address but loopback");

    // Asking one's own address stays on the machine, but the peer is not loopback.
    try (FlowServer server = server(new AccessFilter(null))) {
      String lies = "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n";
      assertThat(ask(own.get(), server, "/flows", lies))
          .startsWith("HTTP/1.1 403")
          .contains("not reachable from beyond loopback", "kubectl port-forward");
      assertThat(ask(own.get(), server, "/actuator/env", lies)).startsWith("HTTP/1.1 403");
      assertThat(ask(own.get(), server, "/metrics", "")).startsWith("HTTP/1.1 200");
      assertThat(ask(own.get(), server, "/actuator/health/liveness", ""))
          .startsWith("HTTP/1.1 200");

      InetAddress loopback = InetAddress.getLoopbackAddress();
      assertThat(ask(loopback, server, "/flows", "")).startsWith("HTTP/1.1 200");
      assertThat(ask(loopback, server, "/flows", "X-Forwarded-For: 10.0.0.1\r\n"))
          .startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void shouldServeBeyondLoopbackWhomTheApiServerAccepts() throws IOException {
    Optional<InetAddress> own = ownAddress();
    assumeTrue(own.isPresent(), "this machine has no address but loopback");
    Authorization authorization =
        new Authorization(
            (token, verb, path) ->
                switch (token) {
                  case "good" ->
                      new Reviewer.Review("ada", verb.equals("get") && path.equals("/flows"));
                  case "bad" -> new Reviewer.Review("", true);
                  default -> throw new IllegalStateException("nobody answers");
                },
            System::nanoTime);

    try (FlowServer server = server(new AccessFilter(authorization))) {
      InetAddress address = own.get();
      assertThat(ask(address, server, "/flows", ""))
          .startsWith("HTTP/1.1 401")
          .containsIgnoringCase("www-authenticate: Bearer");
      assertThat(ask(address, server, "/flows", "Authorization: Basic Z29vZA==\r\n"))
          .startsWith("HTTP/1.1 401");
      assertThat(ask(address, server, "/flows", "Authorization: bearer good\r\n"))
          .startsWith("HTTP/1.1 200")
          .contains(":flows");
      assertThat(ask(address, server, "/actuator/env", "Authorization: Bearer good\r\n"))
          .startsWith("HTTP/1.1 403")
          .contains("may not get /actuator/env");
      assertThat(ask(address, server, "/flows", "Authorization: Bearer bad\r\n"))
          .startsWith("HTTP/1.1 401")
          .contains("does not accept the token");
      assertThat(ask(address, server, "/flows", "Authorization: Bearer other\r\n"))
          .startsWith("HTTP/1.1 503");
      assertThat(ask(address, server, "/metrics", "")).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void shouldEndAStreamWhoseReaderIsNoLongerAccepted() throws IOException {
    Optional<InetAddress> own = ownAddress();
    assumeTrue(own.isPresent(), "this machine has no address but loopback");
    AtomicBoolean isAllowed = new AtomicBoolean(true);
    AtomicLong now = new AtomicLong();
    Authorization authorization =
        new Authorization((_, _, _) -> new Reviewer.Review("ada", isAllowed.get()), now::get);

    try (FlowServer server =
            new FlowServer(
                _ -> Flux.never(),
                2,
                "0.0.0.0",
                new AccessFilter(authorization, Duration.ofMillis(20)));
        Socket socket = new Socket(own.get(), server.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /flows HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream answer = socket.getInputStream();
      assertThat((char) answer.read()).isEqualTo('H');
      isAllowed.set(false);
      now.addAndGet(Authorization.KEEP_ALLOWED.toNanos());
      socket.setSoTimeout(20_000);

      String rest = new String(readToEnd(answer), StandardCharsets.UTF_8);
      assertThat(rest).startsWith("TTP/1.1 200").endsWith("0\r\n\r\n");
    }
  }

  /** To the last chunk: the connection may live on. */
  private static byte[] readToEnd(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int octet = in.read(); octet >= 0; octet = in.read()) {
      all.write(octet);
      if (all.toString(StandardCharsets.UTF_8).endsWith("\r\n0\r\n\r\n")) {
        break;
      }
    }
    return all.toByteArray();
  }

  private @Nullable HttpStatusCode status(
      @Nullable InetSocketAddress peer, String path, String host) {
    MockServerHttpRequest request =
        MockServerHttpRequest.method(HttpMethod.GET, URI.create("http://h" + path))
            .header("Host", host)
            .build();
    ServerWebExchange exchange =
        MockServerWebExchange.from(request).mutate().request(new FromPeer(request, peer)).build();
    filter.filter(exchange, _ -> Mono.empty()).block();
    return exchange.getResponse().getStatusCode();
  }

  /** A request without a server of ours below it. */
  private static final class FromPeer extends AbstractServerHttpRequest {
    private final MockServerHttpRequest request;
    private final @Nullable InetSocketAddress peer;

    FromPeer(MockServerHttpRequest request, @Nullable InetSocketAddress peer) {
      super(request.getMethod(), request.getURI(), "", request.getHeaders());
      this.request = request;
      this.peer = peer;
    }

    @Override
    public @Nullable InetSocketAddress getRemoteAddress() {
      return peer;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getNativeRequest() {
      return (T) this;
    }

    @Override
    protected MultiValueMap<String, HttpCookie> initCookies() {
      return request.getCookies();
    }

    @Override
    protected @Nullable SslInfo initSslInfo() {
      return null;
    }

    @Override
    public Flux<DataBuffer> getBody() {
      return request.getBody();
    }
  }

  private static FlowServer server(AccessFilter filter) {
    return new FlowServer(_ -> Flux.empty(), 2, "0.0.0.0", filter);
  }

  private static Optional<InetAddress> ownAddress() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .findFirst();
  }

  private static String ask(InetAddress address, FlowServer server, String path, String headers)
      throws IOException {
    try (Socket socket = new Socket(address, server.port())) {
      String request =
          "GET "
              + path
              + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
              + headers
              + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
