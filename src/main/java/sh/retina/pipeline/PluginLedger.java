package sh.retina.pipeline;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one plugin's events came to: how many passed each stage and how many were lost, and where.
 *
 * <p>Each stage has one writer at a time (the ring reader, the metric thread); losses may have
 * several. Any thread reads. Nothing is allocated by counting; count per batch where possible.
 */
public final class PluginLedger {
  private static final Stage[] STAGES = Stage.values();
  private static final Loss[] LOSSES = Loss.values();

  private final String plugin;
  private final Tally[] passed = tallies(STAGES.length);
  private final Tally[] lost = tallies(LOSSES.length);

  // Guarded by this. The programs count from 0 after each load; what earlier ones counted is kept.
  private @Nullable KernelCounts kernel;
  private long earlierEvents;
  private long earlierLost;

  PluginLedger(String plugin) {
    this.plugin = plugin;
  }

  /** What a plugin's loaded programs counted; read at each scrape, from any thread. */
  public interface KernelCounts {
    /** Events that the programs tried to report, with those that found no room. */
    long events();

    /** Events that found no room in the ring. */
    long lost();
  }

  public String plugin() {
    return plugin;
  }

  /** Events passed a stage; for the stage's only writer. Not for {@link Stage#KERNEL}. */
  public void passed(Stage stage, long events) {
    passed[stage.ordinal()].add(events);
  }

  /** Events were lost. Not for {@link Loss#KERNEL_RING_FULL}. */
  public void lost(Loss where, long events) {
    lost[where.ordinal()].addShared(events);
  }

  /** The plugin's programs were loaded; their counts come on top of those of earlier ones. */
  public synchronized void attachKernel(KernelCounts counts) {
    detachKernel();
    kernel = counts;
  }

  /** The plugin's programs are about to go: keeps what they counted. */
  public synchronized void detachKernel() {
    KernelCounts last = kernel;
    if (last != null) {
      kernel = null;
      earlierEvents += last.events();
      earlierLost += last.lost();
    }
  }

  /** Events that passed a stage so far. */
  public long events(Stage stage) {
    return stage == Stage.KERNEL ? kernelEvents() : passed[stage.ordinal()].sum();
  }

  /** Events lost so far. */
  public long events(Loss where) {
    return where == Loss.KERNEL_RING_FULL ? kernelLost() : lost[where.ordinal()].sum();
  }

  private synchronized long kernelEvents() {
    return earlierEvents + (kernel == null ? 0 : kernel.events());
  }

  private synchronized long kernelLost() {
    return earlierLost + (kernel == null ? 0 : kernel.lost());
  }

  private static Tally[] tallies(int count) {
    Tally[] tallies = new Tally[count];
    Arrays.setAll(tallies, _ -> new Tally());
    return tallies;
  }
}
