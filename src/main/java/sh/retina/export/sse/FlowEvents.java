package sh.retina.export.sse;

import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import sh.retina.flow.FlowJson;
import sh.retina.flow.proto.LostEvent;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowSource;

/**
 * Turns a flow stream into server-sent events (WHATWG HTML, section 9.2). Nothing is buffered here
 * beyond two times {@value #PREFETCH} items: what the client does not read stays in the journal.
 */
final class FlowEvents {
  private static final Logger LOG = LoggerFactory.getLogger(FlowEvents.class);
  private static final int PREFETCH = 16;

  private final FlowSource source;
  private final SseProperties properties;
  private final SseSubscribers subscribers;

  FlowEvents(FlowSource source, SseProperties properties, SseSubscribers subscribers) {
    this.source = source;
    this.properties = properties;
    this.subscribers = subscribers;
  }

  /**
   * The events of one client, until {@code stop}. Fails with {@link TooManyClientsException}, or
   * with the source's IllegalArgumentException, before the first event.
   *
   * @param writer whose thread they come on: the one that writes to the client and asks for more.
   *     From two threads, Reactor Netty's asking for groups of buffers once in a while loses a
   *     request, and the stream stands still: FluxConcatArray of reactor-core 3.8 takes a demand
   *     that is zero again for one that was zero all the time
   */
  Flux<ServerSentEvent<String>> stream(FlowRequest request, Publisher<?> stop, Scheduler writer) {
    return Flux.defer(() -> {
      if (!subscribers.enter(properties.maxClients())) {
        return Flux.error(new TooManyClientsException(properties.maxClients()));
      }
      return opened(request)
          .takeUntilOther(stop)
          .doFinally(_ -> subscribers.leave())
          .publishOn(writer, PREFETCH);
    });
  }

  private Flux<ServerSentEvent<String>> opened(FlowRequest request) {
    Flux<FlowItem> items;
    try {
      items = source.open(request);
    } catch (RuntimeException e) {
      return Flux.error(e); // not thrown: whoever entered must leave
    }
    return withHeartbeat(items.map(FlowEvents::event))
        .onErrorResume(FlowEvents::end)
        // Written at once: without it a client sees no status line before the first flow.
        .startWith(comment("flows"));
  }

  private Flux<ServerSentEvent<String>> withHeartbeat(Flux<ServerSentEvent<String>> flows) {
    Sinks.Empty<Void> ended = Sinks.empty();
    Flux<ServerSentEvent<String>> heartbeat =
        Flux.interval(properties.heartbeat())
            // A client that does not read misses heartbeats; they must not pile up.
            .onBackpressureDrop()
            .map(_ -> comment("heartbeat"))
            .takeUntilOther(ended.asMono());
    return Flux.merge(PREFETCH, flows.doFinally(_ -> ended.tryEmitEmpty()), heartbeat);
  }

  private static ServerSentEvent<String> event(FlowItem item) {
    return switch (item) {
      case FlowItem.Item(var id, var flow) ->
          ServerSentEvent.builder(FlowJson.print(flow)).id(id).event("flow").build();
      case FlowItem.Lost(var source, var count) ->
          ServerSentEvent.builder(
                  FlowJson.print(
                      LostEvent.newBuilder().setSource(source).setNumEventsLost(count).build()))
              .event("lost")
              .build();
    };
  }

  /** The status is sent already: say it in the stream, and let the client resume. */
  private static Flux<ServerSentEvent<String>> end(Throwable e) {
    LOG.warn("flow stream ended kind=sse cause={}", e.toString(), e);
    return Flux.just(comment("the agent could not go on; reconnect to resume"));
  }

  private static ServerSentEvent<String> comment(String text) {
    return ServerSentEvent.<String>builder().comment(text).build();
  }
}
