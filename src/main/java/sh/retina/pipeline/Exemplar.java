package sh.retina.pipeline;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;

/**
 * An event that stands for many of a series: the one with the largest value, until it is a minute
 * older than the next. Its labels are addresses, as the flow is one query away by these and the
 * time.
 *
 * <p>The metric thread writes the columns of a row and any thread reads them: the first and the
 * last say which write the others are of, and differ while one is under way.
 *
 * <pre>
 *  columns | number | value | time, ns since 1970 | local address (2) | peer's (2) | ports | number |
 * </pre>
 *
 * @param value as the series counts: ns, or packets
 * @param timeNs wall clock, ns since 1970
 * @param local address and port of the side that the series is of
 * @param peer of the other side
 */
public record Exemplar(long value, long timeNs, String local, String peer) {
  static final int COLUMNS = 9;

  private static final int DONE = 0;
  private static final int VALUE = 1;
  private static final int TIME = 2;
  private static final int LOCAL = 3;
  private static final int PEER = 5;
  private static final int PORTS = 7;
  private static final int BEGUN = 8;
  private static final long KEPT_NS = 60_000_000_000L;
  private static final int PORT_BITS = 16;
  private static final int PORT_MASK = (1 << PORT_BITS) - 1;

  /**
   * Replaces a row's exemplar if the new one is to be preferred.
   *
   * @param first its first column
   * @param ofSource whether the series is that of the packet's source
   */
  static void offer(
      SeriesTable table, int row, int first, long value, Observation o, boolean ofSource) {
    long heldNs = table.get(row, first + TIME);
    if (value <= table.get(row, first + VALUE) && o.timeNs - heldNs < KEPT_NS) {
      return;
    }
    long number = table.get(row, first + DONE) + 1;
    table.set(row, first + BEGUN, number);
    VarHandle.storeStoreFence();
    table.set(row, first + VALUE, value);
    table.set(row, first + TIME, o.timeNs);
    table.set(row, first + (ofSource ? LOCAL : PEER), o.sourceHigh);
    table.set(row, first + (ofSource ? LOCAL : PEER) + 1, o.sourceLow);
    table.set(row, first + (ofSource ? PEER : LOCAL), o.destinationHigh);
    table.set(row, first + (ofSource ? PEER : LOCAL) + 1, o.destinationLow);
    int local = ofSource ? o.sourcePort : o.destinationPort;
    int peer = ofSource ? o.destinationPort : o.sourcePort;
    table.set(row, first + PORTS, (long) local << PORT_BITS | peer);
    VarHandle.storeStoreFence();
    table.set(row, first + DONE, number);
  }

  /** Null: none, or it is being written. */
  static @Nullable Exemplar of(long[] columns, int first) {
    if (columns[first + DONE] == 0 || columns[first + DONE] != columns[first + BEGUN]) {
      return null;
    }
    long ports = columns[first + PORTS];
    return new Exemplar(
        columns[first + VALUE],
        columns[first + TIME],
        address(columns, first + LOCAL, (int) (ports >>> PORT_BITS)),
        address(columns, first + PEER, (int) ports & PORT_MASK));
  }

  private static String address(long[] columns, int at, int port) {
    long high = columns[at];
    long low = columns[at + 1];
    String text = IpAddress.format(high, low);
    return IpAddress.isV4(high, low) ? text + ":" + port : "[" + text + "]:" + port;
  }
}
