package sh.retina.pipeline;

import java.util.function.BooleanSupplier;
import sh.retina.event.Direction;
import sh.retina.event.DnsView;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.TcpOutcome;

/**
 * Adds an observation to the series of the pods that it is about; the metric thread only.
 *
 * <p>A packet passes several points of a node, so each series counts at one of them only:
 *
 * <ul>
 *   <li>A pod's traffic counts at the pod's own interface: {@code FROM_ENDPOINT} is egress of the
 *       source, {@code TO_ENDPOINT} ingress of the destination. The network interface counts only
 *       for an end that is this node itself.
 *   <li>In the remote context, flags have no direction label: what leaves one pod of the node and
 *       enters another counts where it leaves.
 *   <li>A drop counts once. Its side is, in this order: a pod of this node, this node, a pod of
 *       another; of two equal ones the source, unless the event says ingress. The direction label
 *       is that side's view. With neither, the labels are {@code unknown} and the direction is the
 *       event's. In the remote context both sides are labelled, and an event that does not say its
 *       direction takes that of the side.
 *   <li>A DNS message counts for its client, at the client's own interface; this node's own queries
 *       to a pod at that pod's. Of a client outside the cluster it counts for the server.
 *   <li>A handshake time counts for the client, where the answer reaches it; a round trip for the
 *       owner of the interface that the answer reaches. In the remote context {@code source_} is
 *       that side.
 *   <li>What a socket reports counts for the pod or node that owns it. Its handshake and round trip
 *       count only where no packets are watched, which tell the same.
 * </ul>
 */
final class PodCounting {
  private final SeriesGroup pods;

  PodCounting(SeriesGroup pods) {
    this.pods = pods;
  }

  /** The series that it adds to. */
  SeriesGroup series() {
    return pods;
  }

  /** {@code packetTimes}: as {@link Aggregate#Aggregate(PodLevel, String, BooleanSupplier)}. */
  void accept(Observation o, BooleanSupplier packetTimes) {
    DnsView message = o.dns;
    if (message != null) {
      dns(o, message);
      return;
    }
    switch (o.verdict) {
      case FORWARDED -> forwarded(o);
      case DROPPED -> dropped(o);
      case TRACED -> traced(o, packetTimes);
      case UNKNOWN, REDIRECTED, AUDIT, ERROR -> {} // words of a policy or a proxy, not packets
    }
  }

  private void forwarded(Observation o) {
    boolean egress =
        o.point == ObservationPoint.FROM_ENDPOINT || o.point == ObservationPoint.TO_NETWORK;
    long owner = pods.describe(egress ? o.source : o.destination);
    switch (o.point) {
      case FROM_ENDPOINT, TO_ENDPOINT -> {}
      case FROM_NETWORK, TO_NETWORK -> {
        if (!isThisNode(owner)) {
          return;
        }
      }
      case UNKNOWN,
          TO_PROXY,
          TO_HOST,
          TO_STACK,
          TO_OVERLAY,
          FROM_PROXY,
          FROM_HOST,
          FROM_STACK,
          FROM_OVERLAY -> {
        return;
      }
    }
    long source = owner;
    long destination = owner;
    if (pods.isRemote()) {
      source = egress ? owner : pods.describe(o.source);
      destination = egress ? pods.describe(o.destination) : owner;
      pods.focusPair(o, source, destination, false);
    } else {
      focusOwner(o, egress, owner);
    }
    if ((o.packets | o.bytes) != 0) {
      pods.addForwarded(egress ? Direction.EGRESS : Direction.INGRESS, o.reply, o.packets, o.bytes);
    }
    boolean countedAtSource = pods.isRemote() && !egress && !o.firstOnNode && isLocalPod(source);
    if (!countedAtSource) {
      flags(o);
    }
    if (o.rttNs > 0 || o.connectNs > 0) {
      latencies(o, egress, source, destination);
    }
  }

  private void flags(Observation o) {
    long[] counts = o.flagCounts;
    for (int flag = 0; flag < counts.length; flag++) {
      if (counts[flag] != 0) {
        pods.addFlag(flag, counts[flag]);
      }
    }
  }

  private void latencies(Observation o, boolean egress, long source, long destination) {
    if (pods.isRemote()) {
      pods.focusPair(o, source, destination, !egress);
    }
    // What the pod itself answers is its own time, not the network's.
    if (o.rttNs > 0 && !egress) {
      pods.record(SeriesFamily.TCP_RTT, o.rttNs, o, false);
    }
    boolean answerAtClient = !egress && o.reply == Observation.Reply.YES;
    if (o.connectNs > 0 && answerAtClient) {
      pods.record(SeriesFamily.TCP_CONNECT, o.connectNs, o, false);
    }
  }

  private void dns(Observation o, DnsView message) {
    boolean egress =
        o.point == ObservationPoint.FROM_ENDPOINT || o.point == ObservationPoint.TO_NETWORK;
    boolean clientSent = !message.isResponse();
    long source = pods.describe(o.source);
    long destination = pods.describe(o.destination);
    long client = clientSent ? source : destination;
    boolean clientSide = egress == clientSent; // whether the interface is the client's
    switch (o.point) {
      case FROM_ENDPOINT, TO_ENDPOINT -> {
        if (!clientSide && isCountedElsewhere(client)) {
          return;
        }
      }
      case FROM_NETWORK, TO_NETWORK -> {
        if (!isThisNode(egress ? source : destination)
            || !clientSide && isCountedElsewhere(client)) {
          return;
        }
      }
      case UNKNOWN -> {
        return;
      }
    }
    boolean owner = clientSide || isThisNode(client) ? clientSent : !clientSent;
    if (pods.isRemote()) {
      pods.focusPair(o, source, destination, false);
    } else {
      focusOwner(o, owner, owner ? source : destination);
    }
    pods.addDns(o, message, owner);
  }

  /** A pod's own interface counts it, here or on its node; so does another node's. */
  private static boolean isCountedElsewhere(long client) {
    return (client & (ContextLabels.POD | ContextLabels.NODE)) != 0 && !isThisNode(client);
  }

  private void dropped(Observation o) {
    long source = pods.describe(o.source);
    long destination = pods.describe(o.destination);
    int sourceRank = rank(source);
    int destinationRank = rank(destination);
    boolean egress =
        sourceRank == destinationRank
            ? o.direction != Direction.INGRESS
            : sourceRank > destinationRank;
    boolean nobody = sourceRank == 0 && destinationRank == 0;
    Direction view = nobody ? o.direction : egress ? Direction.EGRESS : Direction.INGRESS;
    if (pods.isRemote()) {
      pods.focusPair(o, source, destination, false);
      view = o.direction == Direction.UNKNOWN ? view : o.direction;
    } else {
      focusOwner(o, egress, egress ? source : destination);
    }
    pods.addDropped(view, o, egress);
  }

  private void traced(Observation o, BooleanSupplier packetTimes) {
    long source = pods.describe(o.source);
    long destination = pods.describe(o.destination);
    boolean atSource = o.direction != Direction.INGRESS;
    switch (o.socketReport) {
      case RETRANSMISSION -> {
        focus(o, source, destination, atSource, false);
        pods.add(SeriesFamily.TCP_RETRANSMISSIONS, o.direction, 0, o.packets);
      }
      case RESET -> {
        focus(o, source, destination, atSource, false);
        pods.add(SeriesFamily.TCP_RESETS, o.direction, o.tcpPhase.ordinal(), o.packets);
      }
      case CONNECTION -> connection(o, source, destination, atSource, packetTimes);
      case NONE -> {}
    }
  }

  private void connection(
      Observation o, long source, long destination, boolean atSource, BooleanSupplier packetTimes) {
    if (o.tcpOutcome != TcpOutcome.OPEN) {
      focus(o, source, destination, atSource, false);
      pods.add(SeriesFamily.TCP_CONNECTIONS, o.direction, o.tcpOutcome.ordinal(), 1);
      // In the remote context a pair is counted by who sends: as egress there, as ingress at the
      // other end.
      if (o.bytes > 0) {
        focus(o, source, destination, atSource, !atSource);
        pods.add(SeriesFamily.TCP_PAYLOAD, Direction.EGRESS, 0, o.bytes);
      }
      if (o.receivedBytes > 0) {
        focus(o, source, destination, atSource, atSource);
        pods.add(SeriesFamily.TCP_PAYLOAD, Direction.INGRESS, 0, o.receivedBytes);
      }
    }
    if (packetTimes.getAsBoolean()) {
      return;
    }
    focus(o, source, destination, atSource, !atSource);
    if (o.rttNs > 0) {
      pods.record(SeriesFamily.TCP_RTT, o.rttNs, o, atSource);
    }
    if (o.connectNs > 0) {
      pods.record(SeriesFamily.TCP_CONNECT, o.connectNs, o, atSource);
    }
  }

  /** The socket's owner; in the remote context both ends, perhaps turned round. */
  private void focus(
      Observation o, long source, long destination, boolean atSource, boolean turned) {
    if (pods.isRemote()) {
      pods.focusPair(o, source, destination, turned);
    } else {
      focusOwner(o, atSource, atSource ? source : destination);
    }
  }

  /** Only pods and nodes have series of their own; any other owner is unknown. */
  private void focusOwner(Observation o, boolean source, long owner) {
    boolean owns = (owner & (ContextLabels.POD | ContextLabels.NODE)) != 0;
    pods.focus(o, source, owns ? owner : ContextLabels.UNKNOWN);
  }

  private static int rank(long description) {
    if (isLocalPod(description)) {
      return 3;
    }
    if (isThisNode(description)) {
      return 2;
    }
    return (description & ContextLabels.POD) != 0 ? 1 : 0;
  }

  private static boolean isLocalPod(long description) {
    return (description & ContextLabels.LOCAL_POD) != 0;
  }

  private static boolean isThisNode(long description) {
    return (description & ContextLabels.THIS_NODE) != 0;
  }
}
