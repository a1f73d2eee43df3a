package sh.retina.pipeline;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rows of the side that counts are for now, by its number and their own labels: what spares the hot
 * path a search in each family's table. Only where a key is those two, which is the local context
 * without addresses and ports. Used by the metric thread alone; {@link #forget} when rows may have
 * been removed or numbers given away.
 */
final class RecentRows {
  private static final int NONE = -1;

  /** Where a family's rows begin in those of a number: by ordinal, with an end. */
  private static final int[] STARTS = starts();

  private final boolean enabled;

  // Row + 1 by number, then by family and own labels; 0 = not known.
  private int[] @Nullable [] byNumber = {};
  private int @Nullable [] focused;

  private static int[] starts() {
    SeriesFamily[] families = SeriesFamily.values();
    int[] starts = new int[families.length + 1];
    for (SeriesFamily family : families) {
      starts[family.ordinal() + 1] = starts[family.ordinal()] + remembered(family);
    }
    return starts;
  }

  /** How many own label sets are remembered: those of what packets make, none of rarer events. */
  private static int remembered(SeriesFamily family) {
    return switch (family) {
      case FORWARDED -> 16;
      case TCP_FLAGS -> 10;
      case TCP_CONNECT, TCP_RTT -> 1;
      default -> 0;
    };
  }

  RecentRows(boolean enabled) {
    this.enabled = enabled;
  }

  /** What follows is about the side with this number. */
  void focus(int number) {
    if (enabled) {
      focused = number < byNumber.length ? byNumber[number] : null;
      if (focused == null) {
        focused = add(number);
      }
    }
  }

  /** The row, or -1 if it is not known. */
  int row(SeriesFamily family, int own) {
    int[] rows = focused;
    int at = STARTS[family.ordinal()] + own;
    return rows != null && at < STARTS[family.ordinal() + 1] ? rows[at] - 1 : NONE;
  }

  /** The row of the focus in a family, which is not the overflow's. */
  void remember(SeriesFamily family, int own, int row) {
    int[] rows = focused;
    int at = STARTS[family.ordinal()] + own;
    if (rows != null && at < STARTS[family.ordinal() + 1]) {
      rows[at] = row + 1;
    }
  }

  void forget() {
    for (int[] rows : byNumber) {
      if (rows != null) {
        Arrays.fill(rows, 0);
      }
    }
  }

  private int[] add(int number) {
    if (number >= byNumber.length) {
      byNumber = Arrays.copyOf(byNumber, Math.max(number + 1, byNumber.length * 2));
    }
    int[] rows = new int[STARTS[STARTS.length - 1]];
    byNumber[number] = rows;
    return rows;
  }
}
