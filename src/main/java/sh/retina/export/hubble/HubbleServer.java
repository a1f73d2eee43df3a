package sh.retina.export.hubble;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.observer.TLS;
import sh.retina.pipeline.EventListener;
import sh.retina.pipeline.FlowSource;

/**
 * The Hubble API of this node, over TCP and on a UNIX socket: Observer, Peer, health and
 * reflection. Thread-safe.
 */
public final class HubbleServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HubbleServer.class);

  /** What {@code hubble status} asks the health of; not the service's own name. */
  private static final String HEALTH = "hubble.server.Observer";

  private static final Metadata.Key<String> VERSION =
      Metadata.Key.of("hubble-server-version", Metadata.ASCII_STRING_MARSHALLER);

  private static final int MAX_REQUEST_BYTES = 1 << 20;
  private static final int MAX_METADATA_BYTES = 16 << 10;
  private static final int CALL_THREADS = 4;
  private static final int REFRESH_SECONDS = 5;
  private static final int STOP_SECONDS = 2;

  private final HubbleProperties properties;
  private final FlowNode node;
  private final Seen seen;
  private final Peers peers;
  private final ObserverService observer;
  private final List<Server> servers = new ArrayList<>();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          2, new DefaultThreadFactory("hubble-io", true), NioIoHandler.newFactory());
  private final ExecutorService calls =
      Executors.newFixedThreadPool(CALL_THREADS, daemon("hubble-call"));
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(daemon("hubble-clock"));
  private final HealthStatusManager health = new HealthStatusManager();
  private final CallCounts counts = new CallCounts();

  /**
   * @param nanoClock monotonic
   */
  public HubbleServer(
      HubbleProperties properties,
      FlowNode node,
      FlowSource source,
      History history,
      LongSupplier nanoClock) {
    this.properties = properties;
    this.node = node;
    this.seen = new Seen(nanoClock);
    this.peers = new Peers(properties.clusterName(), properties.tls().isEnabled());
    TLS tls =
        properties.tls().isEnabled()
            ? TLS.newBuilder().setEnabled(true).setServerName(peers.serverName(node.name())).build()
            : TLS.getDefaultInstance();
    this.observer = new ObserverService(source, node, seen, history, properties.maxStreams(), tls);
  }

  /** Is to be told of each event. */
  public EventListener listener() {
    return seen;
  }

  /** The nodes that a relay is told of. */
  public Peers peers() {
    return peers;
  }

  /** Streams of flows that are open now. */
  public int streams() {
    return observer.streams();
  }

  /** Port of the API over TCP; 0 or less without one. */
  public int port() {
    return servers.stream().map(Server::getPort).filter(port -> port > 0).findFirst().orElse(0);
  }

  /** Writes the calls that there were, in Prometheus' text format. */
  public void writeCalls(StringBuilder text) {
    counts.write(text);
  }

  /** Listens. Throws {@link HubbleException} if it cannot. */
  public void start() {
    health.setStatus(HEALTH, ServingStatus.SERVING);
    if (!properties.listenAddress().isEmpty()) {
      startTcp(ListenAddress.parse(properties.listenAddress()));
    }
    if (!properties.socketPath().isEmpty()) {
      startSocket(Path.of(properties.socketPath()));
    }
    var _ =
        clock.scheduleWithFixedDelay(
            seen::sample, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
  }

  private void startTcp(InetSocketAddress address) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address).channelType(NioServerSocketChannel.class);
    if (properties.tls().isEnabled()) {
      HubbleTls tls = new HubbleTls(properties.tls());
      builder.sslContext(tls.context());
      var _ =
          clock.scheduleWithFixedDelay(
              tls::refresh, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
    }
    try {
      Server server = configured(builder).build().start();
      counts.expect(server);
      servers.add(server);
      LOG.info("the Hubble API listens on port {}", server.getPort());
    } catch (IOException e) {
      throw new HubbleException(
          "retina.hubble.listen-address: cannot listen on " + address + ": " + reason(e), e);
    }
  }

  private void startSocket(Path path) {
    UnixSocket.prepare(path);
    try {
      Server server =
          configured(
                  NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(path))
                      .channelType(NioServerDomainSocketChannel.class))
              .build()
              .start();
      counts.expect(server);
      servers.add(server);
      UnixSocket.restrict(path);
      LOG.info("the Hubble API listens on {}", path);
    } catch (IOException e) {
      throw new HubbleException(
          "retina.hubble.socket-path: cannot listen on " + path + ": " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    return String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
  }

  @SuppressWarnings("deprecation") // the reflection of v1alpha, which the command line still asks
  private NettyServerBuilder configured(NettyServerBuilder builder) {
    return builder
        .bossEventLoopGroup(loops)
        .workerEventLoopGroup(loops)
        .executor(calls)
        .intercept(new Version("v" + node.version()))
        .intercept(counts)
        .addService(observer)
        .addService(new PeerService(peers))
        .addService(health.getHealthService())
        .addService(ProtoReflectionServiceV1.newInstance())
        .addService(io.grpc.protobuf.services.ProtoReflectionService.newInstance())
        .maxInboundMessageSize(MAX_REQUEST_BYTES)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .maxConcurrentCallsPerConnection(properties.maxStreams())
        .handshakeTimeout(10, TimeUnit.SECONDS)
        // Finds clients that vanished without a word; and clients may look for us as often.
        .keepAliveTime(30, TimeUnit.SECONDS)
        .keepAliveTimeout(20, TimeUnit.SECONDS)
        .permitKeepAliveTime(5, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true);
  }

  @Override
  public void close() {
    health.enterTerminalState();
    servers.forEach(Server::shutdownNow);
    for (Server server : servers) {
      try {
        server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    clock.shutdownNow();
    calls.shutdownNow();
    var _ = loops.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS);
  }

  private static ThreadFactory daemon(String name) {
    return Thread.ofPlatform().daemon().name(name + "-", 0).factory();
  }

  /** Says in each answer's header who answers. */
  private record Version(String version) implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      return next.startCall(
          new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata answer) {
              answer.put(VERSION, version);
              super.sendHeaders(answer);
            }
          },
          headers);
    }
  }
}
