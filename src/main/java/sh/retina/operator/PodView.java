package sh.retina.operator;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pod with what an endpoint is made of, and nothing else: thousands are kept. */
@Group("")
@Version("v1")
@Kind("Pod")
@Plural("pods")
final class PodView extends CustomResource<PodView.Spec, PodView.Status> implements Namespaced {
  @Override
  public void setMetadata(ObjectMeta metadata) {
    super.setMetadata(Stripped.of(metadata));
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Spec(@Nullable Boolean hostNetwork) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Status(
      @Nullable String phase,
      @Nullable String podIP,
      @Nullable List<Ip> podIPs,
      @Nullable String hostIP,
      @Nullable List<ContainerStatus> containerStatuses) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Ip(@Nullable String ip) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record ContainerStatus(@Nullable String name, @Nullable String containerID) {}
}
