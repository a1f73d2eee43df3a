package sh.retina.export.sse;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The flow stream.
 *
 * @param heartbeat how often a comment tells client and proxies that the stream lives
 * @param maxClients how many streams there may be at once; the next is refused
 */
@Validated
@ConfigurationProperties("retina.sse")
record SseProperties(
    @DefaultValue("15s") @DurationMin(seconds = 1) Duration heartbeat,
    @DefaultValue("32") @Min(1) @Max(1024) int maxClients) {}
