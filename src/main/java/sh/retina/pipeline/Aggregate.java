package sh.retina.pipeline;

import java.util.function.BooleanSupplier;
import sh.retina.event.DnsView;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.Verdict;

/**
 * The last stage of the metric path: adds an observation to the series of the node and of its pods.
 * A plain function of the metric thread, which alone calls it; scrapes read {@link #node} and
 * {@link #pods} meanwhile. Allocates only when a label set is new. What counts where is said at
 * {@link PodCounting}.
 */
public final class Aggregate {
  private final LabelWords reasons = new LabelWords();
  private final NodeTotals node;
  private final SocketTotals sockets = new SocketTotals();
  private final PodSeries pods;
  private final BooleanSupplier packetTimes;

  /** As the other one, with packets that tell handshakes and round trips. */
  public Aggregate(PodLevel podLevel, String nodeName) {
    this(podLevel, nodeName, () -> true);
  }

  private final DnsTotals dns = new DnsTotals();
  private final ApiServerTotals apiServer = new ApiServerTotals();

  /**
   * @param nodeName name of this node's endpoint; empty if there is none
   * @param packetTimes whether packets tell handshakes and round trips: those that sockets tell are
   *     left out then, so that none counts twice
   */
  public Aggregate(PodLevel podLevel, String nodeName, BooleanSupplier packetTimes) {
    node = new NodeTotals(reasons);
    pods = new PodSeries(podLevel, nodeName, reasons);
    this.packetTimes = packetTimes;
  }

  /** Adds one observation; the metric thread only. */
  public void accept(Observation o) {
    DnsView message = o.dns;
    if (message != null) {
      dns.accept(o, message);
    } else {
      packets(o);
    }
    for (PodCounting group : pods.counting()) {
      group.accept(o, packetTimes);
    }
  }

  private void packets(Observation o) {
    node.accept(o);
    sockets.accept(o);
    if (o.verdict == Verdict.FORWARDED) {
      apiServer.accept(o);
    }
  }

  /**
   * Removes series that are over; the metric thread only, every few seconds.
   *
   * @param nowNs any clock that grows from more than 1, the same at each call and in {@link #gone}
   * @return false if a scrape was reading and nothing was done
   */
  public boolean expire(long nowNs) {
    apiServer.expire();
    return pods.expire(nowNs);
  }

  /** An object was deleted: its series go after one more scrape; the metric thread only. */
  public void gone(Endpoint endpoint, long nowNs) {
    pods.gone(endpoint, Endpoint.UNKNOWN, nowNs);
  }

  /** The same, unless what took its place has equal labels. */
  void gone(Endpoint endpoint, Endpoint successor, long nowNs) {
    pods.gone(endpoint, successor, nowNs);
  }

  /** Puts the last {@link PodSeries#change} into force; the metric thread only, between events. */
  void adopt() {
    pods.adopt();
  }

  public NodeTotals node() {
    return node;
  }

  public SocketTotals sockets() {
    return sockets;
  }

  /** DNS of the node. */
  public DnsTotals dns() {
    return dns;
  }

  /** How the API server answers. */
  public ApiServerTotals apiServer() {
    return apiServer;
  }

  public PodSeries pods() {
    return pods;
  }
}
