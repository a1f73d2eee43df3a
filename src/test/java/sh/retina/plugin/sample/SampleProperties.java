package sh.retina.plugin.sample;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set.
 *
 * @param port of the datagrams
 */
@ConfigurationProperties(prefix = "retina.sample")
public record SampleProperties(@DefaultValue("7") @Min(1) @Max(65_535) int port) {}
