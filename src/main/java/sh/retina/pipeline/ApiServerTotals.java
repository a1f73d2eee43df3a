package sh.retina.pipeline;

import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.Protocol;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;

/**
 * How the Kubernetes API server answers this node and its pods: round trips, handshakes, and
 * attempts to connect that nothing came back for. A pod's are measured at its own interface, the
 * node's own at the network's. The metric thread counts; any thread reads.
 */
public final class ApiServerTotals {
  /** As long as a client's second SYN waits and a little more: RFC 6298, 2.1 and 5.7. */
  static final long PATIENCE_NS = 4_000_000_000L;

  /** What a report takes at most from the kernel to here. */
  private static final long ON_THE_WAY_NS = 1_000_000_000L;

  private static final String NAMESPACE = "default";
  private static final String SERVICE = "kubernetes";
  private static final long[] ALL = {0};

  private final SeriesTable latency = new SeriesTable(1, Latencies.COLUMNS);
  private final SeriesTable handshake = new SeriesTable(1, Latencies.COLUMNS);
  private final Tally unanswered = new Tally();
  private final PendingAttempts attempts = new PendingAttempts(PATIENCE_NS, unanswered::add);
  private long latestNs;
  private volatile ApiServerAddresses addresses = ApiServerAddresses.NONE;

  ApiServerTotals() {
    latency.insert(ALL);
    handshake.insert(ALL);
  }

  /**
   * Addresses of the API server besides that of the Service {@code default/kubernetes}. Any thread.
   */
  public void setAddresses(ApiServerAddresses newAddresses) {
    addresses = newAddresses;
  }

  void accept(Observation o) {
    latestNs = o.timeNs;
    if (o.protocol != Protocol.TCP) {
      return;
    }
    switch (o.point) {
      case TO_ENDPOINT -> answer(o);
      case FROM_NETWORK -> {
        if (!o.destination.isPod()) { // a pod's comes by its own interface too
          answer(o);
        }
      }
      case FROM_ENDPOINT -> request(o);
      case TO_NETWORK -> {
        if (!o.source.isPod()) {
          request(o);
        }
      }
      default -> {}
    }
  }

  /** Gives up what has waited for too long by the time of the events. */
  void expire() {
    attempts.expire(latestNs);
  }

  /** The same while there are none: all that was written until then has been read. */
  void idle(long wallNs) {
    attempts.expire(wallNs - ON_THE_WAY_NS);
  }

  private void answer(Observation o) {
    if (!isServer(o.source, o.sourceHigh, o.sourceLow, o.sourcePort)) {
      return;
    }
    attempts.answered(o);
    if (o.rttNs > 0) {
      Latencies.record(latency, 0, o.rttNs, o, false);
    }
    if (o.connectNs > 0 && o.reply == Observation.Reply.YES) {
      Latencies.record(handshake, 0, o.connectNs, o, false);
    }
  }

  private void request(Observation o) {
    if (!isServer(o.destination, o.destinationHigh, o.destinationLow, o.destinationPort)) {
      return;
    }
    if (o.reason == ReportReason.END) {
      attempts.ended(o);
    } else if (o.flagCounts[TcpFlag.SYN.ordinal()] > 0) {
      attempts.opened(o);
    }
  }

  private boolean isServer(Endpoint owner, long high, long low, int port) {
    return addresses.contains(high, low, port)
        || owner.kind() == Endpoint.Kind.SERVICE
            && owner.name().equals(SERVICE)
            && owner.namespace().equals(NAMESPACE);
  }

  /** Round trips. */
  public Latencies latency() {
    return read(latency);
  }

  /** SYN to SYN-ACK, as {@link #latency}. */
  public Latencies handshake() {
    return read(handshake);
  }

  /** Attempts to connect that nothing came back for. */
  public long unanswered() {
    return unanswered.sum();
  }

  private static Latencies read(SeriesTable table) {
    Latencies times = new Latencies();
    table.forEach((_, row) -> times.load(row));
    return times;
  }
}
