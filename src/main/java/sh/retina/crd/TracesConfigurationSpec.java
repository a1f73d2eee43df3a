package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The flows that a {@link TracesConfiguration} wants. */
@Stored
public record TracesConfigurationSpec(
    @Required @Size(max = 10) @JsonPropertyDescription("Which flows.")
        List<Trace> traceConfiguration,
    @Required @JsonPropertyDescription("Where they go.") Output outputConfiguration) {

  /** Flows of some targets. */
  @Stored
  public record Trace(
      @Required
          @JsonPropertyDescription("AllPackets, or FirstPacket of each connection.")
          @ValidationRule(
              value = "self in ['AllPackets', 'FirstPacket']",
              message = "captureLevel is AllPackets or FirstPacket")
          String captureLevel,
      @Nullable @JsonPropertyDescription("Names and codes of DNS too.") Boolean includeLayer7Data,
      @Required @Size(max = 10) List<Target> traceTargets) {}

  /** Both sides of the wanted flows. */
  @Stored
  public record Target(
      @Nullable @JsonPropertyDescription("The source; any where absent.") Side from,
      @Nullable @JsonPropertyDescription("The destination; any where absent.") Side to,
      @Nullable
          @Size(max = 10)
          @JsonPropertyDescription("Ports of the destination; any where absent.")
          List<Port> ports,
      @Nullable
          @Size(max = 20)
          @JsonPropertyDescription("PodToNode, NodeToPod, NodeToNetwork, NetworkToNode.")
          @ValidationRule(
              value =
                  "self.all(point, point in ['PodToNode', 'NodeToPod', 'NodeToNetwork',"
                      + " 'NetworkToNode'])",
              message =
                  "tracePoints has an unknown point: use PodToNode, NodeToPod, NodeToNetwork and"
                      + " NetworkToNode")
          List<@Size(max = 64) String> tracePoints) {}

  /** One side of a flow. */
  @Stored
  @ValidationRule(
      value =
          "(has(self.ipBlock) && has(self.ipBlock.cidr) && self.ipBlock.cidr != '') ||"
              + " has(self.namespaceSelector) || has(self.podSelector) || has(self.nodeSelector) ||"
              + " has(self.serviceSelector)",
      message =
          "from and to select nothing: set ipBlock.cidr, namespaceSelector, nodeSelector or"
              + " serviceSelector, or leave the side out for any")
  @ValidationRule(
      value =
          "!(has(self.ipBlock) && has(self.ipBlock.cidr) && self.ipBlock.cidr != '') ||"
              + " !(has(self.namespaceSelector) || has(self.podSelector) ||"
              + " has(self.nodeSelector) || has(self.serviceSelector))",
      message = "ipBlock stands alone: make a target of its own for the selectors")
  @ValidationRule(
      value = "!has(self.podSelector) || has(self.namespaceSelector)",
      message = "podSelector needs namespaceSelector: write {} for all namespaces")
  @ValidationRule(
      value =
          "!(has(self.namespaceSelector) || has(self.podSelector)) || !(has(self.nodeSelector) ||"
              + " has(self.serviceSelector))",
      message =
          "namespaceSelector and podSelector do not go with nodeSelector or serviceSelector: make"
              + " a target for each")
  @ValidationRule(
      value = "!(has(self.nodeSelector) && has(self.serviceSelector))",
      message = "nodeSelector does not go with serviceSelector: make a target for each")
  public record Side(
      @Nullable @JsonPropertyDescription("Addresses.") IpBlock ipBlock,
      @Nullable @JsonPropertyDescription("Pods in namespaces with these labels.")
          LabelSelector namespaceSelector,
      @Nullable @JsonPropertyDescription("Pods with these labels.") LabelSelector podSelector,
      @Nullable @JsonPropertyDescription("Nodes with these labels.") LabelSelector nodeSelector,
      @Nullable @JsonPropertyDescription("Services with these labels.")
          LabelSelector serviceSelector) {}

  /** Addresses by prefix. */
  @Stored
  public record IpBlock(
      @Nullable @JsonPropertyDescription("A prefix, such as 10.0.0.0/8.") String cidr,
      @Nullable @JsonPropertyDescription("Prefixes in it that are left out.")
          List<String> except) {}

  /** A port or a range of ports. */
  @Stored
  @ValidationRule(
      value = "int(self.port) >= 0 && int(self.port) <= 65535",
      message = "port is a number from 0 to 65535")
  @ValidationRule(
      value =
          "!has(self.endPort) || (int(self.endPort) >= int(self.port) && int(self.endPort) <="
              + " 65535)",
      message = "endPort is a number from port to 65535")
  public record Port(
      @Required IntOrString port,
      @Nullable @Default("TCP") @JsonPropertyDescription("TCP, UDP or SCTP.") String protocol,
      @Nullable @JsonPropertyDescription("Last port of a range that starts at port.")
          IntOrString endPort) {}

  /** Where flows go. */
  @Stored
  public record Output(
      @Required
          @Size(max = 64)
          @JsonPropertyDescription("stdout, azuretable, loganalytics or opentelemetry.")
          @ValidationRule(
              value = "self in ['stdout', 'azuretable', 'loganalytics', 'opentelemetry']",
              message = "destination is stdout, azuretable, loganalytics or opentelemetry")
          String destination,
      @Required @JsonPropertyDescription("How to get there, as the destination wants it.")
          String connectionConfiguration) {}
}
