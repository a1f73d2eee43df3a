package sh.retina.agent;

import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;
import sh.retina.event.IpPrefix;
import sh.retina.export.prometheus.Naming;
import sh.retina.guard.Budget;
import sh.retina.kubernetes.KubernetesSettings;
import sh.retina.pipeline.ApiServerAddresses;
import sh.retina.pipeline.ContextChoice;
import sh.retina.pipeline.DnsLabel;
import sh.retina.pipeline.SeriesFamily;
import sh.retina.plugin.Interest;

/**
 * Everything that can be set, as one tree under {@code retina}: file, environment ({@code
 * RETINA_…}) or command line. Checked as a whole by {@link ConfigurationCheck} before anything
 * starts.
 *
 * @param controlPlane {@code standard}: metrics and flows over HTTP; {@code hubble} or {@code
 *     both}: the Hubble API as well
 * @param nodeName name of this node in flows and metrics; the host's name by default
 * @param configFile Retina's own configuration, read where it is there; ours stands above it
 * @param plugins what is watched; docs/plugins.md has them all
 * @param networkNamespace path of the network namespace whose interfaces are watched, such as
 *     /proc/1/ns/net for an agent with a network of its own; empty: the agent's
 * @param dataAggregationLevel {@code high}: a report when a flow appears, changes, each interval
 *     and at its end; {@code low}: a report per packet
 * @param reportInterval how long a busy flow may go unreported at level {@code high}
 * @param samplingRate one in N new connections is followed; counts are scaled by N
 * @param metricsInterval how often counters that the system keeps are read: linuxutil,
 *     packetforward
 * @param tcAttach how programs come to interfaces: {@code auto}, or {@code tcx} or {@code clsact}
 *     to force one
 * @param addressesOfInterest only packets from or to these are looked at, each an address or CIDR
 *     block; empty: all
 */
@ConfigurationProperties(prefix = "retina")
record RetinaProperties(
    @DefaultValue("standard") ControlPlane controlPlane,
    @DefaultValue("") String nodeName,
    @DefaultValue("/retina/config/config.yaml") String configFile,
    @DefaultValue({"packetforward", "dropreason", "linuxutil", "dns"}) @NotEmpty
        List<@NotBlank String> plugins,
    @DefaultValue("") String networkNamespace,
    @DefaultValue("high") AggregationLevel dataAggregationLevel,
    @DefaultValue("30s") Duration reportInterval,
    @DefaultValue("1") @Min(1) @Max(1_000_000) int samplingRate,
    @DefaultValue("10s") Duration metricsInterval,
    @DefaultValue("auto") TcAttach tcAttach,
    @DefaultValue({}) List<@NotBlank String> addressesOfInterest,
    @DefaultValue @Valid Http http,
    @DefaultValue @Valid Journal journal,
    @DefaultValue @Valid PodLevel podLevel,
    @DefaultValue @Valid Metrics metrics,
    @DefaultValue @Valid Context context,
    @DefaultValue @Valid Kubernetes kubernetes,
    @DefaultValue @Valid ApiServer apiServer,
    @DefaultValue @Valid Otlp otlp,
    @DefaultValue @Valid Overhead overhead,
    @DefaultValue("") String replay) {

  @AssertTrue(message = "must be between 1s and 1h")
  boolean isMetricsIntervalInRange() {
    return metricsInterval.compareTo(Duration.ofSeconds(1)) >= 0
        && metricsInterval.compareTo(Duration.ofHours(1)) <= 0;
  }

  /** Who is served. */
  enum ControlPlane {
    STANDARD,
    HUBBLE,
    BOTH
  }

  @AssertTrue(message = "must be addresses or CIDR blocks, such as 192.0.2.0/24")
  boolean isAddressesOfInterestInRange() {
    try {
      return interest() != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whose packets are looked at. */
  Interest interest() {
    return addressesOfInterest.isEmpty()
        ? Interest.ALL
        : Interest.only(addressesOfInterest.stream().map(IpPrefix::parse).toList());
  }

  /** How much the kernel reports. */
  enum AggregationLevel {
    LOW,
    HIGH
  }

  @AssertTrue(message = "must be between 1s and 1h")
  boolean isReportIntervalInRange() {
    return reportInterval.compareTo(Duration.ofSeconds(1)) >= 0
        && reportInterval.compareTo(Duration.ofHours(1)) <= 0;
  }

  /**
   * @param port metrics, health and flows
   * @param access who may read what is not metrics or health: {@code loopback}: this node; {@code
   *     kubernetes}: beside it who has a token that the API server accepts
   * @param audiences a token must be for one of these; empty: for the API server itself
   */
  record Http(
      @DefaultValue("10093") @Min(0) @Max(65_535) int port,
      @DefaultValue("loopback") Access access,
      @DefaultValue({}) List<@NotBlank String> audiences,
      @DefaultValue @Valid Tls tls) {
    @AssertTrue(
        message =
            "needs retina.http.tls.certificate and .key: a token in plain text is everybody's")
    boolean isAccessInRange() {
      return access == Access.LOOPBACK || !tls.certificate().isEmpty();
    }
  }

  /** Who may read flows. */
  enum Access {
    LOOPBACK,
    KUBERNETES
  }

  /**
   * @param certificate PEM file of the HTTP server's certificate and its chain; empty: no TLS
   * @param key PEM file of its private key
   */
  record Tls(@DefaultValue("") String certificate, @DefaultValue("") String key) {
    @AssertTrue(message = "must be there with a certificate, and only then")
    boolean isKeyInRange() {
      return certificate.isEmpty() == key.isEmpty();
    }
  }

  /**
   * @param directory where the queue's files are; made if missing
   * @param maxBytes oldest files go when the whole is larger
   * @param maxAge oldest files go when they are older
   */
  record Journal(
      @DefaultValue("/var/lib/retina/journal") @NotBlank String directory,
      @DefaultValue("512MB") DataSize maxBytes,
      @DefaultValue("1h") Duration maxAge) {
    @AssertTrue(message = "must be at least 16MB")
    boolean isMaxBytesInRange() {
      return maxBytes.toBytes() >= 16L << 20;
    }

    @AssertTrue(message = "must be at least 1m")
    boolean isMaxAgeInRange() {
      return maxAge.compareTo(Duration.ofMinutes(1)) >= 0;
    }
  }

  /**
   * @param enabled whether pods have series of their own
   * @param context {@code local}: a series per pod and direction; {@code remote}: per pair of
   *     source and destination
   * @param labels what of a pod becomes a label, joined by '+': ip, namespace, podname, workload,
   *     service, port, zone, node, podlabel/KEY
   * @param dnsLabels which of query, response and num_response DNS series have
   * @param maxDnsNames how many different values those may have together
   * @param replyLabel whether forwarded traffic is split by {@code is_reply}
   * @param metrics what is different for some metrics
   */
  record PodLevel(
      @DefaultValue("false") boolean enabled,
      @DefaultValue("local") ContextKind context,
      @DefaultValue("namespace+podname+workload") String labels,
      @DefaultValue({}) Set<DnsLabel> dnsLabels,
      @DefaultValue("1000") @Min(0) @Max(200_000) int maxDnsNames,
      @DefaultValue("false") boolean replyLabel,
      @DefaultValue({}) List<@Valid PodMetric> metrics) {
    @AssertTrue(message = LABELS_RULE)
    boolean isLabelsInRange() {
      return areLabels(labels);
    }
  }

  /**
   * @param name of the metrics, joined by '+': forwarded, dropped, tcp_flags, …
   * @param enabled whether they have series
   * @param labels as those of all; empty: the same
   * @param maxSeries bound on the series of each of them; 0: that of all
   * @param ttl null: that of all
   */
  record PodMetric(
      @DefaultValue("") String name,
      @DefaultValue("true") boolean enabled,
      @DefaultValue("") String labels,
      @DefaultValue("0") @Min(0) @Max(10_000_000) int maxSeries,
      @Nullable Duration ttl) {
    @AssertTrue(
        message =
            "must join some of forwarded, dropped, tcp_flags, tcp_connect_latency, tcp_rtt,"
                + " tcp_retransmissions, tcp_connections, tcp_resets, tcp_payload, dns_request,"
                + " dns_response, dns_latency by '+'")
    boolean isNameInRange() {
      return Arrays.stream(name.split("\\+", -1))
          .allMatch(word -> SeriesFamily.named(word.trim()).isPresent());
    }

    @AssertTrue(message = LABELS_RULE)
    boolean isLabelsInRange() {
      return labels.isEmpty() || areLabels(labels);
    }

    @AssertTrue(message = "must not be negative")
    boolean isTtlInRange() {
      return ttl == null || !ttl.isNegative();
    }
  }

  private static final String LABELS_RULE =
      "must join some of ip, namespace, podname, workload, service, port, zone, node,"
          + " podlabel/KEY by '+'";

  private static boolean areLabels(String labels) {
    try {
      return !ContextChoice.parse(labels).labelNames().isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether pod series are about one side or about both. */
  enum ContextKind {
    LOCAL,
    REMOTE
  }

  /**
   * @param naming {@code retina}, {@code networkobservability} (the names that existing Retina
   *     dashboards query) or {@code both}
   * @param maxSeries bound of all pod-level series together; what comes later adds to one overflow
   *     series per metric
   * @param ttl a pod-level series without news for so long is removed
   */
  record Metrics(
      @DefaultValue("retina") Naming naming,
      @DefaultValue("50000") @Min(10) @Max(10_000_000) int maxSeries,
      @DefaultValue("1h") Duration ttl) {}

  /**
   * @param file YAML list of endpoints for nodes without Kubernetes: the demo, tests; empty: none
   */
  record Context(@DefaultValue("") String file) {}

  /**
   * @param addresses where the Kubernetes API server listens, each {@code address:port}; empty:
   *     what Kubernetes tells every pod
   */
  record ApiServer(@DefaultValue({}) List<@NotBlank String> addresses) {
    @AssertTrue(message = "must be addresses with their ports, such as 192.0.2.1:6443")
    boolean isAddressesInRange() {
      try {
        return ApiServerAddresses.parse(addresses) != null;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }

    /** Where the API server is. */
    ApiServerAddresses places(Environment environment) {
      String host = environment.getProperty("KUBERNETES_SERVICE_HOST", "");
      if (!addresses.isEmpty() || host.isEmpty()) {
        return ApiServerAddresses.parse(addresses);
      }
      String port = environment.getProperty("KUBERNETES_SERVICE_PORT", "443");
      try {
        return ApiServerAddresses.parse(
            List.of((host.contains(":") ? "[" + host + "]" : host) + ":" + port));
      } catch (IllegalArgumentException e) {
        return ApiServerAddresses.NONE; // a name, which no packet carries
      }
    }
  }

  /**
   * @param enabled whether a cluster says who owns an address; {@code auto}: in a pod of one, and
   *     where a kubeconfig is named
   * @param kubeconfig path; empty: the service account of the pod that this runs in
   * @param remotePods where pods of other nodes are known from, in context {@code remote}
   * @param selectBy how pods are chosen whose packets are looked at; by nothing: all
   * @param deletedPodGrace how long a deleted pod is still named
   */
  record Kubernetes(
      @DefaultValue("auto") Use enabled,
      @DefaultValue("") String kubeconfig,
      @DefaultValue("pods") RemotePods remotePods,
      @DefaultValue({}) Set<KubernetesSettings.SelectBy> selectBy,
      @DefaultValue("30s") Duration deletedPodGrace) {
    @AssertTrue(message = "must be between 0s and 1h")
    boolean isDeletedPodGraceInRange() {
      return !deletedPodGrace.isNegative() && deletedPodGrace.compareTo(Duration.ofHours(1)) <= 0;
    }
  }

  /** Whether something is used that may be there. */
  enum Use {
    AUTO,
    ON,
    OFF
  }

  /** Which objects tell of pods of other nodes. */
  enum RemotePods {
    PODS,
    RETINAENDPOINTS
  }

  /**
   * @param url where metrics are sent by OTLP over HTTP; empty: nowhere
   * @param interval how often
   */
  record Otlp(@DefaultValue("") String url, @DefaultValue("30s") Duration interval) {
    @AssertTrue(message = "must be an address such as http://collector:4318/v1/metrics")
    boolean isUrlInRange() {
      return url.isEmpty() || url.matches("https?://[^/\\s]+/\\S*");
    }

    @AssertTrue(message = "must be between 1s and 1h")
    boolean isIntervalInRange() {
      return interval.compareTo(Duration.ofSeconds(1)) >= 0
          && interval.compareTo(Duration.ofHours(1)) <= 0;
    }
  }

  /** How tc programs are attached. */
  enum TcAttach {
    AUTO,
    TCX,
    CLSACT
  }

  /**
   * @param cpuBudget share of all CPUs of the node that the agent and its programs may use; 0: any
   * @param memoryBudget of the process without mapped files; 0: any
   * @param window that the cost is measured over
   */
  record Overhead(
      @DefaultValue("1%") String cpuBudget,
      @DefaultValue("300MB") DataSize memoryBudget,
      @DefaultValue("10s") Duration window) {
    @AssertTrue(message = "must be a share such as 1%, up to 100%, or 0")
    boolean isCpuBudgetInRange() {
      try {
        return Budget.of(cpuBudget, 1, 0).cpuCores() >= 0;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }

    @AssertTrue(message = "must be 0 or more")
    boolean isMemoryBudgetInRange() {
      return memoryBudget.toBytes() >= 0;
    }

    @AssertTrue(message = "must be between 100ms and 1h")
    boolean isWindowInRange() {
      return window.toMillis() >= 100 && window.compareTo(Duration.ofHours(1)) <= 0;
    }
  }
}
