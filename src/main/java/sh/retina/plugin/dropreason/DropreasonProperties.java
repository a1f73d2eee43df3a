package sh.retina.plugin.dropreason;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import sh.retina.plugin.RingSpec;

/**
 * Which drops are reported.
 *
 * @param excludedReasons drops that are not reported, by the kernel's names; one that the kernel
 *     does not know has no effect. NOT_SPECIFIED has no reason and is mostly no loss; QUEUE_PURGE
 *     comes with every socket that is closed
 * @param kprobes where functions of the kernel are watched by kprobes, if it does not take fentry
 *     and fexit. A kprobe costs several times as much, so by default none sits where every packet
 *     passes
 * @param ringSize of the ring between kernel and agent; a power of two
 */
@ConfigurationProperties(prefix = "retina.dropreason")
public record DropreasonProperties(
    @DefaultValue({"NOT_SPECIFIED", "QUEUE_PURGE"}) @Size(max = DropreasonPlugin.MAX_EXCLUDED)
        List<@NotBlank String> excludedReasons,
    @DefaultValue("per-connection") Kprobes kprobes,
    @DefaultValue("1MB") DataSize ringSize) {
  /** How often the functions that kprobes may be put on are called. */
  public enum Kprobes {
    NONE,
    PER_CONNECTION,
    ALL
  }

  public DropreasonProperties {
    excludedReasons = List.copyOf(excludedReasons);
  }

  @AssertTrue(message = RingSpec.SIZE_RULE)
  boolean isRingSizeInRange() {
    return RingSpec.isSize(ringSize.toBytes());
  }
}
