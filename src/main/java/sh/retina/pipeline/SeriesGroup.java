package sh.retina.pipeline;

import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import sh.retina.event.Direction;
import sh.retina.event.DnsView;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;

/**
 * The pod-level series of the families that have the same context labels: label sets and their
 * removal.
 *
 * <p>The metric thread counts without a lock and without allocation, unless a label set is new. Any
 * thread may {@link #read}; reads exclude one another and the removal of series, never the
 * counting. A series is thus seen once per read, with counts that never go back.
 */
final class SeriesGroup {
  private static final SeriesFamily[] FAMILIES = SeriesFamily.values();

  private final boolean remote;
  private final ContextChoice choice;
  private final LabelWords reasons;
  private final SeriesBudget budget;
  private final Tally[] overflowed;
  private final ContextLabels contexts;
  private final SeriesKeys keys;
  private final SeriesTable[] tables = new SeriesTable[FAMILIES.length];
  private final ReentrantLock reading = new ReentrantLock();
  private final long[] key;
  private final long[] overflowKey;
  private final RecentRows recent;
  private PodLevel options;
  private Set<SeriesFamily> families;

  /**
   * @param families that are counted here
   * @param budget shared with the other groups
   * @param overflowed by family, shared with them too
   */
  SeriesGroup(
      PodLevel options,
      ContextChoice choice,
      Set<SeriesFamily> families,
      String nodeName,
      LabelWords reasons,
      SeriesBudget budget,
      Tally[] overflowed) {
    this.options = options;
    this.choice = choice;
    this.families = families;
    this.reasons = reasons;
    this.budget = budget;
    this.overflowed = overflowed;
    remote = options.context() == PodLevel.Context.REMOTE;
    contexts = new ContextLabels(choice, nodeName);
    keys = new SeriesKeys(options, choice, contexts, reasons);
    key = keys.newKey();
    recent = new RecentRows(keys.isSideAlone());
    overflowKey = keys.newKey();
    for (SeriesFamily family : FAMILIES) {
      tables[family.ordinal()] = new SeriesTable(key.length, family.storedColumns());
    }
  }

  /** Whether the series of other options for these labels would be the same series. */
  boolean isAlso(PodLevel other, ContextChoice itsChoice) {
    return choice.equals(itsChoice)
        && options.context() == other.context()
        && options.replyLabel() == other.replyLabel()
        && options.dns().equals(other.dns());
  }

  /** Goes on under other options, with other families; the series of the rest go. Metric thread. */
  void adopt(PodLevel newOptions, Set<SeriesFamily> newFamilies) {
    reading.lock();
    try {
      options = newOptions;
      families = newFamilies;
      for (SeriesFamily family : FAMILIES) {
        if (!families.contains(family)) {
          table(family).sweep((rowKey, _) -> remove(family, rowKey));
        }
      }
      recent.forget();
    } finally {
      reading.unlock();
    }
  }

  private long remove(SeriesFamily family, long[] rowKey) {
    if (!keys.isOverflow(rowKey)) {
      budget.giveBack(family);
      use(rowKey, -1);
    }
    return SeriesTable.FREE;
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
    if (row >= 0) {
      table(SeriesFamily.FORWARDED).add(row, 0, packets, 1, bytes);
    }
  }

  /** Counts dropped packets and bytes of the focus. */
  void addDropped(Direction direction, Observation o, boolean ofSource) {
    int own = SeriesKeys.dropped(direction, reasons.number(o.dropReasonName));
    int row = row(SeriesFamily.DROPPED, own);
    if (row >= 0) {
      SeriesTable table = table(SeriesFamily.DROPPED);
      table.add(row, 0, o.packets, 1, o.bytes);
      Exemplar.offer(table, row, SeriesFamily.DROPPED.columns(), o.packets, o, ofSource);
    }
  }

  /** Counts packets with a flag. */
  void addFlag(int flag, long packets) {
    add(SeriesFamily.TCP_FLAGS, flag, packets);
  }

  /**
   * Counts in a family whose own labels are the direction and at most one other.
   *
   * @param other its number, 0 if there is none
   */
  void add(SeriesFamily family, Direction direction, int other, long count) {
    add(family, SeriesKeys.withDirection(direction, other), count);
  }

  private void add(SeriesFamily family, int own, long count) {
    int row = row(family, own);
    if (row >= 0) {
      table(family).add(row, 0, count);
    }
  }

  /** Counts a DNS message of the focus, and the time that an answer took. */
  void addDns(Observation o, DnsView message, boolean ofSource) {
    SeriesFamily family =
        message.isResponse() ? SeriesFamily.DNS_RESPONSE : SeriesFamily.DNS_REQUEST;
    if (families.contains(family)) { // else its words would be remembered for nothing
      add(family, keys.dns(message), 1);
    }
    if (o.dnsLatencyNs > 0) {
      int code = SeriesKeys.returnCode(message);
      record(SeriesFamily.DNS_LATENCY, code, o.dnsLatencyNs, o, ofSource);
    }
  }

  /**
   * Records a time in a histogram.
   *
   * @param ofSource whether the focus is on the side of the packet's source
   */
  void record(SeriesFamily histogram, long ns, Observation o, boolean ofSource) {
    record(histogram, 0, ns, o, ofSource);
  }

  private void record(SeriesFamily histogram, int own, long ns, Observation o, boolean ofSource) {
    int row = row(histogram, own);
    if (row >= 0) {
      Latencies.record(table(histogram), row, ns, o, ofSource);
    }
  }

  /** -1: the family is not counted here. */
  private int row(SeriesFamily family, int own) {
    int row = recent.row(family, own);
    return row >= 0 ? row : find(family, own);
  }

  private int find(SeriesFamily family, int own) {
    if (!families.contains(family)) {
      return -1;
    }
    SeriesTable table = table(family);
    SeriesKeys.setOwn(key, own);
    int row = table.find(key);
    if (row < 0) {
      if (!budget.take(family)) {
        return overflow(family);
      }
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
    long ttlNs = options.ttl(family).toNanos();
    boolean stale = ttlNs > 0 && nowNs - updatedNs >= ttlNs;
    boolean gone =
        isGone(SeriesKeys.first(rowKey), updatedNs, goneUntilNs)
            || remote && isGone(SeriesKeys.second(rowKey), updatedNs, goneUntilNs);
    if (keys.isOverflow(rowKey) || !stale && !gone) {
      return updatedNs;
    }
    return remove(family, rowKey);
  }

  // Updated since the deletion: another pod has the same labels, or the pod is back.
  private boolean isGone(int number, long updatedNs, long goneUntilNs) {
    long goneNs = contexts.goneNs(number);
    return goneNs != 0 && goneNs <= goneUntilNs && updatedNs <= goneNs;
  }

  /** As {@link Aggregate#gone}. */
  void gone(Endpoint endpoint, Endpoint successor, long nowNs) {
    int number = contexts.known(endpoint);
    if (number <= ContextLabels.OVERFLOW || number == contexts.known(successor)) {
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

  /** Label names of a family: its own, then the context's. */
  List<String> labelNames(SeriesFamily family) {
    return keys.labelNames(family);
  }

  /** Passes each series of a family to a reader, with all that is stored of it. */
  void read(SeriesFamily family, PodSeries.SeriesReader reader) {
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
  int rows(SeriesFamily family) {
    return table(family).size();
  }

  private SeriesTable table(SeriesFamily family) {
    return tables[family.ordinal()];
  }
}
