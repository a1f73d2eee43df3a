package sh.retina.flow;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import sh.retina.event.Observation;
import sh.retina.flow.proto.Flow;
import sh.retina.identity.IdentityTable;

/**
 * What a flow costs that a stream's filter lets through, ns and bytes allocated: {@code bin/bench
 * micro FlowEncoder}. This path may allocate: it makes messages for a client.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlowEncoderBench {
  private final FlowEncoder encoder = new FlowEncoder(Observations.NODE);
  private final IdentityTable names = new IdentityTable();
  private final Observation tcp = Observations.tcp();
  private final Flow flow = encoder.encode(tcp, names);

  /** A message with nothing in it. */
  @Benchmark
  public Flow baseline() {
    return Flow.newBuilder().build();
  }

  @Benchmark
  public Flow encode() {
    return encoder.encode(tcp, names);
  }

  /** The bytes of a message that is made already, as gRPC sends them. */
  @Benchmark
  public byte[] protobuf() {
    return flow.toByteArray();
  }

  /** The line of a message that is made already, as server-sent events have it. */
  @Benchmark
  public String json() {
    return FlowJson.print(flow);
  }

  @Benchmark
  public String encodeAndJson() {
    return FlowJson.print(encoder.encode(tcp, names));
  }
}
