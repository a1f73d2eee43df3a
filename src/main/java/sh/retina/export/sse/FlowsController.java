package sh.retina.export.sse;

import java.time.InstantSource;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import sh.retina.flow.FlowFault;
import sh.retina.flow.FlowFilterException;
import sh.retina.flow.FlowFilters;
import sh.retina.flow.FlowNode;
import sh.retina.flow.FlowQuery;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowSource;
import sh.retina.pipeline.FlowStart;

/** {@code GET /flows}: live and past flows as server-sent events; docs/flows.md. */
@RestController
class FlowsController {
  private static final int MAX_ID_LENGTH = 128;

  private final FlowEvents events;
  private final FlowNode node;
  private final InstantSource clock;
  private final Sinks.Empty<Void> closing = Sinks.empty();

  FlowsController(
      FlowSource source,
      FlowNode node,
      SseProperties properties,
      SseSubscribers subscribers,
      ObjectProvider<InstantSource> clock) {
    this.events = new FlowEvents(source, properties, subscribers);
    this.node = node;
    this.clock = clock.getIfUnique(InstantSource::system);
  }

  @GetMapping(path = "/flows", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  ResponseEntity<Flux<ServerSentEvent<String>>> flows(
      ServerHttpRequest http,
      @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId) {
    FlowQuery query = FlowQuery.parse(http.getQueryParams(), node, clock.instant());
    FlowRequest request = request(query, lastEventId);
    return ResponseEntity.ok()
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .body(
            HttpMethod.HEAD.equals(http.getMethod())
                ? Flux.empty() // its body is read and thrown away: never that of a stream
                : events.stream(request, closing.asMono(), writer(http)));
  }

  /** The event loop of the client's connection. */
  private static Scheduler writer(ServerHttpRequest http) {
    HttpServerRequest request = ServerHttpRequestDecorator.getNativeRequest(http);
    return Schedulers.fromExecutor(task ->
        request.withConnection(connection -> connection.channel().eventLoop().execute(task)));
  }

  private FlowRequest request(FlowQuery query, @Nullable String lastEventId) {
    return new FlowRequest(
        start(query, lastEventId),
        FlowFilters.compile(query.whitelist(), query.blacklist(), node),
        query.until(),
        query.follow(),
        query.first());
  }

  private static FlowStart start(FlowQuery query, @Nullable String lastEventId) {
    if (lastEventId != null && !lastEventId.isEmpty()) {
      if (lastEventId.length() > MAX_ID_LENGTH) {
        throw new IllegalArgumentException("Last-Event-ID is not an id of this stream");
      }
      return new FlowStart.After(lastEventId);
    }
    if (query.since() != null) {
      return new FlowStart.Since(query.since());
    }
    if (query.last() > 0) {
      return new FlowStart.Last(query.last());
    }
    boolean live = query.follow() && query.first() == 0 && query.until() == null;
    return live ? new FlowStart.Now() : new FlowStart.Oldest();
  }

  /** Streams never end by themselves, so a graceful stop would wait for its whole time limit. */
  @EventListener
  void onClose(ContextClosedEvent event) {
    closing.tryEmitEmpty();
  }

  @ExceptionHandler
  ResponseEntity<String> onBadQuery(FlowFilterException e) {
    String faults =
        e.faults().stream().map(FlowFault::toString).collect(Collectors.joining("\n", "", "\n"));
    return text(HttpStatus.BAD_REQUEST).body(faults);
  }

  @ExceptionHandler
  ResponseEntity<String> onBadRequest(IllegalArgumentException e) {
    return text(HttpStatus.BAD_REQUEST).body(e.getMessage() + "\n");
  }

  @ExceptionHandler
  ResponseEntity<String> onTooManyClients(TooManyClientsException e) {
    return text(HttpStatus.SERVICE_UNAVAILABLE)
        .header(HttpHeaders.RETRY_AFTER, "5")
        .body(e.getMessage() + "\n");
  }

  private static ResponseEntity.BodyBuilder text(HttpStatus status) {
    return ResponseEntity.status(status)
        .contentType(new MediaType(MediaType.TEXT_PLAIN, java.nio.charset.StandardCharsets.UTF_8));
  }
}
