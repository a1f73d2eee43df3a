package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A pod, as other nodes see it. */
@Stored
public record RetinaEndpointSpec(
    @Nullable @JsonPropertyDescription("Its containers with the runtime's ids.")
        List<Container> containers,
    @Nullable @JsonPropertyDescription("Who made the pod, such as a ReplicaSet.")
        List<Owner> ownerReferences,
    @Nullable @JsonPropertyDescription("Address of the pod's node.") String nodeIP,
    @Nullable @JsonPropertyDescription("First address of the pod.") String podIP,
    @Nullable @JsonPropertyDescription("All addresses of the pod, IPv4 and IPv6.")
        List<String> podIPs,
    @Nullable @JsonPropertyDescription("The pod's labels.") Map<String, String> labels,
    @Nullable @JsonPropertyDescription("The pod's annotations of retina.sh.")
        Map<String, String> annotations) {

  /** A container of the pod. */
  @Stored
  public record Container(@Nullable String name, @Nullable String id) {}

  /** An owner of the pod. */
  @Stored
  public record Owner(@Nullable String apiVersion, @Nullable String kind, @Nullable String name) {}
}
