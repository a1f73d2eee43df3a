package sh.retina.export.hubble;

import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;
import sh.retina.export.hubble.metrics.HubbleMetrics;

/**
 * The Hubble API, where {@code retina.control-plane} asks for it.
 *
 * @param listenAddress {@code [host]:port} of the API over TCP; empty: no TCP
 * @param socketPath of the UNIX socket, without TLS; empty: none
 * @param clusterName name of this cluster; empty or {@code default} where there is only one
 * @param maxStreams streams of flows at a time, over all connections; the next is refused
 * @param metrics Hubble's metrics, as its configuration writes them; empty: none
 * @param metricsConfigPath YAML file with metrics instead, read again while the agent runs; empty:
 *     none
 * @param metricsPort of these metrics; 0: any free one
 * @param tls of the TCP port
 */
@Validated
@ConfigurationProperties("retina.hubble")
public record HubbleProperties(
    @DefaultValue(":4244") String listenAddress,
    @DefaultValue("/var/run/cilium/hubble.sock") String socketPath,
    @DefaultValue("") String clusterName,
    @DefaultValue("1024") @Min(1) @Max(4096) int maxStreams,
    @DefaultValue("") String metrics,
    @DefaultValue("") String metricsConfigPath,
    @DefaultValue("9965") @Min(0) @Max(65_535) int metricsPort,
    @DefaultValue @Valid Tls tls) {

  @AssertTrue(
      message =
          "must be metrics with their options, such as 'drop:sourceContext=pod"
              + " dns:query;ignoreAAAA'")
  boolean isMetricsInRange() {
    try {
      HubbleMetrics.check(metrics);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  @AssertTrue(message = "cannot be beside metrics: name the metrics in one of the two")
  boolean isMetricsConfigPathInRange() {
    return metricsConfigPath.isEmpty() || metrics.isBlank();
  }

  /** Whether any metric is wanted. */
  public boolean hasMetrics() {
    return !metrics.isBlank() || !metricsConfigPath.isEmpty();
  }

  @AssertTrue(message = "must be an address with a port, such as :4244 or 10.0.0.1:4244, or empty")
  boolean isListenAddressInRange() {
    return listenAddress.isEmpty() || ListenAddress.isValid(listenAddress);
  }

  /**
   * @param certFile PEM, the certificate and what signed it; empty: no TLS
   * @param keyFile PEM, the private key: PKCS #8, PKCS #1 or SEC 1
   * @param clientCaFiles PEM; who connects must have a certificate of one of these; empty: anybody
   */
  public record Tls(
      @DefaultValue("") String certFile,
      @DefaultValue("") String keyFile,
      @DefaultValue({}) List<String> clientCaFiles) {

    @AssertTrue(message = "must both be given, or neither")
    boolean isKeyFileInRange() {
      return certFile.isEmpty() == keyFile.isEmpty();
    }

    @AssertTrue(message = "needs cert-file and key-file too")
    boolean isClientCaFilesInRange() {
      return clientCaFiles.isEmpty() || !certFile.isEmpty();
    }

    boolean isEnabled() {
      return !certFile.isEmpty();
    }
  }
}
