package sh.retina.plugin.packetparser;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import sh.retina.plugin.RingSpec;

/**
 * Room for flows.
 *
 * @param maxFlows entries of the kernel's flow table
 * @param ringSize of the ring between kernel and agent; a power of two
 */
@ConfigurationProperties(prefix = "retina.packetparser")
public record PacketparserProperties(
    @DefaultValue("65536") @Min(256) @Max(16_777_216) int maxFlows,
    @DefaultValue("4MB") DataSize ringSize) {
  @AssertTrue(message = RingSpec.SIZE_RULE)
  boolean isRingSizeInRange() {
    return RingSpec.isSize(ringSize.toBytes());
  }
}
