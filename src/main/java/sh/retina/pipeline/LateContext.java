package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.List;
import sh.retina.identity.ContextChange;
import sh.retina.identity.ContextCodec;
import sh.retina.journal.EventBatch;
import sh.retina.journal.JournalReader;
import sh.retina.journal.JournalSource;
import sh.retina.journal.Start;

/**
 * The cluster's objects for events that were journalled before an agent had learned of them: looks
 * ahead, over a bounded time, from the place where they are awaited to that where they are known.
 * Not thread-safe.
 */
final class LateContext implements JournalReader.Listener, AutoCloseable {
  /** How long before the objects an event may have come to be enriched by them. */
  static final long MAX_LATE_NS = 10_000_000_000L;

  private final long awaitedAt;
  private final JournalReader reader;
  private final List<ContextChange> changes = new ArrayList<>();
  private long firstNs;
  private boolean isFound;
  private boolean isTooFar;

  /** {@code awaitedAt}: the place where the journal says that objects are awaited. */
  LateContext(JournalAccess journal, long awaitedAt) {
    this.awaitedAt = awaitedAt;
    this.reader = journal.open(new Start.From(awaitedAt), this);
  }

  /** Reads on as far as there is something; whether that was enough to say. */
  boolean isDecided() {
    while (!isFound && !isTooFar) {
      EventBatch batch = reader.next();
      if (batch == null) {
        return isFound;
      }
      firstNs = firstNs == 0 ? batch.appendedNs() : firstNs;
      isTooFar = batch.appendedNs() - firstNs > MAX_LATE_NS;
    }
    return true;
  }

  /** What was learned up to there; empty when that is too far away, or not there yet. */
  List<ContextChange> changes() {
    return isFound ? changes : List.of();
  }

  @Override
  public void onContext(byte[] excerpt, boolean isSnapshot) {
    if (isFound || reader.position() <= awaitedAt) {
      return;
    }
    if (isSnapshot) {
      changes.clear();
    }
    changes.addAll(ContextCodec.decode(excerpt));
    isFound = changes.contains(new ContextChange.ClusterAwaited(false));
  }

  @Override
  public void onSource(JournalSource source) {
    // Its events are read by who needs them.
  }

  @Override
  public void onLost(String plugin, long records) {
    // The reader of events counts them.
  }

  @Override
  public void close() {
    reader.close();
  }
}
