package sh.retina.job;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.CaptureSpec;

/**
 * The Job that records on one node. Names of labels, paths and variables are those that Retina's
 * Jobs have.
 */
public final class CaptureJobs {
  public static final String APP_LABEL = "retina.sh/app";
  public static final String APP = "capture";
  public static final String NAME_LABEL = "capture-name";

  /** The node of a Job, as its name need not be a label's value. */
  public static final String NODE_ANNOTATION = "retina.sh/node";

  /** A pod has as long to deliver its files when it is told to stop. */
  static final long GRACE_SECONDS = 1_800;

  private static final Map<String, String> OPTIONS =
      Map.ofEntries(
          Map.entry("CAPTURE_NAME", "name"),
          Map.entry("NODE_HOST_NAME", "node"),
          Map.entry("PCAP_FILTER", "pcap-filter"),
          Map.entry("CAPTURE_NAMES", "names"),
          Map.entry("CAPTURE_DURATION", "duration"),
          Map.entry("CAPTURE_PACKET_SIZE", "packet-size"),
          Map.entry("CAPTURE_INTERFACES", "interfaces"),
          Map.entry("CAPTURE_FORMAT", "format"),
          Map.entry("CAPTURE_FLOWS", "flows"),
          Map.entry("CAPTURE_COMMENTS", "comments"),
          Map.entry("CAPTURE_NO_PROMISCUOUS", "no-promiscuous"));

  private static final int LONGEST_LABEL = 63;
  private static final int LONGEST_START = 50;
  private static final int MAX_NAMES_CHARACTERS = 100_000;

  private final JobSettings settings;

  public CaptureJobs(JobSettings settings) {
    this.settings = settings;
  }

  /**
   * Whose the Jobs are.
   *
   * @param run tells captures of the same name apart, so that a Job is made once
   * @param owner null: nobody, who made them deletes them
   */
  public record Identity(
      String namespace, String name, String run, @Nullable OwnerReference owner) {}

  /**
   * The Job of a node.
   *
   * @throws CaptureRefused when there is no such Job: by a filter, by a name
   */
  public Job of(Identity identity, CaptureSpec spec, NodeTarget target) throws CaptureRefused {
    if (identity.name().length() > LONGEST_LABEL) {
      throw CaptureRefused.other(
          "the name has more than " + LONGEST_LABEL + " characters, and Jobs carry it as a label");
    }
    Map<String, String> labels = Map.of(APP_LABEL, APP, NAME_LABEL, identity.name());
    JobPod pod = new JobPod(settings, spec);
    return new JobBuilder()
        .withNewMetadata()
        .withNamespace(identity.namespace())
        .withName(jobName(identity, target.node()))
        .withLabels(labels)
        .withAnnotations(Map.of(NODE_ANNOTATION, target.node()))
        .withOwnerReferences(identity.owner() == null ? List.of() : List.of(identity.owner()))
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withActiveDeadlineSeconds(deadline(spec))
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .withAnnotations(Map.of(NODE_ANNOTATION, target.node()))
        .endMetadata()
        .withSpec(pod.on(target.node(), environment(identity, spec, target)))
        .endTemplate()
        .endSpec()
        .build();
  }

  /** The same for the same run and node, so that a second attempt finds the first one's Job. */
  private static String jobName(Identity identity, String node) {
    String start = identity.name().replace('.', '-');
    start = start.substring(0, Math.min(start.length(), LONGEST_START)).replaceFirst("-+$", "");
    return start + "-" + digest(identity.run() + "/" + node).substring(0, 8);
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /** Null where it is not known when it should have ended. */
  private static @Nullable Long deadline(CaptureSpec spec) throws CaptureRefused {
    Duration duration = duration(spec);
    return duration == null || spec.trigger() != null ? null : duration.toSeconds() + GRACE_SECONDS;
  }

  /**
   * How long it records; null: until something else ends it.
   *
   * @throws CaptureRefused when it is no time
   */
  public static @Nullable Duration duration(CaptureSpec spec) throws CaptureRefused {
    CaptureSpec.Option option = spec.captureConfiguration().captureOption();
    String text = option == null ? null : option.duration();
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      return Times.parse(text.strip());
    } catch (IllegalArgumentException e) {
      throw CaptureRefused.other("duration: " + e.getMessage());
    }
  }

  /**
   * What the worker of a node is told.
   *
   * @throws CaptureRefused when a filter is none
   */
  public static List<EnvVar> environment(Identity identity, CaptureSpec spec, NodeTarget target)
      throws CaptureRefused {
    Map<String, Object> values = new LinkedHashMap<>();
    CaptureSpec.Configuration configuration = spec.captureConfiguration();
    values.put("CAPTURE_NAME", identity.name());
    values.put("NAMESPACE", identity.namespace());
    values.put("NODE_HOST_NAME", target.node());
    values.put("PCAP_FILTER", PacketFilter.of(configuration, target.addresses()));
    values.put("CAPTURE_NAMES", names(target.names()));
    values.put("INCLUDE_METADATA", !Boolean.FALSE.equals(configuration.includeMetadata()));
    CaptureSpec.Option option = configuration.captureOption();
    if (option != null) {
      values.put("CAPTURE_DURATION", option.duration());
      values.put("CAPTURE_MAX_SIZE", option.maxCaptureSize());
      values.put("CAPTURE_FILE_COUNT", option.fileCount());
      values.put("CAPTURE_PACKET_SIZE", option.packetSize());
      values.put(
          "CAPTURE_INTERFACES",
          option.interfaces() == null ? null : String.join(",", option.interfaces()));
      values.put("CAPTURE_FORMAT", option.format());
      values.put(
          "CAPTURE_NO_PROMISCUOUS", Boolean.TRUE.equals(option.noPromiscuous()) ? true : null);
    }
    values.put("CAPTURE_COMMENTS", commented(option));
    values.put("CAPTURE_FLOWS", flows(target));
    CaptureSpec.Trigger trigger = spec.trigger();
    if (trigger != null) {
      values.put("CAPTURE_TRIGGER_REASON", trigger.reason());
      values.put("CAPTURE_TRIGGER_RATE", trigger.rate());
      values.put("CAPTURE_TRIGGER_WINDOW", trigger.window());
    }
    List<EnvVar> environment = new ArrayList<>();
    values.forEach((name, value) -> {
      String text = value == null ? "" : value.toString().strip();
      if (!text.isEmpty()) {
        environment.add(new EnvVar(name, text, null));
      }
    });
    environment.add(
        new EnvVarBuilder()
            .withName("POD_NAME")
            .withNewValueFrom()
            .withNewFieldRef("v1", "metadata.name")
            .endValueFrom()
            .build());
    return environment;
  }

  /** The worker's option for one of these variables; null: it has none. */
  public static @Nullable String option(String variable) {
    return OPTIONS.get(variable);
  }

  /** A pcap file has no place for comments. */
  private static @Nullable Boolean commented(CaptureSpec.@Nullable Option option) {
    return option != null && "pcap".equals(option.format()) ? null : true;
  }

  /** The query of the node's agent that means the same pods. */
  private static String flows(NodeTarget target) {
    return target.addresses().stream()
        .map(address -> "ip=" + URLEncoder.encode(address, StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private static String names(Map<String, String> names) {
    String all =
        names.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(one -> one.getKey() + "=" + one.getValue())
            .collect(Collectors.joining(","));
    if (all.length() <= MAX_NAMES_CHARACTERS) {
      return all;
    }
    return all.substring(0, all.lastIndexOf(',', MAX_NAMES_CHARACTERS)); // what a variable holds
  }
}
