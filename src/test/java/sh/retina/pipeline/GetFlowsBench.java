package sh.retina.pipeline;

import com.google.protobuf.util.Timestamps;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.util.FileSystemUtils;
import sh.retina.bpf.Clocks;
import sh.retina.export.hubble.HubbleServer;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.flow.proto.observer.ObserverGrpc;

/**
 * GetFlows over a journal of a million flows, with its client in the same process over loopback: ns
 * per flow for what reads all, ms until the first answer for what does not. {@code bin/bench micro
 * GetFlows}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GetFlowsBench {
  private static final int TAKES = 167;
  static final int FLOWS = TAKES * UserPath.EVENTS;

  private Path directory;
  private UserPath path;
  private JournalFlowSource flows;
  private HubbleServer server;
  private ManagedChannel channel;

  @Setup
  public void open() throws IOException {
    Path parent = Path.of(System.getProperty("retina.bench.directory", "target/bench"));
    directory = Files.createTempDirectory(Files.createDirectories(parent), "get-flows");
    path = new UserPath(directory, 1L << 30);
    fill(path);
    flows = HubblePath.flows(path);
    server = HubblePath.server(flows, 16, FLOWS);
    server.start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  static void fill(UserPath path) throws IOException {
    for (int i = 0; i < TAKES; i++) {
      path.take(path.refilled());
    }
  }

  @TearDown
  public void close() throws IOException {
    channel.shutdownNow();
    server.close();
    flows.close();
    path.close();
    FileSystemUtils.deleteRecursively(directory);
  }

  @Benchmark
  @OperationsPerInvocation(FLOWS)
  public long all() {
    return read(HistoryRequest.ALL);
  }

  @Benchmark
  @OperationsPerInvocation(FLOWS)
  public long masked() {
    return read(HistoryRequest.MASKED);
  }

  @Benchmark
  @OperationsPerInvocation(FLOWS)
  public long filtered() {
    return read(HistoryRequest.FILTERED);
  }

  @Benchmark
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public long firstOfTheLastHour() {
    return read(
        GetFlowsRequest.newBuilder()
            // The events' times are ns since boot.
            .setSince(Timestamps.fromNanos(Clocks.realtimeOffsetNs() - 3_600_000_000_000L))
            .setNumber(1)
            .build(),
        1);
  }

  @Benchmark
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public long lastTwenty() {
    return read(GetFlowsRequest.newBuilder().setNumber(20).build(), 20);
  }

  private long read(HistoryRequest kind) {
    return read(kind.request(), kind.expected());
  }

  private long read(GetFlowsRequest request, long expected) {
    Iterator<GetFlowsResponse> answers =
        ObserverGrpc.newBlockingStub(channel)
            .withDeadlineAfter(2, TimeUnit.MINUTES)
            .getFlows(request);
    long count = 0;
    while (answers.hasNext()) {
      answers.next();
      count++;
    }
    if (count != expected) {
      throw new IllegalStateException(count + " flows instead of " + expected);
    }
    return count;
  }
}
