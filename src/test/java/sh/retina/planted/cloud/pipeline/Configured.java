package sh.retina.planted.cloud.pipeline;

import org.springframework.cloud.kubernetes.commons.KubernetesClientProperties;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Configured {
  KubernetesClientProperties properties();
}
