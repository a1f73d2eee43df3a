package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import sh.retina.event.Endpoint;
import sh.retina.event.ObservationPoint;
import sh.retina.event.TcpFlag;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.SeriesFamily;
import sh.retina.pipeline.Traffic;

/**
 * A scrape by its number of pod-level series, milliseconds and bytes allocated: {@code bin/bench
 * micro Scrape}. Five series a pod: packets and bytes in both directions, and one TCP flag.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ScrapeBench {
  private static final int SERIES_PER_POD = 5;

  @Param({"1000", "10000", "50000"})
  private int series;

  private Agent agent;

  @Setup
  public void count() {
    agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL);
    for (int pod = 0; pod < series / SERIES_PER_POD; pod++) {
      Endpoint endpoint = Traffic.pod("ns" + pod % 20, "pod-" + pod, "10.0.0.1", Traffic.HERE);
      agent.aggregate.accept(
          Traffic.withFlags(
              Traffic.forwarded(ObservationPoint.FROM_ENDPOINT, endpoint, Traffic.FAR_POD, pod),
              Map.of(TcpFlag.ACK, 1 + pod)));
      agent.aggregate.accept(
          Traffic.forwarded(ObservationPoint.TO_ENDPOINT, Traffic.FAR_POD, endpoint, 1 + pod));
    }
  }

  /** Every row read with its labels, and nothing written. */
  @Benchmark
  public long baseline() {
    long[] sum = new long[1];
    for (SeriesFamily family : SeriesFamily.values()) {
      agent
          .aggregate
          .pods()
          .read(family, (labels, columns) -> sum[0] += labels.length + columns[0]);
    }
    return sum[0];
  }

  @Benchmark
  public void text() throws IOException {
    agent.scrape.write(OutputStream.nullOutputStream(), Scrape.TEXT, Set.of());
  }

  @Benchmark
  public void openMetrics() throws IOException {
    agent.scrape.write(OutputStream.nullOutputStream(), Scrape.OPENMETRICS, Set.of());
  }
}
