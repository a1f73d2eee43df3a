package sh.retina.pipeline;

import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.flow.FlowEncoder;
import sh.retina.flow.FlowEndpoints;
import sh.retina.flow.FlowNode;
import sh.retina.flow.InterfaceName;
import sh.retina.flow.proto.LostEventSource;
import sh.retina.identity.ContextChange;
import sh.retina.journal.EventBatch;

/**
 * One stream's way through the journal: decode, enrich, filter, and a flow for what passed. Used by
 * one thread at a time.
 */
final class FlowCursor implements Pull.Source<FlowItem> {
  /** Between an event and its way into the journal, also when the agent was stopped meanwhile. */
  private static final long LONGEST_DELAY_NS = 60_000_000_000L;

  private final EventReader reader;
  private final FlowRequest request;
  private final FlowPlace after;
  private final PipelineLedger ledger;
  private final LongFunction<String> symbols;
  private final DnsNames others;
  private final FlowEncoder encoder;

  /** This node, to look up what is known of it. */
  private final Endpoint self;

  /** As of the batch: what is known changes between batches only. */
  private List<String> nodeLabels = List.of();

  private final Observation event = new Observation();
  private final long untilNs;
  private long sinceNs = Long.MIN_VALUE;
  private long delivered;
  private long lost;
  private boolean inBatch;

  /**
   * Events later than the request's end have come. Earlier ones may follow all the same: from
   * another ring, or as somebody has set the clock back. So the end is where there are no more for
   * now.
   */
  private boolean isPastUntil;

  private boolean ended;

  FlowCursor(
      Function<ObjLongConsumer<String>, EventReader> open,
      FlowRequest request,
      FlowPlace after,
      FlowNode node,
      FlowEndpoints endpoints,
      PipelineLedger ledger,
      LongFunction<String> symbols,
      DnsNames others) {
    this.request = request;
    this.after = after;
    this.ledger = ledger;
    this.symbols = symbols;
    this.others = others;
    this.encoder = new FlowEncoder(node, endpoints);
    this.self =
        new Endpoint(
            Endpoint.Kind.NODE,
            "",
            node.name(),
            "",
            "",
            node.name(),
            "",
            List.of(),
            List.of(),
            List.of());
    this.untilNs = request.until() == null ? Long.MAX_VALUE : nanos(request.until());
    this.reader = open.apply(this::lost);
  }

  FlowCursor notBefore(Instant moment) {
    sinceNs = nanos(moment);
    return this;
  }

  @Override
  public @Nullable FlowItem poll() {
    while (!ended) {
      if (lost > 0) {
        long count = lost;
        lost = 0;
        return new FlowItem.Lost(LostEventSource.HUBBLE_RING_BUFFER, count);
      }
      if (advance()) {
        delivered++;
        nameLocation();
        ended = request.limit() > 0 && delivered >= request.limit();
        return new FlowItem.Item(
            new FlowPlace(event.journalIndex, event.journalRecord).toString(),
            encoder.encode(event, reader.identities()));
      }
      if (lost == 0) {
        return null;
      }
    }
    return null;
  }

  /** Filters ask for the name; most events carry the index only. */
  private void nameInterface() {
    if (event.interfaceNameHigh == 0 && event.interfaceIndex != 0) {
      String name = reader.identities().interfaceName(event.interfaceIndex);
      event.interfaceNameHigh = InterfaceName.high(name);
      event.interfaceNameLow = InterfaceName.low(name);
    }
  }

  /** By the names that one side asked for the other: first what this stream has seen itself. */
  private void nameSides() {
    event.destinationNames =
        names(event.sourceHigh, event.sourceLow, event.destinationHigh, event.destinationLow);
    event.sourceNames =
        names(event.destinationHigh, event.destinationLow, event.sourceHigh, event.sourceLow);
  }

  private List<String> names(long clientHigh, long clientLow, long high, long low) {
    List<String> own = reader.names().of(clientHigh, clientLow, high, low, event.timeNs);
    return own.isEmpty() ? others.of(clientHigh, clientLow, high, low, event.timeNs) : own;
  }

  /** The journal has the name only from the place on where it was looked up. */
  private void nameLocation() {
    if (event.dropLocation != 0 && reader.identities().symbol(event.dropLocation).isEmpty()) {
      String name = symbols.apply(event.dropLocation);
      if (!name.isEmpty()) {
        reader
            .identities()
            .apply(List.of(new ContextChange.SymbolNamed(event.dropLocation, name)), false);
      }
    }
  }

  @Override
  public boolean isFinished() {
    return ended || reader.isFinished();
  }

  @Override
  public void await(long maxNs) {
    reader.await(maxNs);
  }

  /** The place before the newest {@code count} matches; NONE when there are no more than that. */
  FlowPlace beforeLast(int count) {
    // Plain numbers: with an object per match, a few clients at once would fill the heap.
    long[] positions = new long[count + 1];
    int[] records = new int[count + 1];
    long matches = 0;
    while (advance()) {
      int at = (int) (matches++ % positions.length);
      positions[at] = event.journalIndex;
      records[at] = event.journalRecord;
    }
    if (matches <= count) {
      return FlowPlace.NONE;
    }
    int oldest = (int) (matches % positions.length);
    return new FlowPlace(positions[oldest], records[oldest]);
  }

  /**
   * To the next event that is wanted; false when there is none now, something was lost, or the end
   * is reached.
   */
  private boolean advance() {
    while (true) {
      while (inBatch && reader.next(event)) {
        nameInterface();
        nameSides();
        event.nodeLabels = nodeLabels;
        if (event.timeNs > untilNs) {
          isPastUntil = true;
        } else if (event.timeNs >= sinceNs
            && after.isBefore(event.journalIndex, event.journalRecord)
            && request.filter().matches(event)) {
          return true;
        }
      }
      Thread.yield(); // a virtual thread is not interrupted for the other streams
      EventBatch batch = reader.poll();
      inBatch = batch != null;
      if (batch == null) {
        ended = isPastUntil && lost == 0;
        return false;
      }
      if (batch.appendedNs() > untilNs && batch.appendedNs() - untilNs > LONGEST_DELAY_NS) {
        inBatch = false;
        isPastUntil = true;
        continue;
      }
      reader.open(batch);
      Endpoint known = reader.identities().known(self);
      nodeLabels = known == null ? List.of() : known.labels();
      if (lost > 0) {
        return false;
      }
    }
  }

  private void lost(String plugin, long events) {
    lost += events;
    ledger.plugin(plugin.isEmpty() ? "unknown" : plugin).lost(Loss.STREAM_SLOW, events);
  }

  @Override
  public void close() {
    reader.close();
  }

  /** Since 1970; what lies beyond the 292 years that fit is the end of them. */
  static long nanos(Instant moment) {
    try {
      return Math.addExact(
          Math.multiplyExact(moment.getEpochSecond(), 1_000_000_000L), moment.getNano());
    } catch (ArithmeticException e) {
      return moment.getEpochSecond() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }
}
