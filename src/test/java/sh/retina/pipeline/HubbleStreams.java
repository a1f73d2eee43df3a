package sh.retina.pipeline;

import com.sun.management.OperatingSystemMXBean;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.springframework.util.FileSystemUtils;
import sh.retina.export.hubble.HubbleServer;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.flow.proto.observer.ObserverGrpc;

/**
 * What many clients that follow flows cost who serves them: CPU per stream for each event that is
 * written, and memory per stream. The clients are a process of their own; each asks for the TCP
 * flows of one pod of 250. {@code bin/bench streams}.
 */
final class HubbleStreams {
  private static final int ROUNDS = 10;

  /** Events of a filling with one source. */
  private static final int MATCHES = UserPath.EVENTS / UserPath.PODS;

  private static final int STREAMS_PER_CONNECTION = 50;
  private static final long PATIENCE_NS = 120_000_000_000L;
  private static final long SETTLED_NS = 3_000_000_000L;
  private static final String READY = "ready";

  private HubbleStreams() {}

  /** Alone: how many streams; with a port before it: the clients. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 2) {
      follow(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
    } else {
      serve(Integer.parseInt(arguments[0]));
    }
  }

  /** Opens the streams, says so, and ends with its input after a line with what came. */
  private static void follow(int port, int streams) throws IOException {
    List<ManagedChannel> channels = new ArrayList<>();
    AtomicLong flows = new AtomicLong();
    for (int i = 0; i < streams; i++) {
      if (i % STREAMS_PER_CONNECTION == 0) {
        channels.add(NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build());
      }
      int pod = i % UserPath.PODS;
      ObserverGrpc.newStub(channels.getLast())
          .getFlows(
              GetFlowsRequest.newBuilder()
                  .setFollow(true)
                  .addWhitelist(
                      FlowFilter.newBuilder()
                          // And those whose names begin so: the address says which.
                          .addSourcePod("ns" + pod % 10 + "/pod-" + pod)
                          .addSourceIp(UserPath.address(pod))
                          .addProtocol("tcp"))
                  .build(),
              new Counting(flows));
    }
    System.out.println(READY);
    while (System.in.read() >= 0) {
      System.out.println(flows.get());
    }
    channels.forEach(ManagedChannel::shutdownNow);
  }

  private record Counting(AtomicLong flows) implements StreamObserver<GetFlowsResponse> {
    @Override
    public void onNext(GetFlowsResponse response) {
      flows.incrementAndGet();
    }

    @Override
    public void onError(Throwable e) {
      // At the end each stream is broken off; one that breaks off before counts too little.
    }

    @Override
    public void onCompleted() {
      throw new IllegalStateException("who follows is not sent away");
    }
  }

  private static void serve(int streams) throws IOException {
    Path parent = Path.of(System.getProperty("retina.bench.directory", "target/bench"));
    Path directory = Files.createTempDirectory(Files.createDirectories(parent), "streams");
    try (UserPath path = new UserPath(directory, 1L << 30);
        JournalFlowSource flows = HubblePath.flows(path);
        HubbleServer server = HubblePath.server(flows, 4_096, 0)) {
      server.start();
      measure(path, server, 1); // to warm up
      for (int count : new int[] {0, streams / 10, streams}) {
        measure(path, server, count);
      }
    } finally {
      FileSystemUtils.deleteRecursively(directory);
    }
  }

  private static void measure(UserPath path, HubbleServer server, int streams) throws IOException {
    long heapBefore = heapBytes();
    Process client =
        HubblePath.fork(
            HubbleStreams.class, List.of(String.valueOf(server.port()), String.valueOf(streams)));
    try {
      BufferedReader output = client.inputReader(StandardCharsets.UTF_8);
      require(READY.equals(output.readLine()), "the clients have ended");
      await(() -> server.streams() == streams, "the streams are not open");
      long heap = heapBytes() - heapBefore;
      long rss = rssKib();

      long expected = inPlace(path, client, output, streams);
      long sentBefore = expected;
      long cpuNs = cpuNs();
      long startNs = System.nanoTime();
      for (int round = 0; round < ROUNDS; round++) {
        path.take(path.refilled());
        expected += (long) streams * MATCHES;
        long wanted = expected;
        await(() -> received(client, output) >= wanted, "flows have not come");
      }
      long tookNs = System.nanoTime() - startNs;
      long events = (long) ROUNDS * UserPath.EVENTS;
      cpuNs = cpuNs() - cpuNs;
      System.out.printf(
          "%5d streams: CPU %6.0f ns per event, %5.1f ns per stream and event; %d flows sent,"
              + " %.1f s; heap %d KiB a stream, RSS %d MiB (now %d)%n",
          streams,
          (double) cpuNs / events,
          streams == 0 ? 0 : (double) cpuNs / events / streams,
          expected - sentBefore,
          tookNs / 1e9,
          streams == 0 ? 0 : (heap >> 10) / streams,
          rss >> 10,
          rssKib() >> 10);
    } finally {
      client.getOutputStream().close();
      client.destroy();
    }
    await(() -> server.streams() == 0, "streams have stayed open");
  }

  /**
   * Sends until a round reaches every stream: one that is open may not have its place yet. What a
   * round brings is counted when nothing more comes of it.
   *
   * @return flows received so far
   */
  private static long inPlace(UserPath path, Process client, BufferedReader output, int streams) {
    while (true) {
      long before = settled(client, output);
      path.take(path.refilled());
      long now = settled(client, output);
      if (now - before == (long) streams * MATCHES) {
        return now;
      }
    }
  }

  /** Flows received when there have been no more for a while. */
  private static long settled(Process client, BufferedReader output) {
    long last = received(client, output);
    long endNs = System.nanoTime() + SETTLED_NS;
    while (System.nanoTime() < endNs) {
      LockSupport.parkNanos(20_000_000);
      long now = received(client, output);
      if (now != last) {
        last = now;
        endNs = System.nanoTime() + SETTLED_NS;
      }
    }
    return last;
  }

  private static long received(Process client, BufferedReader output) {
    try {
      client.getOutputStream().write('\n');
      client.getOutputStream().flush();
      return Long.parseLong(String.valueOf(output.readLine()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static long cpuNs() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static long heapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long rssKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }

  private static void await(java.util.function.BooleanSupplier condition, String otherwise) {
    long endNs = System.nanoTime() + PATIENCE_NS;
    while (!condition.getAsBoolean()) {
      require(System.nanoTime() < endNs, otherwise);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}
