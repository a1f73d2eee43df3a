package sh.retina.pipeline;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.event.DnsView;
import sh.retina.event.Endpoint;
import sh.retina.event.HttpMessage;
import sh.retina.event.Observation;
import sh.retina.event.SafeText;
import sh.retina.identity.ContextChange;
import sh.retina.identity.ContextCodec;
import sh.retina.identity.IdentityTable;
import sh.retina.journal.EventBatch;
import sh.retina.journal.JournalException;
import sh.retina.journal.JournalReader;
import sh.retina.journal.JournalSource;
import sh.retina.plugin.PluginDecoders;

/**
 * A position in the journal with what is needed to understand what lies there: the decoders of its
 * sources and the context as of that place. Decode and enrich, one event at a time. Not
 * thread-safe.
 */
final class EventReader implements Pull.Source<EventBatch>, JournalReader.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(EventReader.class);

  /** Between two looks for what a batch waits for. */
  private static final long LOOK_AHEAD_NS = 20_000_000;

  private final PluginDecoders plugins;
  private final ObjLongConsumer<String> onLost;
  private final BiConsumer<Endpoint, Endpoint> onGone;
  private final @Nullable SharedContexts contexts;
  private final boolean follow;

  /** What there was to pass when it was opened: who does not follow, does not chase the writer. */
  private final long lastRecord;

  private final Decode decode = new Decode();
  private final JournalAccess journal;
  private final IdentityTable identities;
  private final DnsNames names;
  private final DnsExchanges exchanges;
  private final HttpExchanges requests = new HttpExchanges();
  private volatile JournalReader reader;
  private boolean isDamaged;

  // A batch that waits for the cluster's objects, which may lie behind it.
  private @Nullable LateContext late;
  private @Nullable EventBatch held;
  private long heldNs;

  /**
   * One of many, which share what is known.
   *
   * @param follow whether more can come when the end is reached
   * @param names that what is read here adds to
   * @param onLost is told the plugin and how many of its events are missing before the next batch
   */
  EventReader(
      JournalAccess journal,
      PluginDecoders plugins,
      SharedContexts contexts,
      sh.retina.journal.Start start,
      boolean follow,
      DnsNames names,
      ObjLongConsumer<String> onLost) {
    this(journal, plugins, contexts, start, follow, names, onLost, (_, _) -> {});
  }

  /**
   * One that has what is known to itself.
   *
   * @param onGone is told of objects that are deleted at this place of the journal, or replaced by
   *     another; {@link Endpoint#UNKNOWN} where there is none
   */
  EventReader(
      JournalAccess journal,
      PluginDecoders plugins,
      sh.retina.journal.Start start,
      boolean follow,
      DnsNames names,
      ObjLongConsumer<String> onLost,
      BiConsumer<Endpoint, Endpoint> onGone) {
    this(journal, plugins, null, start, follow, names, onLost, onGone);
  }

  private EventReader(
      JournalAccess journal,
      PluginDecoders plugins,
      @Nullable SharedContexts contexts,
      sh.retina.journal.Start start,
      boolean follow,
      DnsNames names,
      ObjLongConsumer<String> onLost,
      BiConsumer<Endpoint, Endpoint> onGone) {
    this.onGone = onGone;
    this.contexts = contexts;
    this.journal = journal;
    this.identities = new IdentityTable(journal::shared);
    this.plugins = plugins;
    this.names = names;
    this.exchanges = new DnsExchanges(names);
    this.onLost = onLost;
    this.follow = follow;
    JournalReader opened = journal.open(start, this);
    this.reader = opened;
    this.lastRecord = follow || opened.lagRecords() == 0 ? Long.MAX_VALUE : opened.lagRecords();
  }

  @Override
  public @Nullable EventBatch poll() {
    EventBatch batch = held == null ? read() : held;
    LateContext ahead = late;
    if (batch == null || ahead == null) {
      return batch;
    }
    if (held == null) {
      held = batch;
      heldNs = System.nanoTime();
    }
    if (!isDecided(ahead) && follow && System.nanoTime() - heldNs < LateContext.MAX_LATE_NS) {
      return null;
    }
    identities.apply(ahead.changes(), false);
    endLookAhead();
    held = null;
    return batch;
  }

  private static boolean isDecided(LateContext ahead) {
    try {
      return ahead.isDecided();
    } catch (JournalException | IllegalArgumentException e) {
      LOG.error("the journal cannot be read ahead: {}", e.getMessage());
      return true;
    }
  }

  private void endLookAhead() {
    if (late != null) {
      late.close();
      late = null;
    }
  }

  private @Nullable EventBatch read() {
    JournalReader of = reader;
    if (of.passedRecords() >= lastRecord) {
      return null;
    }
    boolean isSuperseded = follow && of.isSuperseded();
    try {
      EventBatch batch = of.next();
      isDamaged = false;
      if (batch == null && isSuperseded) {
        JournalReader next = of.successor();
        reader = next;
        of.close();
        return next.next();
      }
      return batch;
    } catch (JournalException e) {
      // The damaged part has been passed over: what it held shows as lost in the numbers behind it.
      if (!isDamaged) {
        isDamaged = true;
        LOG.error("the journal is damaged, reading goes on behind: {}", e.getMessage());
      }
      if (isSuperseded || !follow) {
        throw e;
      }
      return null;
    }
  }

  @Override
  public boolean isFinished() {
    return !follow;
  }

  @Override
  public void await(long maxNs) {
    if (held == null) {
      reader.await(maxNs);
    } else {
      LockSupport.parkNanos(this, LOOK_AHEAD_NS);
    }
  }

  /** Starts on a batch; {@link #next} gives its events. */
  void open(EventBatch batch) {
    decode.open(batch);
  }

  /** Decodes and enriches the batch's next event; false at its end. */
  boolean next(Observation event) {
    if (!decode.next(event)) {
      return false;
    }
    Enrich.apply(event, identities);
    DnsView message = event.dns;
    if (message != null) {
      exchanges.accept(event, message);
    }
    HttpMessage http = event.http;
    if (http != null) {
      requests.accept(event, http);
    }
    return true;
  }

  /** Records of the batch so far that could not be read. */
  int malformed() {
    return decode.malformed();
  }

  /** How far this place is behind the end of the journal, ns. Any thread. */
  long lagNs() {
    return reader.lagNs();
  }

  /** Names that clients asked for so far. */
  DnsNames names() {
    return names;
  }

  /** Who is who at this place of the journal. */
  IdentityTable identities() {
    return identities;
  }

  @Override
  public void onSource(JournalSource source) {
    try {
      plugins
          .decoder(source.plugin(), source.btf(), source.attributes())
          .ifPresent(decoder -> decode.bind(source.id(), decoder));
    } catch (RuntimeException e) {
      // Its records are counted as decode errors; the other sources go on.
      LOG.error(
          "plugin={} events of the journal cannot be read: {}",
          SafeText.TEXT.of(source.plugin()),
          SafeText.TEXT.of(e.toString()));
    }
  }

  @Override
  public void onContext(byte[] excerpt, boolean isSnapshot) {
    try {
      boolean isAwaited;
      if (isSnapshot && contexts != null) {
        identities.beginWith(contexts.at(reader.position(), excerpt));
        isAwaited = identities.isWaiting();
      } else {
        List<ContextChange> changes = ContextCodec.decode(excerpt);
        if (!isSnapshot) { // which says again what is known
          changes.forEach(this::tellGone);
        }
        identities.apply(changes, isSnapshot);
        isAwaited = changes.contains(new ContextChange.ClusterAwaited(true));
      }
      if (!identities.isWaiting()) {
        endLookAhead();
      } else if (isAwaited) {
        endLookAhead();
        late = new LateContext(journal, reader.position());
      }
    } catch (IllegalArgumentException e) {
      LOG.error("a change of context in the journal cannot be read: {}", e.getMessage());
    }
  }

  private void tellGone(ContextChange change) {
    switch (change) {
      case ContextChange.EndpointGone(var key) ->
          identities.object(key).ifPresent(before -> onGone.accept(before, Endpoint.UNKNOWN));
      case ContextChange.EndpointUp(var now) ->
          identities.object(now.key()).ifPresent(before -> onGone.accept(before, now));
      default -> {}
    }
  }

  @Override
  public void onLost(String plugin, long records) {
    onLost.accept(SafeText.TEXT.of(plugin), records);
  }

  @Override
  public void close() {
    endLookAhead();
    reader.close();
  }
}
