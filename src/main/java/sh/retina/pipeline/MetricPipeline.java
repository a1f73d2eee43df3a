package sh.retina.pipeline;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sh.retina.bpf.Clocks;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.flow.FlowFilter;
import sh.retina.journal.EventBatch;
import sh.retina.journal.Start;
import sh.retina.plugin.PluginDecoders;

/**
 * The metric path: from the journal through decode, enrich, filter and aggregate into the series,
 * on the thread {@code metric-pipeline}. An error in a batch is counted and logged; the path goes
 * on with the next.
 */
public final class MetricPipeline implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricPipeline.class);

  /** A scrape comes every few seconds: waking for each turn of the ring reader costs more. */
  private static final long MIN_WAIT_NS = 50_000_000;

  /** Of an idle node. */
  private static final long MAX_WAIT_NS = 500_000_000;

  /** Names of addresses that the newest answers gave: 16,384 take about a megabyte. */
  private static final int NAMES = 16_384;

  private static final long EXPIRE_NS = 5_000_000_000L;
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  private final JournalAccess journal;
  private final PluginDecoders plugins;
  private final FlowFilter filter;
  private final Aggregate aggregate;
  private final PipelineLedger ledger;
  private final LongConsumer onDropLocation;
  private final LongConsumer onCgroup;
  private final LongSupplier nanoClock;
  private EventListener listener = _ -> {};
  private final Scheduler scheduler = Schedulers.newSingle("metric-pipeline");
  private final Observation event = new Observation();
  private final DnsNames names = new DnsNames(NAMES);
  private final Map<String, PluginLedger> books = new ConcurrentHashMap<>();
  private @Nullable Disposable running;
  private long expiredNs;
  private volatile @Nullable EventReader reader;
  private volatile boolean failed;

  /**
   * @param onCgroup is told the id of a socket's cgroup that has no name yet at that place of the
   *     journal
   * @param onDropLocation is told a kernel address that has no name yet at that place of the
   *     journal; may be told it again
   * @param nanoClock monotonic
   */
  public MetricPipeline(
      JournalAccess journal,
      PluginDecoders plugins,
      FlowFilter filter,
      Aggregate aggregate,
      PipelineLedger ledger,
      LongConsumer onDropLocation,
      LongConsumer onCgroup,
      LongSupplier nanoClock) {
    this.journal = journal;
    this.plugins = plugins;
    this.filter = filter;
    this.aggregate = aggregate;
    this.ledger = ledger;
    this.onDropLocation = onDropLocation;
    this.onCgroup = onCgroup;
    this.nanoClock = nanoClock;
  }

  /** Who is told of each event beside the meters; set before the start. */
  public void listener(EventListener listener) {
    this.listener = listener;
  }

  /** Starts at a place of the journal; {@code follow}: whether to wait at its end. */
  public void start(Start start, boolean follow) {
    EventReader opened =
        new EventReader(journal, plugins, start, follow, names, this::lost, this::gone);
    reader = opened;
    running = batches(opened).subscribe(batch -> process(opened, batch), this::ended, () -> {});
  }

  /** Demand is one batch at a time: the next is read when this one is aggregated. */
  private Flux<EventBatch> batches(EventReader reader) {
    return Pull.from(() -> new Ticking(reader), scheduler, MIN_WAIT_NS, MAX_WAIT_NS);
  }

  /** Series end, and other options come into force, on a node where nothing happens too. */
  private final class Ticking implements Pull.Source<EventBatch> {
    private final EventReader reader;

    Ticking(EventReader reader) {
      this.reader = reader;
    }

    @Override
    public @Nullable EventBatch poll() {
      aggregate.adopt();
      EventBatch batch = reader.poll();
      if (batch == null && !reader.isFinished()) {
        aggregate.apiServer().idle(Clocks.realtimeNs());
        expire();
      }
      return batch;
    }

    @Override
    public boolean isFinished() {
      return reader.isFinished();
    }

    @Override
    public void close() {
      reader.close();
    }
  }

  private void gone(Endpoint endpoint, Endpoint successor) {
    aggregate.gone(endpoint, successor, nanoClock.getAsLong());
  }

  /** Decodes, enriches, filters and aggregates a batch; the metric thread only. */
  void process(EventReader reader, EventBatch batch) {
    PluginLedger of = books.computeIfAbsent(batch.source().plugin(), ledger::plugin);
    int enriched = 0;
    int filtered = 0;
    try {
      reader.open(batch);
      while (reader.next(event)) { // decode, enrich
        enriched++;
        if (filter.matches(event)) {
          filtered++;
          aggregate.accept(event);
          listener.accept(event);
        }
        nameLocation(reader);
        nameCgroup(reader);
      }
    } catch (RuntimeException | InternalError e) { // the latter: a fault in mapped memory
      LOG.error(
          "plugin={} a batch of the journal failed after {} events", of.plugin(), enriched, e);
      of.lost(Loss.DECODE_ERROR, Math.max(0, batch.records() - enriched - reader.malformed()));
    }
    of.lost(Loss.DECODE_ERROR, reader.malformed());
    of.passed(Stage.DECODED, enriched);
    of.passed(Stage.ENRICHED, enriched);
    of.passed(Stage.FILTERED, filtered);
    of.passed(Stage.AGGREGATED, filtered);
    expire();
  }

  private void nameLocation(EventReader reader) {
    if (event.dropLocation != 0 && reader.identities().symbol(event.dropLocation).isEmpty()) {
      onDropLocation.accept(event.dropLocation);
    }
  }

  private void nameCgroup(EventReader reader) {
    if (event.cgroupId != 0 && reader.identities().cgroup(event.cgroupId).isEmpty()) {
      onCgroup.accept(event.cgroupId);
    }
  }

  private void expire() {
    long nowNs = nanoClock.getAsLong();
    if (nowNs - expiredNs >= EXPIRE_NS) {
      expiredNs = nowNs;
      aggregate.expire(nowNs);
    }
  }

  private void lost(String plugin, long events) {
    ledger.plugin(plugin.isEmpty() ? "unknown" : plugin).lost(Loss.QUEUE_EXPIRED, events);
    LOG.warn("plugin={} {} events expired in the journal before they were counted", plugin, events);
  }

  private void ended(Throwable e) {
    failed = true;
    LOG.error("the metric pipeline has ended", e);
  }

  /**
   * How far the meters are behind the journal, ns; 0 when they have all, and for a recorded one.
   */
  public long lagNs() {
    EventReader of = reader;
    return of == null ? 0 : of.lagNs();
  }

  /** What clients asked for by name, as of what the meters have. Any thread. */
  public DnsNames names() {
    return names;
  }

  /** Whether the path has ended by an error, which it does not survive. */
  public boolean isFailed() {
    return failed;
  }

  @Override
  public void close() {
    if (running != null) {
      running.dispose();
    }
    scheduler
        .disposeGracefully()
        .timeout(STOP_PATIENCE)
        .subscribe(_ -> {}, e -> LOG.warn("the metric pipeline did not end: {}", e.toString()));
  }
}
