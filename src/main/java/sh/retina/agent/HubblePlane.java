package sh.retina.agent;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import sh.retina.bpf.Clocks;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.export.flowlog.ExportCounts;
import sh.retina.export.flowlog.FlowLogProperties;
import sh.retina.export.flowlog.FlowLogs;
import sh.retina.export.hubble.History;
import sh.retina.export.hubble.HubbleException;
import sh.retina.export.hubble.HubbleProperties;
import sh.retina.export.hubble.HubbleServer;
import sh.retina.export.hubble.metrics.HubbleMetrics;
import sh.retina.flow.FlowNode;
import sh.retina.identity.ContextChange;
import sh.retina.kubernetes.TraceWish;
import sh.retina.pipeline.FlowSource;
import sh.retina.pipeline.MetricPipeline;

/**
 * The Hubble API in the agent, where it is wanted; its libraries are not even loaded where it is
 * not. Tells it of the nodes that the context knows.
 */
final class HubblePlane implements SmartLifecycle {
  /** Nobody asked for it. */
  static final HubblePlane NONE = new HubblePlane(null, null, null, null, null, null, Path.of(""));

  private final @Nullable HubbleServer server;
  private final @Nullable HubbleProperties properties;
  private final @Nullable ContextStore context;
  private final @Nullable FlowSource flows;
  private @Nullable HubbleMetrics metrics;
  private final @Nullable FlowLogProperties exports;
  private final @Nullable FlowNode node;
  private volatile @Nullable FlowLogs logs;
  private final Path positions;
  private final ExportCounts counts = new ExportCounts();

  /** What TracesConfigurations ask for. */
  private List<TraceWish> traces = List.of();

  /** Names of nodes by their keys in the context. */
  private final Map<String, String> nodes = new HashMap<>();

  private volatile boolean running;

  private HubblePlane(
      @Nullable HubbleServer server,
      @Nullable HubbleProperties properties,
      @Nullable ContextStore context,
      @Nullable FlowSource flows,
      @Nullable FlowLogProperties exports,
      @Nullable FlowNode node,
      Path positions) {
    this.server = server;
    this.properties = properties;
    this.context = context;
    this.flows = flows;
    this.exports = exports;
    this.node = node;
    this.positions = positions;
  }

  /**
   * @param positions directory for the positions of exports that are no files
   */
  static HubblePlane of(
      HubbleProperties properties,
      FlowLogProperties exports,
      FlowNode node,
      FlowSource flows,
      History history,
      ContextStore context,
      MetricPipeline metrics,
      Path positions) {
    HubbleServer server = new HubbleServer(properties, node, flows, history, Clocks::monotonicNs);
    metrics.listener(server.listener());
    return new HubblePlane(server, properties, context, flows, exports, node, positions);
  }

  /** Streams of flows that clients read. */
  int streams() {
    return server == null ? 0 : server.streams();
  }

  /** What went wrong with exports of flows. */
  ExportCounts exportCounts() {
    return counts;
  }

  /** Port of the API over TCP; 0 without one. */
  int port() {
    return server == null ? 0 : server.port();
  }

  /** Port of Hubble's metrics; 0 without them. */
  int metricsPort() {
    return metrics == null ? 0 : metrics.port();
  }

  @Override
  public void start() {
    running = true;
    if (server == null
        || properties == null
        || context == null
        || flows == null
        || exports == null
        || node == null) {
      return;
    }
    try {
      server.start();
      export();
      if (properties.hasMetrics()) {
        metrics =
            new HubbleMetrics(
                properties.metrics(),
                properties.metricsConfigPath(),
                properties.metricsPort(),
                flows,
                node,
                this::writeMore);
      }
    } catch (HubbleException e) {
      throw new StartupException(1, String.valueOf(e.getMessage()));
    }
    server.peers().put(node.name(), withPort(own(properties)));
    context.onChange(this::changed);
  }

  /** From now on these flows are exported as well; any thread. */
  synchronized void trace(List<TraceWish> wishes) {
    traces = List.copyOf(wishes);
    if (running) {
      export();
    }
  }

  /** Exports what is wanted; nothing of it is made before anybody wants something. */
  private synchronized void export() {
    if (exports == null || node == null || flows == null) {
      return;
    }
    FlowLogs made = logs;
    if (made == null && (exports.isEnabled() || !traces.isEmpty())) {
      made = new FlowLogs(exports, node, flows, InstantSource.system(), positions, counts);
      logs = made;
    }
    if (made != null) {
      made.trace(TracedFlows.of(traces));
    }
  }

  private void writeMore(StringBuilder text) {
    if (server != null) {
      server.writeCalls(text);
    }
    FlowLogs of = logs;
    if (of != null) {
      of.write(text);
    }
  }

  /** Changes come one after the other: the context's lock is held. */
  private void changed(List<ContextChange> changes) {
    if (server == null || node == null) {
      return;
    }
    for (ContextChange change : changes) {
      switch (change) {
        case ContextChange.EndpointUp(var endpoint)
            when endpoint.kind() == Endpoint.Kind.NODE && !endpoint.name().equals(node.name()) -> {
          nodes.put(endpoint.key(), endpoint.name());
          server.peers().put(endpoint.name(), withPort(address(endpoint)));
        }
        case ContextChange.EndpointGone(var key) -> {
          String gone = nodes.remove(key);
          if (gone != null) {
            server.peers().remove(gone);
          }
        }
        default -> {}
      }
    }
  }

  private static String address(Endpoint endpoint) {
    Optional<IpAddress> v4 = endpoint.addresses().stream().filter(IpAddress::isV4).findFirst();
    return v4.or(() -> endpoint.addresses().stream().findFirst())
        .map(IpAddress::toString)
        .orElse("");
  }

  /** The address that is listened on, or the first that others may reach. */
  private static String own(HubbleProperties properties) {
    String listen = properties.listenAddress();
    String host = listen.substring(0, Math.max(0, listen.lastIndexOf(':')));
    if (!host.isEmpty() && !host.equals("0.0.0.0") && !host.equals("[::]")) {
      return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }
    try {
      List<InetAddress> all =
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
              .toList();
      return all.stream()
          .filter(Inet4Address.class::isInstance)
          .findFirst()
          .or(() -> all.stream().findFirst())
          .map(InetAddress::getHostAddress)
          .orElse("127.0.0.1");
    } catch (SocketException _) {
      return "127.0.0.1";
    }
  }

  private String withPort(String address) {
    int port = server == null ? 0 : server.port();
    if (address.isEmpty() || port <= 0) {
      return address;
    }
    return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
  }

  @Override
  public void stop() {
    synchronized (this) {
      running = false;
      if (logs != null) {
        logs.close();
      }
    }
    HubbleMetrics counted = metrics;
    if (counted != null) {
      counted.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** After the path, and ended before it. */
  @Override
  public int getPhase() {
    return 1;
  }
}
