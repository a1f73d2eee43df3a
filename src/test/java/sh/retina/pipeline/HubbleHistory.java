package sh.retina.pipeline;

import com.sun.management.OperatingSystemMXBean;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;
import sh.retina.export.hubble.HubbleServer;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.flow.proto.observer.ObserverGrpc;

/**
 * What past flows cost who serves them: CPU of the server alone for each of a million flows of the
 * journal, and how many a second one client gets. The client is a process of its own. {@code
 * bin/bench history}.
 */
final class HubbleHistory {
  private static final int WARM_UP = 2;

  private HubbleHistory() {}

  /** {@code serve ROUNDS}, or the client: {@code read PORT}. */
  public static void main(String[] arguments) throws IOException {
    int number = Integer.parseInt(arguments[1]);
    if (arguments[0].equals("read")) {
      read(number);
    } else {
      serve(number);
    }
  }

  /** For each line, a kind of request, all its flows; answers with their number. */
  private static void read(int port) throws IOException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String kind;
    while ((kind = lines.readLine()) != null) {
      Counting count = new Counting();
      ObserverGrpc.newStub(channel)
          .withDeadlineAfter(2, TimeUnit.MINUTES)
          .getFlows(HistoryRequest.valueOf(kind).request(), count);
      System.out.println(count.end.join());
    }
    channel.shutdownNow();
  }

  /** Asks for many flows at once: one by one its own wake-ups would be what is measured. */
  private static final class Counting
      implements ClientResponseObserver<GetFlowsRequest, GetFlowsResponse> {
    private static final int BATCH = 256;

    private final CompletableFuture<Long> end = new CompletableFuture<>();
    private @Nullable ClientCallStreamObserver<GetFlowsRequest> call;
    private long flows;

    @Override
    public void beforeStart(ClientCallStreamObserver<GetFlowsRequest> begun) {
      begun.disableAutoRequestWithInitial(2 * BATCH);
      call = begun;
    }

    @Override
    public void onNext(GetFlowsResponse response) {
      if (++flows % BATCH == 0) {
        Objects.requireNonNull(call).request(BATCH);
      }
    }

    @Override
    public void onError(Throwable e) {
      end.completeExceptionally(e);
    }

    @Override
    public void onCompleted() {
      end.complete(flows);
    }
  }

  private static void serve(int rounds) throws IOException {
    Path parent = Path.of(System.getProperty("retina.bench.directory", "target/bench"));
    Path directory = Files.createTempDirectory(Files.createDirectories(parent), "history");
    try (UserPath path = new UserPath(directory, 1L << 30);
        JournalFlowSource flows = HubblePath.flows(path);
        HubbleServer server = HubblePath.server(flows, 16, GetFlowsBench.FLOWS)) {
      GetFlowsBench.fill(path);
      server.start();
      Process client =
          HubblePath.fork(HubbleHistory.class, List.of("read", String.valueOf(server.port())));
      try {
        for (HistoryRequest kind : HistoryRequest.values()) {
          measure(kind, rounds, client);
        }
      } finally {
        client.getOutputStream().close();
        client.destroy();
      }
    } finally {
      FileSystemUtils.deleteRecursively(directory);
    }
  }

  private static void measure(HistoryRequest kind, int rounds, Process client) throws IOException {
    BufferedReader output = client.inputReader(StandardCharsets.UTF_8);
    double[] cpuUs = new double[rounds];
    double[] perSecond = new double[rounds];
    for (int round = -WARM_UP; round < rounds; round++) {
      long cpuNs = cpuNs();
      long startNs = System.nanoTime();
      client.getOutputStream().write((kind.name() + "\n").getBytes(StandardCharsets.UTF_8));
      client.getOutputStream().flush();
      long came = Long.parseLong(String.valueOf(output.readLine()));
      long tookNs = System.nanoTime() - startNs;
      if (came != kind.expected()) {
        throw new IllegalStateException(kind + ": " + came + " flows");
      }
      if (round >= 0) {
        cpuUs[round] = (cpuNs() - cpuNs) / 1e3 / GetFlowsBench.FLOWS;
        perSecond[round] = GetFlowsBench.FLOWS / (tookNs / 1e9);
      }
    }
    Arrays.sort(cpuUs);
    Arrays.sort(perSecond);
    System.out.printf(
        "%-8s CPU of the server %.2f / %.2f / %.2f us a flow; %.0f / %.0f / %.0f flows/s"
            + " (least, median, largest of %d)%n",
        kind,
        cpuUs[0],
        cpuUs[rounds / 2],
        cpuUs[rounds - 1],
        perSecond[0],
        perSecond[rounds / 2],
        perSecond[rounds - 1],
        rounds);
  }

  private static long cpuNs() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }
}
