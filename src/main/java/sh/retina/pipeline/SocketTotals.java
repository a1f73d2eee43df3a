package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.TcpOutcome;
import sh.retina.event.TcpPhase;

/**
 * What the node level counts of the reports of TCP sockets. The metric thread counts; any thread
 * reads.
 */
public final class SocketTotals {
  private static final int DIRECTIONS = Direction.values().length;
  private static final int OTHERS = Math.max(TcpOutcome.values().length, TcpPhase.values().length);

  /** What is counted. */
  public enum Kind {
    /** Segments sent again, by direction. */
    RETRANSMISSIONS,
    /** Ends of connections and failed attempts, by role and outcome. */
    CONNECTIONS,
    /** Resets, by direction and phase. */
    RESETS
  }

  /** One count, with its label values in the order of the kind's description. */
  public static final class Count {
    private final Kind kind;
    private final String[] labelValues;
    private final Tally tally = new Tally();

    Count(Kind kind, String... labelValues) {
      this.kind = kind;
      this.labelValues = labelValues;
    }

    public Kind kind() {
      return kind;
    }

    public String[] labelValues() {
      return labelValues.clone();
    }

    public long sum() {
      return tally.sum();
    }
  }

  private final @Nullable Count[] counts = new Count[Kind.values().length * OTHERS * DIRECTIONS];

  // Guarded by this; the metric thread comes here for a new count only.
  private final List<Count> seen = new ArrayList<>();
  private Consumer<Count> listener = _ -> {};

  SocketTotals() {}

  /**
   * Tells a listener of each count, at once of those that were seen; later ones on the metric
   * thread. There is one listener; a new one replaces it.
   */
  public synchronized void onNewCounts(Consumer<Count> newListener) {
    listener = newListener;
    seen.forEach(newListener);
  }

  void accept(Observation o) {
    switch (o.socketReport) {
      case RETRANSMISSION -> count(Kind.RETRANSMISSIONS, o.direction, 0).tally.add(o.packets);
      case CONNECTION -> {
        if (o.tcpOutcome != TcpOutcome.OPEN) {
          count(Kind.CONNECTIONS, o.direction, o.tcpOutcome.ordinal()).tally.add(1);
        }
      }
      case RESET -> count(Kind.RESETS, o.direction, o.tcpPhase.ordinal()).tally.add(o.packets);
      case NONE -> {}
    }
  }

  private Count count(Kind kind, Direction direction, int other) {
    int index = (kind.ordinal() * OTHERS + other) * DIRECTIONS + direction.ordinal();
    Count found = counts[index];
    if (found == null) {
      found =
          switch (kind) {
            case RETRANSMISSIONS -> new Count(kind, direction.label());
            case CONNECTIONS -> new Count(kind, role(direction), TcpOutcome.of(other).label());
            case RESETS -> new Count(kind, direction.label(), TcpPhase.of(other).label());
          };
      counts[index] = found;
      announce(found);
    }
    return found;
  }

  private synchronized void announce(Count added) {
    seen.add(added);
    listener.accept(added);
  }

  /** Which end of a connection reports it: the one that opened it goes out. */
  static String role(Direction direction) {
    return switch (direction) {
      case EGRESS -> "client";
      case INGRESS -> "server";
      case UNKNOWN -> LabelWords.UNKNOWN;
    };
  }
}
