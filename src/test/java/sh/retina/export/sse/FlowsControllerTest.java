package sh.retina.export.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEventSource;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowSource;
import sh.retina.pipeline.FlowStart;

/** The stream over real connections. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlowsControllerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<FlowRequest> requests = new CopyOnWriteArrayList<>();
  private final AtomicLong emitted = new AtomicLong();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private FlowServer server = serve(request -> Flux.just(item(1), item(2)));

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void shouldSendFlowsAndLosses() {
    restart(request ->
        Flux.just(item(1), new FlowItem.Lost(LostEventSource.HUBBLE_RING_BUFFER, 12), item(2)));

    Flux<ServerSentEvent<String>> events =
        client()
            .get()
            .uri("/flows")
            .exchange()
            .expectStatus()
            .isOk()
            .expectHeader()
            .contentTypeCompatibleWith(MediaType.TEXT_EVENT_STREAM)
            .expectHeader()
            .valueEquals("Cache-Control", "no-store")
            .returnResult(new ParameterizedTypeReference<ServerSentEvent<String>>() {})
            .getResponseBody();

    StepVerifier.create(events)
        .expectNextMatches(event -> "flows".equals(event.comment()))
        .expectNextMatches(event ->
            "flow".equals(event.event())
                && "1".equals(event.id())
                && "{\"source\":{\"pod_name\":\"pod-1\"}}".equals(event.data()))
        .expectNextMatches(event ->
            "lost".equals(event.event())
                && event.id() == null
                && "{\"source\":\"HUBBLE_RING_BUFFER\",\"num_events_lost\":\"12\"}"
                    .equals(event.data()))
        .expectNextMatches(event -> "2".equals(event.id()))
        .expectComplete()
        .verify(PATIENCE);
    await().atMost(PATIENCE).until(() -> server.subscribers() == 0);
  }

  @Test
  void shouldAskTheSourceForWhatTheQuerySays() {
    get("/flows", 200);
    get("/flows?last=5&pod=shop/", 200);
    get("/flows?since=2026-01-01T00:00:00Z&first=3", 200);
    get("/flows?until=2026-01-01T00:00:00Z", 200);
    client().get().uri("/flows?since=5m").header("Last-Event-ID", "a7").exchange().expectBody();

    assertThat(requests.stream().map(FlowRequest::start))
        .containsExactly(
            new FlowStart.Now(),
            new FlowStart.Last(5),
            new FlowStart.Since(Instant.parse("2026-01-01T00:00:00Z")),
            new FlowStart.Oldest(),
            new FlowStart.After("a7"));
    assertThat(requests.stream().map(FlowRequest::follow))
        .containsExactly(true, false, false, false, true);
    assertThat(requests.get(2).limit()).isEqualTo(3);
    assertThat(requests.get(3).until()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
  }

  @Test
  void shouldNameAllFaultsOfAQuery() {
    assertThat(get("/flows?colour=red&port=http&verdict=DROPPED", 400))
        .contains("colour: unknown parameter; known: ", "port: not a port")
        .doesNotContain("verdict:");
    assertThat(requests).isEmpty();
  }

  @Test
  void shouldRefuseAnIdThatTheJournalNeverGave() {
    restart(_ -> {
      throw new IllegalArgumentException("not an id of this journal: 'x'");
    });

    client()
        .get()
        .uri("/flows")
        .header("Last-Event-ID", "x")
        .accept(MediaType.TEXT_EVENT_STREAM)
        .exchange()
        .expectStatus()
        .isBadRequest()
        .expectBody(String.class)
        .isEqualTo("not an id of this journal: 'x'\n");
    client()
        .get()
        .uri("/flows")
        .header("Last-Event-ID", "x".repeat(129))
        .exchange()
        .expectStatus()
        .isBadRequest();
    assertThat(server.subscribers()).isZero();
  }

  @Test
  void shouldAnswerBeforeTheFirstFlow() throws IOException {
    restart(_ -> Flux.never());

    try (Connection connection = connect()) {
      assertThat(connection.lineAfterHeaders()).isEqualTo(":flows");
    }
  }

  @Test
  void shouldRefuseOneClientTooManyAndForgetThoseThatLeft() throws IOException {
    restart(_ -> Flux.<FlowItem>never().doOnCancel(() -> cancelled.set(true)));

    try (Connection first = connect();
        Connection second = connect()) {
      first.lineAfterHeaders();
      second.lineAfterHeaders();
      assertThat(server.subscribers()).isEqualTo(2);
      assertThat(get("/flows", 503)).contains("2 clients", "retina.sse.max-clients");
    }

    await().atMost(PATIENCE).until(() -> server.subscribers() == 0);
    assertThat(cancelled).isTrue();
    try (Connection next = connect()) {
      assertThat(next.lineAfterHeaders()).isEqualTo(":flows");
    }
  }

  @Test
  void shouldReadNoFurtherThanTheClientDoes() throws IOException {
    restart(_ ->
        Flux.generate(sink -> {
          emitted.incrementAndGet();
          sink.next(item(emitted.get()));
        }));

    try (Connection connection = connect()) {
      connection.lineAfterHeaders();
      AtomicLong before = new AtomicLong(-1);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(500))
          .until(() -> before.getAndSet(emitted.get()) == emitted.get());
      long stalled = emitted.get();

      for (long i = 0; i < stalled * 3; i++) { // three lines each: the source must go on
        connection.reader.readLine();
      }
      // The server learns of the room some time after the client made it.
      await().atMost(PATIENCE).until(() -> emitted.get() > stalled);
    }
    await().atMost(PATIENCE).until(() -> server.subscribers() == 0);
  }

  @Test
  void shouldEndTheStreamWhenTheSourceFails() {
    restart(_ -> Flux.concat(Flux.just(item(1)), Flux.error(new IllegalStateException("disk"))));

    assertThat(get("/flows", 200)).contains("pod-1", ":the agent could not go on");
    await().atMost(PATIENCE).until(() -> server.subscribers() == 0);
  }

  @Test
  void shouldEndAllStreamsWhenTheAgentStops() throws IOException {
    restart(_ -> Flux.never());

    try (Connection connection = connect()) {
      connection.lineAfterHeaders();
      server.closeContext();
      String line = connection.reader.readLine();
      while (line != null) {
        line = connection.reader.readLine();
      }
    }
  }

  @Test
  void shouldNotOpenAStreamForAHead() {
    client().head().uri("/flows").exchange().expectStatus().isOk().expectBody().isEmpty();

    assertThat(requests).isEmpty();
  }

  private static FlowItem item(long number) {
    return new FlowItem.Item(
        Long.toString(number),
        Flow.newBuilder().setSource(Endpoint.newBuilder().setPodName("pod-" + number)).build());
  }

  private FlowServer serve(FlowSource source) {
    FlowSource recorded =
        request -> {
          requests.add(request);
          return source.open(request);
        };
    return new FlowServer(recorded, 2, "127.0.0.1");
  }

  private void restart(FlowSource source) {
    server.close();
    server = serve(source);
  }

  private WebTestClient client() {
    return WebTestClient.bindToServer()
        .baseUrl("http://127.0.0.1:" + server.port())
        .responseTimeout(PATIENCE)
        .build();
  }

  private String get(String uri, int status) {
    String body =
        client()
            .get()
            .uri(uri)
            .exchange()
            .expectStatus()
            .isEqualTo(status)
            .expectBody(String.class)
            .returnResult()
            .getResponseBody();
    return body == null ? "" : body;
  }

  private Connection connect() throws IOException {
    return new Connection(new Socket(InetAddress.getLoopbackAddress(), server.port()));
  }

  /** A client that reads only when told. */
  private record Connection(Socket socket, BufferedReader reader) implements AutoCloseable {
    Connection(Socket socket) throws IOException {
      this(
          socket,
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket
          .getOutputStream()
          .write(
              "GET /flows HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8));
    }

    /** The first line of the body; skips the chunk's length. */
    String lineAfterHeaders() throws IOException {
      String line = reader.readLine();
      while (!line.isEmpty()) {
        line = reader.readLine();
      }
      reader.readLine();
      return reader.readLine();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
