package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;

/**
 * The pod-level series of all families, in groups of the same context labels under one budget. The
 * metric thread counts, removes and changes them; any thread reads.
 */
public final class PodSeries {
  private static final SeriesFamily[] FAMILIES = SeriesFamily.values();

  private final String nodeName;
  private final LabelWords reasons;
  private final SeriesBudget budget;
  private final Tally[] overflowed = new Tally[FAMILIES.length];
  private volatile State state;
  private volatile @Nullable PodLevel wanted;

  /** What is in force; {@code byFamily} has null where a family is off. */
  private record State(
      PodLevel options, PodCounting[] counting, @Nullable SeriesGroup[] byFamily) {}

  PodSeries(PodLevel options, String nodeName, LabelWords reasons) {
    this.nodeName = nodeName;
    this.reasons = reasons;
    budget = new SeriesBudget(options);
    for (SeriesFamily family : FAMILIES) {
      overflowed[family.ordinal()] = new Tally();
    }
    state = state(options, List.of());
  }

  /**
   * Other options, from any thread; in force with the next events. Series whose labels stay the
   * same go on, all others go.
   */
  public void change(PodLevel options) {
    wanted = options;
  }

  /** As {@link Aggregate#adopt}. */
  void adopt() {
    PodLevel next = wanted;
    if (next == null) {
      return;
    }
    wanted = null;
    State before = state;
    if (!next.equals(before.options)) {
      budget.adopt(next);
      state = state(next, List.of(before.counting));
    }
  }

  private State state(PodLevel options, List<PodCounting> before) {
    Map<ContextChoice, Set<SeriesFamily>> families = new LinkedHashMap<>();
    for (SeriesFamily family : FAMILIES) {
      if (options.isEnabled(family)) {
        families
            .computeIfAbsent(options.labels(family), _ -> EnumSet.noneOf(SeriesFamily.class))
            .add(family);
      }
    }
    List<PodCounting> left = new ArrayList<>(before);
    List<PodCounting> counting = new ArrayList<>();
    @Nullable SeriesGroup[] byFamily = new SeriesGroup[FAMILIES.length];
    families.forEach((choice, of) -> {
      PodCounting group = kept(left, options, choice, of);
      counting.add(group);
      of.forEach(family -> byFamily[family.ordinal()] = group.series());
    });
    left.forEach(group -> group.series().adopt(options, Set.of()));
    return new State(options, counting.toArray(PodCounting[]::new), byFamily);
  }

  /** One of those before whose series go on, else a new one. */
  private PodCounting kept(
      List<PodCounting> left, PodLevel options, ContextChoice choice, Set<SeriesFamily> families) {
    for (PodCounting group : left) {
      if (group.series().isAlso(options, choice)) {
        left.remove(group);
        group.series().adopt(options, families);
        return group;
      }
    }
    return new PodCounting(
        new SeriesGroup(options, choice, families, nodeName, reasons, budget, overflowed));
  }

  /** Those that count, one for each group. */
  PodCounting[] counting() {
    return state.counting;
  }

  /** As {@link Aggregate#expire}. */
  boolean expire(long nowNs) {
    boolean done = true;
    for (PodCounting group : state.counting) {
      done &= group.series().expire(nowNs);
    }
    return done;
  }

  /** As {@link Aggregate#gone}. */
  void gone(Endpoint endpoint, Endpoint successor, long nowNs) {
    for (PodCounting group : state.counting) {
      group.series().gone(endpoint, successor, nowNs);
    }
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

  /** Receives a series of counts. */
  @FunctionalInterface
  public interface CountsReader {
    /**
     * @param labelValues in the order of {@link #labelNames}; the receiver's own
     * @param columns as the family says, perhaps longer; reused for the next series
     * @param exemplar of the first column, null if there is none
     */
    void series(String[] labelValues, long[] columns, @Nullable Exemplar exemplar);
  }

  /** Receives a histogram. */
  @FunctionalInterface
  public interface TimesReader {
    /**
     * @param labelValues in the order of {@link #labelNames}; the receiver's own
     * @param times reused for the next series
     */
    void series(String[] labelValues, Latencies times);
  }

  /** Reads a family's series; what it says stays the same while options change. */
  public static final class Reading {
    private final SeriesFamily family;
    private final @Nullable SeriesGroup group;

    private Reading(SeriesFamily family, @Nullable SeriesGroup group) {
      this.family = family;
      this.group = group;
    }

    /** Label names: its own, then the context's. */
    public List<String> labelNames() {
      return group == null ? List.of() : group.labelNames(family);
    }

    /** Rows now. */
    public int rows() {
      return group == null ? 0 : group.rows(family);
    }

    /** Passes each series to a reader, with what is counted so far. */
    public void read(SeriesReader reader) {
      long[] columns = new long[family.columns()];
      if (family.isHistogram()) {
        readTimes((values, times) -> reader.series(values, times.copyTo(columns)));
      } else {
        readStored((values, stored) -> {
          System.arraycopy(stored, 0, columns, 0, columns.length);
          reader.series(values, columns);
        });
      }
    }

    private void readStored(SeriesReader reader) {
      if (group != null) {
        group.read(family, reader);
      }
    }

    /** The same of a family of counts. */
    public void readCounts(CountsReader reader) {
      int columns = family.columns();
      readStored((values, stored) ->
          reader.series(
              values, stored, stored.length > columns ? Exemplar.of(stored, columns) : null));
    }

    /** The same of a family of histograms. */
    public void readTimes(TimesReader reader) {
      Latencies times = new Latencies();
      readStored((values, row) -> reader.series(values, times.load(row)));
    }
  }

  /** A family as it is now. */
  public Reading reading(SeriesFamily family) {
    return new Reading(family, state.byFamily[family.ordinal()]);
  }

  /** Label names of a family: its own, then the context's. */
  public List<String> labelNames(SeriesFamily family) {
    return reading(family).labelNames();
  }

  /** Passes each series of a family to a reader, with what is counted so far. */
  public void read(SeriesFamily family, SeriesReader reader) {
    reading(family).read(reader);
  }

  /** Rows of a family now. */
  public int rows(SeriesFamily family) {
    return reading(family).rows();
  }

  /** Observations of a family that the overflow series took because the budget was used up. */
  public long overflowed(SeriesFamily family) {
    return overflowed[family.ordinal()].sum();
  }

  /** Series that the budget is used for now, without those of the overflow. */
  public int budgetUsed() {
    return budget.total();
  }

  /** What is counted. */
  public PodLevel options() {
    return state.options;
  }
}
