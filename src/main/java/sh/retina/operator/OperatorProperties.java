package sh.retina.operator;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set of the operator. How the API server is reached is set by {@code
 * spring.cloud.kubernetes.client.*}.
 *
 * @param port HTTP: health and metrics
 * @param namespace of the Lease; empty: the pod's own, or kube-system
 * @param leaseName operators with the same name are one, of which one leads
 * @param leaseDuration after this time without a sign of the leader another one takes over
 * @param retinaEndpoints whether pods get a RetinaEndpoint, which agents with remote context read
 * @param resync how often all is compared, whatever was heard of it
 * @param workers writers at the same time
 * @param captures their Jobs
 */
@ConfigurationProperties("retina.operator")
@Validated
public record OperatorProperties(
    @DefaultValue("8080") @Min(0) @Max(65_535) int port,
    @DefaultValue("") String namespace,
    @DefaultValue("retina-operator") String leaseName,
    @DefaultValue("15s") Duration leaseDuration,
    @DefaultValue("true") boolean retinaEndpoints,
    @DefaultValue("10m") Duration resync,
    @DefaultValue("4") @Min(1) @Max(64) int workers,
    @DefaultValue @Valid CaptureOptions captures) {}
