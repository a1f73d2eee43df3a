package sh.retina.agent;

import io.micrometer.core.instrument.binder.MeterBinder;
import java.nio.file.Path;
import java.util.Locale;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import sh.retina.export.flowlog.FlowLogProperties;
import sh.retina.export.hubble.HubbleProperties;
import sh.retina.export.prometheus.VersionMeter;
import sh.retina.flow.FlowNode;
import sh.retina.pipeline.JournalFlowSource;
import sh.retina.pipeline.MetricPipeline;

/** The Hubble API, and by which name and cluster flows tell of this node. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({HubbleProperties.class, FlowLogProperties.class})
class HubbleConfiguration {
  @Bean
  FlowNode flowNode(
      RetinaProperties properties, HubbleProperties hubble, ObjectProvider<BuildProperties> build) {
    BuildProperties known = build.getIfAvailable();
    String name = properties.nodeName().isEmpty() ? HostName.get() : properties.nodeName();
    return new FlowNode(
        name,
        hubble.clusterName(),
        known == null || known.getVersion() == null ? "dev" : known.getVersion());
  }

  @Bean
  MeterBinder versionMeter(RetinaProperties properties, FlowNode node) {
    return new VersionMeter(
        node.version(), properties.controlPlane().name().toLowerCase(Locale.ROOT));
  }

  /** Beside the journal, whose places they are. */
  private static Path positions(RetinaProperties properties) {
    Path journal = Path.of(properties.journal().directory()).toAbsolutePath();
    return journal.resolveSibling(journal.getFileName() + "-exports");
  }

  /** Decided here and not by a condition: those hold for what is built, not for what is set. */
  @Bean(destroyMethod = "")
  HubblePlane hubblePlane(
      RetinaProperties properties,
      HubbleProperties hubble,
      FlowLogProperties exports,
      FlowNode node,
      JournalFlowSource flows,
      LiveJournal journal,
      ContextStore context,
      MetricPipeline metrics) {
    return properties.controlPlane() == RetinaProperties.ControlPlane.STANDARD
        ? HubblePlane.NONE
        : HubblePlane.of(
            hubble,
            exports,
            node,
            flows,
            new KeptFlows(journal, properties.journal().maxBytes().toBytes()),
            context,
            metrics,
            positions(properties));
  }
}
