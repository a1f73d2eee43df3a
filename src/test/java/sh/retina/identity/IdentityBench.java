package sh.retina.identity;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/**
 * What a look-up of an address costs and what a change does, by the number of addresses known:
 * {@code bin/bench micro IdentityBench}. Half of the addresses are IPv6, their order is random, and
 * the owner itself is read, as its users do.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IdentityBench {
  private static final int ASKED = 4_096;

  @Param({"1000", "100000"})
  public int addresses;

  private final IdentityTable table = new IdentityTable();
  private final long[] highs = new long[ASKED];
  private final long[] lows = new long[ASKED];
  private Endpoint one = Endpoint.UNKNOWN;

  @Setup
  public void fill() {
    table.apply(Pods.cluster(addresses), false);
    Random random = new Random(3);
    for (int i = 0; i < ASKED; i++) {
      IpAddress address = Pods.address(random.nextInt(addresses));
      highs[i] = address.high();
      lows[i] = address.low();
    }
    one = table.endpoint(highs[0], lows[0]);
  }

  /** The loop and the reading of addresses alone. */
  @Benchmark
  @OperationsPerInvocation(ASKED)
  public void baseline(Blackhole hole) {
    for (int i = 0; i < ASKED; i++) {
      hole.consume(highs[i] ^ lows[i]);
    }
  }

  @Benchmark
  @OperationsPerInvocation(ASKED)
  public void known(Blackhole hole) {
    for (int i = 0; i < ASKED; i++) {
      hole.consume(table.endpoint(highs[i], lows[i]).kind());
    }
  }

  @Benchmark
  @OperationsPerInvocation(ASKED)
  public void outside(Blackhole hole) {
    for (int i = 0; i < ASKED; i++) {
      hole.consume(table.endpoint(highs[i] + 1, lows[i]).kind());
    }
  }

  /** A pod that goes and comes. */
  @Benchmark
  public Endpoint change() {
    table.apply(
        List.of(new ContextChange.EndpointGone(one.key()), new ContextChange.EndpointUp(one)),
        false);
    return table.endpoint(highs[0], lows[0]);
  }
}
