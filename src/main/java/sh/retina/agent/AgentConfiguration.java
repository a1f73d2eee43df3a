package sh.retina.agent;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.config.MeterFilter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import sh.retina.bpf.Clocks;
import sh.retina.bpf.TcAttachment;
import sh.retina.bpf.UnifiedCgroups;
import sh.retina.event.Endpoint;
import sh.retina.export.otlp.OtlpCounts;
import sh.retina.export.prometheus.AgentMeters;
import sh.retina.export.prometheus.AgentSources;
import sh.retina.export.prometheus.ApiServerMeters;
import sh.retina.export.prometheus.ConntrackMeters;
import sh.retina.export.prometheus.DnsMeters;
import sh.retina.export.prometheus.DropMeters;
import sh.retina.export.prometheus.KeptMeters;
import sh.retina.export.prometheus.OverheadMeters;
import sh.retina.export.prometheus.ScrapeRegistry;
import sh.retina.export.prometheus.SeriesMeters;
import sh.retina.export.prometheus.SocketMeters;
import sh.retina.export.prometheus.StatMeters;
import sh.retina.export.sse.SseSubscribers;
import sh.retina.flow.FlowFilter;
import sh.retina.flow.FlowNode;
import sh.retina.guard.Budget;
import sh.retina.guard.Detail;
import sh.retina.guard.Ladder;
import sh.retina.guard.OverheadGuard;
import sh.retina.identity.CgroupTree;
import sh.retina.journal.JournalClock;
import sh.retina.journal.JournalKeeper;
import sh.retina.journal.JournalReader;
import sh.retina.journal.JournalSettings;
import sh.retina.pipeline.Aggregate;
import sh.retina.pipeline.JournalAccess;
import sh.retina.pipeline.JournalFlowSource;
import sh.retina.pipeline.MetricPipeline;
import sh.retina.pipeline.NodeStats;
import sh.retina.pipeline.PipelineLedger;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginDecoders;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.RecordSink;
import sh.retina.plugin.TcSettings;
import sh.retina.plugin.packetparser.PacketparserPlugin;

/** Puts the agent together: the one place that knows every package. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableConfigurationProperties(RetinaProperties.class)
@Import({
  AccessConfiguration.class,
  ExportConfiguration.class,
  HubbleConfiguration.class,
  ClusterConfiguration.class
})
@ComponentScan(basePackageClasses = SseSubscribers.class)
class AgentConfiguration {
  private static final double NANOS = 1e9;

  @Bean
  Plugins configuredPlugins(RetinaProperties properties, Environment environment) {
    return Plugins.of(properties, environment);
  }

  @Bean
  PluginDecoders pluginDecoders(Plugins plugins) {
    return new PluginDecoders(plugins.all());
  }

  @Bean
  PipelineLedger pipelineLedger(Plugins plugins) {
    return new PipelineLedger(plugins.enabled().stream().map(Plugin::name).toList());
  }

  @Bean
  ContextStore contextStore() {
    return new ContextStore();
  }

  @Bean
  SymbolNames symbolNames(ContextStore context) {
    return new SymbolNames(context);
  }

  @Bean
  CgroupNames cgroupNames(ContextStore context) {
    Path root = UnifiedCgroups.find().orElse(Path.of("/sys/fs/cgroup"));
    return new CgroupNames(context, new CgroupTree(root));
  }

  /** The journal that is written; nothing is when a recorded one is read. */
  @Bean(destroyMethod = "")
  LiveJournal liveJournal(RetinaProperties properties, ContextStore context) {
    if (!properties.replay().isEmpty()) {
      return LiveJournal.NONE;
    }
    JournalKeeper keeper =
        JournalKeeper.open(
            new JournalSettings(
                Path.of(properties.journal().directory()),
                properties.journal().maxBytes().toBytes(),
                properties.journal().maxAge()),
            Path.of("/dev/shm"),
            JournalClock.system(),
            context::snapshot);
    context.journalTo(change -> keeper.current().appendContext(change));
    return new LiveJournal(keeper);
  }

  @Bean
  JournalAccess journalAccess(RetinaProperties properties, LiveJournal live, ContextStore context) {
    JournalKeeper keeper = live.keeper();
    return keeper != null
        ? new LiveAccess(keeper, context)
        : (start, listener) -> JournalReader.replay(Path.of(properties.replay()), start, listener);
  }

  @Bean
  RecordSink recordSink(LiveJournal journal, PipelineLedger ledger) {
    return new JournalSink(journal, ledger);
  }

  @Bean(destroyMethod = "")
  PluginManager pluginManager(
      RetinaProperties properties,
      Plugins plugins,
      RecordSink sink,
      NodeStats stats,
      ContextStore context) {
    PluginManager manager =
        new PluginManager(
            plugins.enabled(),
            TcSettings.of(
                switch (properties.tcAttach()) {
                  case AUTO -> TcAttachment.Mode.AUTO;
                  case TCX -> TcAttachment.Mode.TCX;
                  case CLSACT -> TcAttachment.Mode.CLSACT;
                }),
            new PluginManager.Sinks(sink, stats, properties.metricsInterval()),
            context::interfacesNamed,
            Clocks::monotonicNs);
    manager.interest(properties.interest());
    return manager;
  }

  @Bean
  NodeStats nodeStats() {
    return new NodeStats();
  }

  @Bean
  OverheadRecords overheadRecords(ContextStore context) {
    return new OverheadRecords(context);
  }

  @Bean(destroyMethod = "")
  OverheadGuard overheadGuard(
      RetinaProperties properties, PluginManager manager, OverheadRecords records) {
    RetinaProperties.Overhead overhead = properties.overhead();
    return new OverheadGuard(
        Ladder.below(
            new Detail(
                properties.dataAggregationLevel() == RetinaProperties.AggregationLevel.LOW,
                properties.reportInterval(),
                properties.samplingRate())),
        Budget.of(
            overhead.cpuBudget(), OverheadProbe.nodeCpus(), overhead.memoryBudget().toBytes()),
        overhead.window(),
        new OverheadProbe(manager),
        Clocks::monotonicNs,
        detail ->
            manager.tune(
                PacketparserPlugin.NAME,
                PacketparserPlugin.knobs(
                    detail.eachPacket(), detail.reportInterval(), detail.samplingRate())),
        records::add);
  }

  @Bean
  ActiveConfiguration activeConfiguration(
      RetinaProperties properties, PluginManager manager, OverheadGuard guard) {
    return new ActiveConfiguration(properties, manager, guard);
  }

  @Bean(destroyMethod = "")
  ConfigurationReload configurationReload(
      Environment environment, ApplicationArguments arguments, ActiveConfiguration active) {
    return new ConfigurationReload(environment, arguments.getSourceArgs(), active);
  }

  @Bean
  MeterBinder overheadMeters(OverheadGuard guard, OverheadRecords records) {
    return new OverheadMeters(
        guard::rung,
        () -> guard.load().cpuCores(),
        () -> guard.load().memoryBytes(),
        records::count);
  }

  @Bean
  Aggregate aggregate(
      RetinaProperties properties,
      FlowNode node,
      ActiveConfiguration active,
      Environment environment) {
    Aggregate aggregate =
        new Aggregate(
            PodLevels.of(properties),
            node.name(),
            () -> active.properties().plugins().contains(PacketparserPlugin.NAME));
    aggregate.apiServer().setAddresses(properties.apiServer().places(environment));
    active.onChange(
        changed -> aggregate.apiServer().setAddresses(changed.apiServer().places(environment)));
    return aggregate;
  }

  @Bean
  PodLevels podLevels(
      RetinaProperties properties, ActiveConfiguration active, Aggregate aggregate) {
    PodLevels levels = new PodLevels(properties, aggregate.pods()::change);
    active.onChange(levels::configure);
    return levels;
  }

  /** Which events the metrics count: all. */
  @Bean
  FlowFilter metricFilter() {
    return FlowFilter.all();
  }

  @Bean(destroyMethod = "")
  MetricPipeline metricPipeline(
      JournalAccess journal,
      PluginDecoders decoders,
      FlowFilter filter,
      Aggregate aggregate,
      PipelineLedger ledger,
      SymbolNames symbols,
      CgroupNames cgroups) {
    return new MetricPipeline(
        journal,
        decoders,
        filter,
        aggregate,
        ledger,
        symbols::wanted,
        cgroups::wanted,
        Clocks::monotonicNs);
  }

  @Bean
  JournalFlowSource flowSource(
      RetinaProperties properties,
      JournalAccess journal,
      PluginDecoders decoders,
      FlowNode node,
      PipelineLedger ledger,
      SymbolNames symbols,
      MetricPipeline metrics) {
    boolean live = properties.replay().isEmpty();
    return new JournalFlowSource(
        journal, decoders, node, ledger, live, live ? symbols::name : _ -> "", metrics.names());
  }

  @Bean
  ScrapeRegistry prometheusRegistry(
      RetinaProperties properties, NodeStats stats, Aggregate aggregate) {
    ScrapeRegistry registry = new ScrapeRegistry(properties.metrics().naming());
    registry.register(new StatMeters(stats::samples, properties.metrics().naming()));
    registry.register(new DnsMeters(aggregate.dns()));
    registry.register(new ApiServerMeters(aggregate.apiServer()));
    return registry;
  }

  @Bean
  MeterFilter keptMeters() {
    return KeptMeters.filter();
  }

  @Bean
  MeterBinder nodeMeters(Aggregate aggregate, PluginManager manager) {
    List<MeterBinder> binders = new ArrayList<>();
    binders.add(new DropMeters(aggregate.node()));
    binders.add(new SocketMeters(aggregate.sockets()));
    binders.add(
        new ConntrackMeters(aggregate.node(), () -> manager.entries(PacketparserPlugin.NAME)));
    binders.add(new SeriesMeters(aggregate.pods()));
    return registry -> binders.forEach(binder -> binder.bindTo(registry));
  }

  @Bean
  MeterBinder agentMeters(
      PipelineLedger ledger,
      PluginManager manager,
      LiveJournal journal,
      MetricPipeline pipeline,
      SseSubscribers sse,
      HubblePlane hubble,
      ContextStore context,
      OverheadGuard guard,
      ActiveConfiguration active,
      ScrapeRegistry scrapes,
      ClusterSource cluster,
      OtlpCounts pushes) {
    var os =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    AgentSources sources =
        new AgentSources(
            plugin -> new PluginGauges(plugin, manager, active, guard),
            new QueueGauges(journal, pipeline, ledger),
            Map.of("sse", sse::count, "hubble", hubble::streams),
            Map.of(
                "pod", () -> context.count(Endpoint.Kind.POD),
                "node", () -> context.count(Endpoint.Kind.NODE),
                "service", () -> context.count(Endpoint.Kind.SERVICE),
                "namespace", cluster::namespaces),
            Map.of(
                "user", () -> os.getProcessCpuTime() / NANOS,
                "kernel_bpf", () -> Math.max(guard.kernelNs(), manager.kernelNs()) / NANOS),
            Map.of("applied", active::applied, "refused", active::refused),
            Map.of("sent", pushes::sentSoFar, "failed", pushes::failedSoFar),
            Map.of(
                "failed", hubble.exportCounts()::failures,
                "refused", hubble.exportCounts()::refusedFlows));
    return new AgentMeters(ledger, sources, scrapes);
  }

  @Bean
  PluginsHealthIndicator pluginsHealthIndicator(PluginManager manager, LiveJournal live) {
    return new PluginsHealthIndicator(manager, live);
  }

  @Bean
  JournalHealthIndicator journalHealthIndicator(LiveJournal live) {
    return new JournalHealthIndicator(live);
  }

  @Bean
  PipelineHealthIndicator pipelineHealthIndicator(
      PluginManager manager, MetricPipeline pipeline, LiveJournal live) {
    return new PipelineHealthIndicator(manager, pipeline, live);
  }

  @Bean
  AgentLifecycle agentLifecycle(
      RetinaProperties properties,
      ContextStore context,
      PluginManager manager,
      PipelineLedger ledger,
      LiveJournal journal,
      MetricPipeline pipeline,
      OverheadGuard guard,
      ConfigurationReload reload,
      ClusterSource cluster) {
    return new AgentLifecycle(
        properties,
        context,
        manager,
        ledger,
        journal,
        pipeline,
        guard,
        reload,
        cluster,
        Duration.ofSeconds(10));
  }
}
