package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.Verdict;

/**
 * What the node level counts: drops by reason and direction, and forwarded packets once per node by
 * which side of their connection sent them. The metric thread counts; any thread reads.
 */
public final class NodeTotals {
  private static final int DIRECTIONS = Direction.values().length;

  private final LabelWords reasons;
  private final Tally sentPackets = new Tally();
  private final Tally sentBytes = new Tally();
  private final Tally replyPackets = new Tally();
  private final Tally replyBytes = new Tally();
  private @Nullable Drops[] drops = new Drops[DIRECTIONS];

  // Guarded by this; the metric thread comes here for a new reason only.
  private final List<Drops> seen = new ArrayList<>();
  private Consumer<Drops> listener = _ -> {};

  NodeTotals(LabelWords reasons) {
    this.reasons = reasons;
  }

  /** Drops for one reason in one direction. */
  public static final class Drops {
    private final String reason;
    private final Direction direction;
    private final Tally packets = new Tally();
    private final Tally bytes = new Tally();

    Drops(String reason, Direction direction) {
      this.reason = reason;
      this.direction = direction;
    }

    public String reason() {
      return reason;
    }

    public Direction direction() {
      return direction;
    }

    public long packets() {
      return packets.sum();
    }

    public long bytes() {
      return bytes.sum();
    }
  }

  /**
   * Tells a listener of each pair of reason and direction, at once of those that were seen; later
   * ones on the metric thread. There is one listener; a new one replaces it.
   */
  public synchronized void onNewDrops(Consumer<Drops> newListener) {
    listener = newListener;
    seen.forEach(newListener);
  }

  /** Packets of those who opened the connection, or where that is not known. */
  public long sentPackets() {
    return sentPackets.sum();
  }

  public long sentBytes() {
    return sentBytes.sum();
  }

  /** Packets of those who answer. */
  public long replyPackets() {
    return replyPackets.sum();
  }

  public long replyBytes() {
    return replyBytes.sum();
  }

  void accept(Observation o) {
    if (o.verdict == Verdict.DROPPED) {
      Drops counted = drops(reasons.number(o.dropReasonName), o.direction);
      counted.packets.add(o.packets);
      counted.bytes.add(o.bytes);
    } else if (o.verdict == Verdict.FORWARDED && o.firstOnNode) {
      boolean reply = o.reply == Observation.Reply.YES;
      (reply ? replyPackets : sentPackets).add(o.packets);
      (reply ? replyBytes : sentBytes).add(o.bytes);
    }
  }

  private Drops drops(int reason, Direction direction) {
    int index = reason * DIRECTIONS + direction.ordinal();
    if (index >= drops.length) {
      drops = Arrays.copyOf(drops, Math.max(index + 1, drops.length * 2));
    }
    Drops found = drops[index];
    if (found == null) {
      found = new Drops(reasons.word(reason), direction);
      drops[index] = found;
      announce(found);
    }
    return found;
  }

  private synchronized void announce(Drops added) {
    seen.add(added);
    listener.accept(added);
  }
}
