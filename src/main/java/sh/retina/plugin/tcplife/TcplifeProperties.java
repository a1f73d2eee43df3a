package sh.retina.plugin.tcplife;

import jakarta.validation.constraints.AssertTrue;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import sh.retina.plugin.RingSpec;

/**
 * Settings of the plugin.
 *
 * @param ringSize of the ring between kernel and agent; a power of two
 */
@ConfigurationProperties(prefix = "retina.tcplife")
public record TcplifeProperties(@DefaultValue("1MB") DataSize ringSize) {
  @AssertTrue(message = RingSpec.SIZE_RULE)
  boolean isRingSizeInRange() {
    return RingSpec.isSize(ringSize.toBytes());
  }
}
