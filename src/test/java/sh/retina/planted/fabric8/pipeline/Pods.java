package sh.retina.planted.fabric8.pipeline;

import io.fabric8.kubernetes.api.model.PodList;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Pods {
  PodList pods();
}
