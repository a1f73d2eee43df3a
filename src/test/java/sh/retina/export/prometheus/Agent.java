package sh.retina.export.prometheus;

import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.LongSupplier;
import org.springframework.http.MediaType;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.SocketReport;
import sh.retina.event.TcpFlag;
import sh.retina.event.TcpOutcome;
import sh.retina.event.Verdict;
import sh.retina.pipeline.Aggregate;
import sh.retina.pipeline.ContextLabel;
import sh.retina.pipeline.PipelineLedger;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.Traffic;
import sh.retina.plugin.dns.DnsBytes;

/** All meters of an agent, wired as the agent wires them, with a little of each metric counted. */
public final class Agent {
  final PrometheusMeterRegistry meters;
  final ScrapeRegistry registry;
  final Aggregate aggregate;
  final Scrape scrape;
  final PipelineLedger ledger = new PipelineLedger(List.of("packetparser"));

  public Agent(Naming naming, PodLevel.Context context) {
    registry = new ScrapeRegistry(naming);
    meters = new PrometheusMeterRegistry(new Config(), registry, Clock.SYSTEM);
    meters.config().meterFilter(KeptMeters.filter());
    aggregate =
        new Aggregate(
            new PodLevel(
                true,
                context,
                ContextLabel.parse("namespace+podname+workload"),
                false,
                PodLevel.DEFAULT_MAX_SERIES,
                Duration.ZERO,
                PodLevel.DEFAULT_REMOVAL_DELAY),
            Traffic.HERE);
    registry.register(new DnsMeters(aggregate.dns()));
    registry.register(new ApiServerMeters(aggregate.apiServer()));
    scrape = new Scrape(meters, aggregate.pods(), naming);
    new SeriesMeters(aggregate.pods()).bindTo(meters);
    new DropMeters(aggregate.node()).bindTo(meters);
    new ConntrackMeters(aggregate.node(), () -> 12).bindTo(meters);
    new SocketMeters(aggregate.sockets()).bindTo(meters);
    new VersionMeter("1.2.3", "standard").bindTo(meters);
    new AgentMeters(ledger, sources(), registry).bindTo(meters);
    new ClusterMeters(List.of(new PodsWatch())).bindTo(meters);
    new OverheadMeters(() -> 2, () -> 0.02, () -> 1024, (_, _) -> 3).bindTo(meters);
  }

  /** All of it for who sends it elsewhere. */
  public MetricSource source() {
    return new MetricSource(registry, aggregate.pods());
  }

  /** All of it as text. */
  public String text() {
    return text(Scrape.TEXT);
  }

  String text(MediaType format, String... names) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      scrape.write(out, format, Set.of(names));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  public Agent withTraffic() {
    Observation request =
        Traffic.withFlags(
            Traffic.forwarded(ObservationPoint.FROM_ENDPOINT, Traffic.CLIENT, Traffic.FAR_POD, 2),
            Map.of(TcpFlag.SYN, 1, TcpFlag.ACK, 1));
    request.firstOnNode = true;
    Observation answer =
        Traffic.withFlags(
            Traffic.forwarded(ObservationPoint.TO_ENDPOINT, Traffic.FAR_POD, Traffic.CLIENT, 1),
            Map.of(TcpFlag.SYNACK, 1));
    answer.reply = Observation.Reply.YES;
    answer.firstOnNode = true;
    answer.connectNs = 300_000;
    answer.rttNs = 300_000;
    aggregate.accept(request);
    aggregate.accept(answer);
    aggregate.accept(
        Traffic.dropped("NETFILTER_DROP", Direction.INGRESS, Traffic.FAR_POD, Traffic.CLIENT, 3));
    return this;
  }

  /** A query of a pod and its answer. */
  public Agent withDns() {
    Observation query =
        Traffic.forwarded(ObservationPoint.FROM_ENDPOINT, Traffic.CLIENT, Traffic.FAR_POD, 0);
    query.firstOnNode = true;
    query.dns = DnsBytes.query(1, "a.test", 1).view();
    Observation answer =
        Traffic.forwarded(ObservationPoint.TO_ENDPOINT, Traffic.FAR_POD, Traffic.CLIENT, 0);
    answer.firstOnNode = true;
    answer.dnsLatencyNs = 300_000;
    answer.dnsQueryFirstOnNode = true;
    answer.dns = new DnsBytes(1, DnsBytes.RESPONSE, 1, 0, 0, 0).question("a.test", 1).view();
    aggregate.accept(query);
    aggregate.accept(answer);
    return this;
  }

  /** A connection of a pod that began, was reset, and had a segment sent again. */
  public Agent withSockets() {
    for (SocketReport report : SocketReport.values()) {
      Observation o =
          Traffic.forwarded(ObservationPoint.UNKNOWN, Traffic.CLIENT, Traffic.FAR_POD, 1);
      o.verdict = Verdict.TRACED;
      o.socketReport = report;
      o.tcpOutcome = TcpOutcome.CLOSED;
      o.direction = Direction.EGRESS;
      o.receivedBytes = 10;
      aggregate.accept(o);
    }
    return this;
  }

  /** As in application.yaml. */
  private record Config() implements PrometheusConfig {
    @Override
    @SuppressWarnings("NullAway") // as the interface's own default does
    public String get(String key) {
      return null;
    }

    @Override
    public Properties prometheusProperties() {
      Properties properties = new Properties();
      properties.setProperty("io.prometheus.exporter.exemplarsOnAllMetricTypes", "false");
      return properties;
    }
  }

  private static AgentSources sources() {
    return new AgentSources(
        _ -> new Running(),
        new Queue(4096, 5, 0.25),
        Map.of("sse", () -> 1, "hubble", () -> 0),
        Map.of("pod", () -> 3, "service", () -> 0, "node", () -> 2, "namespace", () -> 1),
        Map.of("user", () -> 1.5, "kernel_bpf", () -> 0.5),
        Map.of("applied", () -> 2, "refused", () -> 1),
        Map.of("sent", () -> 3, "failed", () -> 0),
        Map.of("failed", () -> 1, "refused", () -> 0));
  }

  private record Running() implements AgentSources.PluginStatus {
    @Override
    public AgentSources.State state() {
      return AgentSources.State.RUNNING;
    }

    @Override
    public boolean isUp() {
      return true;
    }

    @Override
    public long reconcileFailures() {
      return 0;
    }

    @Override
    public long starts() {
      return 1;
    }

    @Override
    public int aggregationLevel() {
      return 1;
    }

    @Override
    public int samplingRate() {
      return 1;
    }

    @Override
    public long lostPackets() {
      return 6;
    }

    @Override
    public long lostBytes() {
      return 600;
    }

    @Override
    public Map<String, LongSupplier> kernelPackets() {
      return Map.of("seen", () -> 40, "table_full", () -> 7);
    }
  }

  private record Queue(long bytes, long lagEvents, double lagSeconds)
      implements AgentSources.QueueStatus {}

  /** As of a cluster that answers. */
  private record PodsWatch() implements ClusterMeters.Watch {
    @Override
    public String resource() {
      return "pods";
    }

    @Override
    public boolean isUp() {
      return true;
    }

    @Override
    public double ageSeconds() {
      return 0;
    }

    @Override
    public Map<String, Long> failures() {
      return Map.of("unreachable", 0L);
    }
  }
}
