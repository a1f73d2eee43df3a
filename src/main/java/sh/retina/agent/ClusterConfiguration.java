package sh.retina.agent;

import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import sh.retina.export.prometheus.ClusterMeters;
import sh.retina.flow.FlowNode;
import sh.retina.pipeline.Aggregate;
import sh.retina.plugin.PluginManager;

/** What follows the cluster, and shows how it does. */
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {
  @Bean(destroyMethod = "")
  ClusterSource clusterSource(
      RetinaProperties properties,
      FlowNode node,
      ContextStore context,
      CgroupNames cgroups,
      Aggregate aggregate,
      PodLevels podLevels,
      PluginManager plugins,
      HubblePlane hubble) {
    return ClusterSource.of(
        properties, node.name(), context, cgroups, aggregate, podLevels, plugins, hubble);
  }

  @Bean
  ClusterHealthIndicator clusterHealthIndicator(ClusterSource cluster) {
    return new ClusterHealthIndicator(cluster);
  }

  @Bean
  MeterBinder clusterMeters(ClusterSource cluster) {
    return new ClusterMeters(
        cluster.watches().stream().<ClusterMeters.Watch>map(ClusterWatch::new).toList());
  }
}
