package sh.retina.plugin.dns;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import sh.retina.plugin.RingSpec;

/**
 * Which packets are DNS.
 *
 * @param ports of servers, UDP and TCP; 53, and 5353 of multicast DNS
 * @param ringSize of the ring between kernel and agent; a power of two
 */
@ConfigurationProperties(prefix = "retina.dns")
public record DnsProperties(
    @DefaultValue({"53", "5353"}) @NotEmpty @Size(max = DnsPlugin.MAX_PORTS)
        List<@Min(1) @Max(65_535) Integer> ports,
    @DefaultValue("2MB") DataSize ringSize) {
  public DnsProperties {
    ports = List.copyOf(ports);
  }

  @AssertTrue(message = RingSpec.SIZE_RULE)
  boolean isRingSizeInRange() {
    return RingSpec.isSize(ringSize.toBytes());
  }
}
