package sh.retina.pipeline;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongFunction;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sh.retina.flow.FlowEndpoints;
import sh.retina.flow.FlowNode;
import sh.retina.journal.Start;
import sh.retina.plugin.PluginDecoders;

/**
 * Flows out of the journal: each subscription reads at its own pace from its own position, with the
 * same decode and enrich as the metric path, and makes a flow of what its filter passes.
 * Thread-safe.
 */
public final class JournalFlowSource implements FlowSource, AutoCloseable {
  /** Without a record; with one a stream is woken. */
  private static final long MAX_WAIT_NS = 1_000_000_000;

  /** How far back the newest matches are looked for before the whole journal is read. */
  private static final List<Duration> LOOKS_BACK =
      List.of(Duration.ofSeconds(5), Duration.ofSeconds(60));

  /** Of a stream itself; it also asks those that the metric path has seen. */
  private static final int NAMES = 2_048;

  /** More than servers of streams let in: a stream that waits for events holds its thread. */
  private static final int MAX_STREAMS = 4_096;

  private final JournalAccess journal;
  private final PluginDecoders plugins;
  private final FlowNode node;
  private final PipelineLedger ledger;
  private final boolean live;
  private final LongFunction<String> symbols;
  private final DnsNames names;
  private final SharedContexts contexts;
  private final FlowEndpoints endpoints;
  private final InstantSource clock = InstantSource.system();
  // A worker per stream, whose tasks follow each other on one thread: a virtual one, as most wait.
  // They come with streams and go 10 s after them.
  private final Scheduler scheduler =
      Schedulers.newBoundedElastic(
          MAX_STREAMS, Integer.MAX_VALUE, Thread.ofVirtual().name("flow-stream-", 0).factory(), 10);

  /**
   * @param live whether somebody writes to the journal; a recorded one ends
   * @param symbols kernel function at an address, for events that were journalled before their
   *     address had a name; empty if unknown
   * @param names that the metric path has seen asked for, for streams that begin later
   */
  public JournalFlowSource(
      JournalAccess journal,
      PluginDecoders plugins,
      FlowNode node,
      PipelineLedger ledger,
      boolean live,
      LongFunction<String> symbols,
      DnsNames names) {
    this.journal = journal;
    this.plugins = plugins;
    this.node = node;
    this.ledger = ledger;
    this.live = live;
    this.symbols = symbols;
    this.names = names;
    this.contexts = new SharedContexts(journal);
    this.endpoints = new FlowEndpoints(node);
  }

  @Override
  public Flux<FlowItem> open(FlowRequest request) {
    FlowPlace from =
        request.start() instanceof FlowStart.After(var id) ? FlowPlace.parse(id) : FlowPlace.NONE;
    return Pull.from(() -> cursor(request, from), scheduler, MAX_WAIT_NS);
  }

  private FlowCursor cursor(FlowRequest request, FlowPlace after) {
    return switch (request.start()) {
      case FlowStart.Now() -> cursor(request, new Start.Newest(), FlowPlace.NONE);
      case FlowStart.Oldest() -> cursor(request, new Start.Oldest(), FlowPlace.NONE);
      case FlowStart.Since(var moment) ->
          cursor(request, new Start.Since(moment), FlowPlace.NONE).notBefore(moment);
      case FlowStart.After(_) -> cursor(request, after.start(), after);
      case FlowStart.Last(int count) -> behind(request, beforeLast(request, count));
      case FlowStart.Newest(int count) ->
          behind(
              request,
              beforeLast(
                  new FlowRequest(request.start(), request.filter(), null, false, 0), count));
    };
  }

  private FlowCursor behind(FlowRequest request, FlowPlace place) {
    return cursor(
        request, place.equals(FlowPlace.NONE) ? new Start.Oldest() : place.start(), place);
  }

  private FlowCursor cursor(FlowRequest request, Start start, FlowPlace after) {
    return new FlowCursor(
        listener ->
            new EventReader(
                journal,
                plugins,
                contexts,
                start,
                live && request.follow(),
                new DnsNames(NAMES),
                listener),
        request,
        after,
        node,
        endpoints,
        ledger,
        symbols,
        names);
  }

  /**
   * Goes through the journal's end without making flows, and remembers where the newest matches
   * are; further back only while there are too few.
   */
  private FlowPlace beforeLast(FlowRequest request, int count) {
    FlowRequest past =
        new FlowRequest(new FlowStart.Oldest(), request.filter(), request.until(), false, 0);
    Instant until = request.until();
    if (until == null) {
      Instant now = clock.instant();
      for (Duration back : LOOKS_BACK) {
        FlowPlace place = beforeLast(past, new Start.Since(now.minus(back)), count);
        if (!place.equals(FlowPlace.NONE)) {
          return place;
        }
      }
    }
    return beforeLast(past, new Start.Oldest(), count);
  }

  private FlowPlace beforeLast(FlowRequest past, Start start, int count) {
    try (FlowCursor scan = cursor(past, start, FlowPlace.NONE)) {
      return scan.beforeLast(count);
    }
  }

  @Override
  public void close() {
    scheduler.dispose();
  }
}
