package sh.retina.guard;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.bpf.BpfException;

/**
 * Measures in windows what the agent costs and steps detail down and up again. Runs on a thread of
 * its own; a failure of a window is logged and the next one goes on. Everything that is read may be
 * read from any thread.
 */
public final class OverheadGuard implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OverheadGuard.class);

  /** BPF statistics are on for one in so many parts of a window: they cost each program's run. */
  private static final int SLICES = 20;

  private static final double NANOS = 1e9;
  private static final double MEBIBYTE = 1 << 20;

  private final Budget budget;
  private final Duration window;
  private final Probe probe;
  private final LongSupplier nanoClock;
  private final Consumer<Detail> knobs;
  private final Consumer<OverheadStep> listener;
  private volatile Ladder ladder;
  private Hysteresis hysteresis; // of the guard's thread
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("overhead-guard").daemon().factory());

  private volatile int rung;
  private volatile Load load = new Load(0, 0);
  private volatile double kernelNs;
  private long userNs;
  private long atNs;
  private long sliceKernelNs;
  private long sliceAtNs;
  private Probe.@Nullable KernelSlice slice;
  private boolean refused;
  private boolean started;

  /**
   * A guard at rest.
   *
   * @param knobs puts detail into force; called after every window, so that what was loaded anew
   *     has it too
   * @param listener is told each step, on the guard's thread
   */
  public OverheadGuard(
      Ladder ladder,
      Budget budget,
      Duration window,
      Probe probe,
      LongSupplier nanoClock,
      Consumer<Detail> knobs,
      Consumer<OverheadStep> listener) {
    this.ladder = ladder;
    this.budget = budget;
    this.window = window;
    this.probe = probe;
    this.nanoClock = nanoClock;
    this.knobs = knobs;
    this.listener = listener;
    this.hysteresis = new Hysteresis(ladder, budget);
  }

  /** Starts to measure; nothing happens without a budget. */
  public void start() {
    if (budget.isBounded()) {
      long ns = window.toNanos();
      timer.scheduleAtFixedRate(() -> alone(this::beginSlice), 0, ns, TimeUnit.NANOSECONDS);
      timer.scheduleAtFixedRate(
          () -> alone(this::endWindow), ns / SLICES, ns, TimeUnit.NANOSECONDS);
    }
  }

  /** Other detail is configured now: begins at rung 0 again. */
  public void configure(Ladder below) {
    timer.execute(() -> {
      ladder = below;
      hysteresis = new Hysteresis(below, budget);
      rung = 0;
      alone(() -> knobs.accept(below.rungs().getFirst()));
    });
  }

  /** The rung in force; 0: as configured. */
  public int rung() {
    return rung;
  }

  /** The detail in force. */
  public Detail detail() {
    List<Detail> rungs = ladder.rungs();
    return rungs.get(Math.min(rung, rungs.size() - 1));
  }

  /** Of the last window. */
  public Load load() {
    return load;
  }

  /** CPU time of the programs since the start, ns: an estimate from the slices. */
  public double kernelNs() {
    return kernelNs;
  }

  @Override
  public void close() {
    timer.shutdown();
    try {
      if (!timer.awaitTermination(1, TimeUnit.SECONDS)) {
        LOG.warn("the overhead guard did not end in 1 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeSlice();
  }

  private static void alone(Runnable part) {
    try {
      part.run();
    } catch (RuntimeException e) {
      LOG.warn("the overhead guard left out a measurement: {}", e.toString());
    }
  }

  void beginSlice() {
    closeSlice();
    if (!refused) {
      try {
        slice = probe.measureKernel();
      } catch (BpfException e) {
        refused = true;
        LOG.warn("the cost of BPF programs cannot be measured and counts as 0: {}", e.getMessage());
      }
    }
    sliceKernelNs = probe.kernelNs();
    sliceAtNs = nanoClock.getAsLong();
  }

  void endWindow() {
    long nowNs = nanoClock.getAsLong();
    long inKernelNs = probe.kernelNs() - sliceKernelNs;
    closeSlice();
    long user = probe.userNs();
    if (started && nowNs > atNs && nowNs > sliceAtNs) {
      double kernelCores = (double) Math.max(0, inKernelNs) / (nowNs - sliceAtNs);
      kernelNs = kernelNs + kernelCores * (nowNs - atNs);
      double userCores = (double) (user - userNs) / (nowNs - atNs);
      load = new Load(userCores + kernelCores, probe.memoryBytes());
      decide();
    }
    started = true;
    userNs = user;
    atNs = nowNs;
  }

  private void decide() {
    int from = rung;
    int to = hysteresis.next(load);
    Detail detail = ladder.rungs().get(to);
    knobs.accept(detail);
    if (to == from) {
      return;
    }
    rung = to;
    OverheadStep step = new OverheadStep(from, to, hysteresis.cause(), detail, load, budget);
    LOG.warn(
        "overhead step={} from={} cause={} cpu_cores={} cpu_budget={} memory_mib={}"
            + " memory_budget={} aggregation={} report_interval={} sampling_rate={}",
        to,
        from,
        step.cause(),
        number(load.cpuCores()),
        number(budget.cpuCores()),
        number(load.memoryBytes() / MEBIBYTE),
        number(budget.memoryBytes() / MEBIBYTE),
        detail.eachPacket() ? "low" : "high",
        number(detail.reportInterval().toNanos() / NANOS) + "s",
        detail.samplingRate());
    listener.accept(step);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private void closeSlice() {
    Probe.KernelSlice open = slice;
    slice = null;
    if (open != null) {
      open.close();
    }
  }
}
