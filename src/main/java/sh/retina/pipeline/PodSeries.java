package sh.retina.pipeline;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import sh.retina.event.Direction;
import sh.retina.event.DnsView;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;

/**
 * The pod-level series of all families: label sets, the budget over them, and their removal.
 *
 * <p>The metric thread counts without a lock and without allocation, unless a label set is new. Any
 * thread may {@link #read}; reads exclude one another and the removal of series, never the
 * counting. A series is thus seen once per read, with counts that never go back.
 */
public final class PodSeries {
  private static final SeriesFamily[] FAMILIES = SeriesFamily.values();

  private final PodLevel options;
  private final boolean remote;
  private final ContextLabels contexts;
  private final SeriesKeys keys;
  private final SeriesTable[] tables = new SeriesTable[FAMILIES.length];
  private final Tally[] overflowed = new Tally[FAMILIES.length];
  private final ReentrantLock reading = new ReentrantLock();
  private final long[] key;
  private final long[] overflowKey;
  private final RecentRows recent;
  private long charged; // series that the rows take from the budget

  PodSeries(PodLevel options, String nodeName, LabelWords reasons) {
    this.options = options;
    remote = options.context() == PodLevel.Context.REMOTE;
    contexts = new ContextLabels(options.labels(), nodeName);
    keys = new SeriesKeys(options, contexts, reasons);
    key = keys.newKey();
    recent = new RecentRows(keys.isSideAlone());
    overflowKey = keys.newKey();
    for (SeriesFamily family : FAMILIES) {
      tables[family.ordinal()] = new SeriesTable(key.length, family.columns());
      overflowed[family.ordinal()] = new Tally();
    }
  }

  boolean isRemote() {
    return remote;
  }

  /** What {@link ContextLabels#describe} says of an endpoint. */
  long describe(Endpoint endpoint) {
    return contexts.describe(endpoint);
  }

  /** The next counts are those of one side of the packet. */
  void focus(Observation o, boolean source, long description) {
    keys.setSide(key, o, source, description);
    recent.focus((int) description);
  }

  /** The next counts are those between the packet's two sides, or the same turned round. */
  void focusPair(Observation o, long source, long destination, boolean turned) {
    keys.setPair(key, o, source, destination, turned);
  }

  /** Counts packets and bytes of the focus. */
  void addForwarded(Direction direction, Observation.Reply reply, long packets, long bytes) {
    int row = row(SeriesFamily.FORWARDED, keys.forwarded(direction, reply));
    table(SeriesFamily.FORWARDED).add(row, 0, packets, 1, bytes);
  }

  /** Counts dropped packets and bytes of the focus. */
  void addDropped(Direction direction, int reason, long packets, long bytes) {
    int row = row(SeriesFamily.DROPPED, SeriesKeys.dropped(direction, reason));
    table(SeriesFamily.DROPPED).add(row, 0, packets, 1, bytes);
  }

  /** Counts packets with a flag. */
  void addFlag(int flag, long packets) {
    table(SeriesFamily.TCP_FLAGS).add(row(SeriesFamily.TCP_FLAGS, flag), 0, packets);
  }

  /**
   * Counts in a family whose own labels are the direction and at most one other.
   *
   * @param other its number, 0 if there is none
   */
  void add(SeriesFamily family, Direction direction, int other, long count) {
    table(family).add(row(family, SeriesKeys.withDirection(direction, other)), 0, count);
  }

  /** Counts a DNS message of the focus, and the time that an answer took. */
  void addDns(DnsView message, long latencyNs) {
    SeriesFamily family =
        message.isResponse() ? SeriesFamily.DNS_RESPONSE : SeriesFamily.DNS_REQUEST;
    table(family).add(row(family, keys.dns(message)), 0, 1);
    if (latencyNs > 0) {
      record(SeriesFamily.DNS_LATENCY, SeriesKeys.returnCode(message), latencyNs);
    }
  }

  /** Records a time in a histogram. */
  void record(SeriesFamily histogram, long ns) {
    record(histogram, 0, ns);
  }

  private void record(SeriesFamily histogram, int own, long ns) {
    int row = row(histogram, own);
    table(histogram).add(row, LatencyBuckets.of(ns), 1, LatencyBuckets.count(), ns);
  }

  private int row(SeriesFamily family, int own) {
    int row = recent.row(family, own);
    return row >= 0 ? row : find(family, own);
  }

  private int find(SeriesFamily family, int own) {
    SeriesTable table = table(family);
    SeriesKeys.setOwn(key, own);
    int row = table.find(key);
    if (row < 0) {
      if (charged + family.seriesPerRow() > options.maxSeries()) {
        return overflow(family);
      }
      charged += family.seriesPerRow();
      use(key, 1);
      row = table.insert(key);
    }
    recent.remember(family, own, row);
    return row;
  }

  private int overflow(SeriesFamily family) {
    SeriesTable table = table(family);
    overflowed[family.ordinal()].add(1);
    keys.setOverflow(overflowKey, key);
    int row = table.find(overflowKey);
    return row >= 0 ? row : table.insert(overflowKey);
  }

  private void use(long[] rowKey, int change) {
    contexts.use(SeriesKeys.first(rowKey), change);
    if (remote) {
      contexts.use(SeriesKeys.second(rowKey), change);
    }
  }

  /** As {@link Aggregate#expire}. */
  boolean expire(long nowNs) {
    if (!reading.tryLock()) {
      return false;
    }
    try {
      long goneUntilNs = nowNs - options.removalDelay().toNanos();
      for (SeriesFamily family : FAMILIES) {
        table(family).sweep((rowKey, state) -> judge(family, rowKey, state, nowNs, goneUntilNs));
      }
      contexts.release(goneUntilNs);
      recent.forget();
    } finally {
      reading.unlock();
    }
    return true;
  }

  private long judge(SeriesFamily family, long[] rowKey, long state, long nowNs, long goneUntilNs) {
    long updatedNs = state == SeriesTable.UPDATED ? nowNs : state;
    long ttlNs = options.ttl().toNanos();
    boolean stale = ttlNs > 0 && nowNs - updatedNs >= ttlNs;
    boolean gone =
        isGone(SeriesKeys.first(rowKey), updatedNs, goneUntilNs)
            || remote && isGone(SeriesKeys.second(rowKey), updatedNs, goneUntilNs);
    if (keys.isOverflow(rowKey) || !stale && !gone) {
      return updatedNs;
    }
    charged -= family.seriesPerRow();
    use(rowKey, -1);
    return SeriesTable.FREE;
  }

  // Updated since the deletion: another pod has the same labels, or the pod is back.
  private boolean isGone(int number, long updatedNs, long goneUntilNs) {
    long goneNs = contexts.goneNs(number);
    return goneNs != 0 && goneNs <= goneUntilNs && updatedNs <= goneNs;
  }

  /** As {@link Aggregate#gone}. */
  void gone(Endpoint endpoint, long nowNs) {
    int number = contexts.known(endpoint);
    if (number <= ContextLabels.OVERFLOW) {
      return;
    }
    contexts.markGone(number, nowNs);
    for (SeriesTable table : tables) {
      table.sweep(
          (rowKey, state) -> state == SeriesTable.UPDATED && isOf(number, rowKey) ? nowNs : state);
    }
  }

  private boolean isOf(int number, long[] rowKey) {
    return SeriesKeys.first(rowKey) == number || remote && SeriesKeys.second(rowKey) == number;
  }

  /** Receives a series. */
  @FunctionalInterface
  public interface SeriesReader {
    /**
     * @param labelValues in the order of {@link #labelNames}; the receiver's own
     * @param columns as the family says; reused for the next series
     */
    void series(String[] labelValues, long[] columns);
  }

  /** Label names of a family: its own, then the context's. */
  public List<String> labelNames(SeriesFamily family) {
    return keys.labelNames(family);
  }

  /** Passes each series of a family to a reader, with what is counted so far. */
  public void read(SeriesFamily family, SeriesReader reader) {
    int labels = labelNames(family).size();
    reading.lock();
    try {
      table(family)
          .forEach((rowKey, columns) ->
              reader.series(keys.labelValues(family, rowKey, labels), columns));
    } finally {
      reading.unlock();
    }
  }

  /** Rows of a family now. */
  public int rows(SeriesFamily family) {
    return table(family).size();
  }

  /** Observations of a family that the overflow series took because the budget was used up. */
  public long overflowed(SeriesFamily family) {
    return overflowed[family.ordinal()].sum();
  }

  /** What is counted. */
  public PodLevel options() {
    return options;
  }

  private SeriesTable table(SeriesFamily family) {
    return tables[family.ordinal()];
  }
}
