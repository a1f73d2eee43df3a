package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.Traffic;

/**
 * An event counted into one of 50,000 series while another thread scrapes: {@code bin/bench micro
 * Counting}. The mean says what a scrape takes away, the largest sample whether it is waited for.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CountingBench {
  private static final int PODS = 25_000; // packets and bytes of each
  private static final int EVENTS = 1 << 12;

  /** Scrapes of the other thread: none, one a second, one after the other. */
  @Param({"none", "each-second", "always"})
  private String scrapes = "none";

  private final Observation[] events = new Observation[EVENTS];
  private Agent agent;
  private int next;
  private volatile boolean over;
  private @Nullable Thread scraper;

  @Setup
  public void count() {
    agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL);
    for (int pod = 0; pod < PODS; pod++) {
      Endpoint endpoint = Traffic.pod("ns" + pod % 20, "pod-" + pod, "10.0.0.1", Traffic.HERE);
      Observation event =
          Traffic.forwarded(ObservationPoint.FROM_ENDPOINT, endpoint, Traffic.FAR_POD, 1);
      agent.aggregate.accept(event);
      if (pod % (PODS / EVENTS) == 0 && pod / (PODS / EVENTS) < EVENTS) {
        events[pod / (PODS / EVENTS)] = event; // some of all, far apart
      }
    }
    if (!scrapes.equals("none")) {
      scraper = Thread.ofPlatform().daemon().start(this::scrape);
    }
  }

  private void scrape() {
    long pauseNs = scrapes.equals("always") ? 0 : 1_000_000_000;
    while (!over) {
      try {
        agent.scrape.write(OutputStream.nullOutputStream(), Scrape.TEXT, Set.of());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      LockSupport.parkNanos(pauseNs);
    }
  }

  @TearDown
  public void stop() throws InterruptedException {
    over = true;
    if (scraper != null) {
      scraper.join();
    }
  }

  @Benchmark
  public void event() {
    agent.aggregate.accept(events[next++ & EVENTS - 1]);
  }
}
