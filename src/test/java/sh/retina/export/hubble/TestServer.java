package sh.retina.export.hubble;

import com.google.protobuf.Timestamp;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEventSource;
import sh.retina.flow.proto.Verdict;
import sh.retina.flow.proto.observer.ObserverGrpc;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowSource;

/** The API over a source of numbered flows that never ends by itself. */
final class TestServer implements AutoCloseable, FlowSource {
  static final Metadata.Key<String> VERSION =
      Metadata.Key.of("hubble-server-version", Metadata.ASCII_STRING_MARSHALLER);

  final AtomicLong made = new AtomicLong();
  final AtomicInteger open = new AtomicInteger();
  final HubbleServer server;
  final List<FlowRequest> requests = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  TestServer(String socket, int maxStreams, HubbleProperties.Tls tls) {
    server =
        new HubbleServer(
            new HubbleProperties("127.0.0.1:0", socket, "", maxStreams, "", "", 0, tls),
            new FlowNode("n1", "", "0.1.0"),
            this,
            new History() {
              @Override
              public long flows() {
                return 5;
              }

              @Override
              public long capacity() {
                return 4095;
              }
            },
            System::nanoTime);
    server.start();
  }

  static TestServer plain() {
    return new TestServer("", 1024, new HubbleProperties.Tls("", "", List.of()));
  }

  @Override
  public Flux<FlowItem> open(FlowRequest request) {
    synchronized (requests) {
      requests.add(request);
    }
    Flux<FlowItem> items =
        Flux.<FlowItem>generate(sink -> sink.next(item(made.incrementAndGet())))
            .doOnSubscribe(_ -> open.incrementAndGet())
            .doFinally(_ -> open.decrementAndGet())
            .subscribeOn(Schedulers.boundedElastic());
    return request.limit() > 0 ? items.take(request.limit()) : items;
  }

  private static FlowItem item(long number) {
    return number % 100 == 0
        ? new FlowItem.Lost(LostEventSource.HUBBLE_RING_BUFFER, 7)
        : new FlowItem.Item(
            "1." + number,
            Flow.newBuilder()
                .setTime(Timestamp.newBuilder().setSeconds(number))
                .setNodeName("n1")
                .setUuid(String.valueOf(number))
                .setVerdict(Verdict.FORWARDED)
                .build());
  }

  ManagedChannel tcp() {
    return keep(NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build());
  }

  ManagedChannel unix(Path path) {
    return keep(
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(path))
            .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build());
  }

  ManagedChannel keep(ManagedChannel channel) {
    channels.add(channel);
    return channel;
  }

  static ObserverGrpc.ObserverBlockingStub observer(ManagedChannel channel) {
    return ObserverGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
