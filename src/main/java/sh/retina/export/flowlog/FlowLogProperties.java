package sh.retina.export.flowlog;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;
import sh.retina.flow.FilterJson;

/**
 * Flows to files, where {@code retina.control-plane} asks for the Hubble API.
 *
 * @param filePath file of the export that stands here; {@code stdout}; empty: none
 * @param otlpUrl of a collector that takes the same flows as log records, by OTLP over HTTP; empty:
 *     none
 * @param kafkaBootstrapServers of a Kafka that takes them too, {@code host:port}, several with
 *     commas; empty: none
 * @param kafkaTopic topic there
 * @param kafkaCompression of what is sent
 * @param kafkaPropertiesPath file with settings of Kafka's client; empty: none
 * @param fileMaxSizeMb MiB of a file before it is put aside
 * @param fileMaxBackups of those put aside; 0: all
 * @param fileCompress whether these are compressed
 * @param allowlist filters in Hubble's JSON, one after the other: one of them must match
 * @param denylist the same: none of them may match
 * @param fieldmask fields to write; empty: all
 * @param fieldaggregate fields by which flows are counted; empty: each is written
 * @param aggregationInterval between two writings of counts; 0: each flow is written
 * @param configPath YAML file with more exports, read again while the agent runs; empty: none
 */
@Validated
@ConfigurationProperties("retina.hubble.export")
public record FlowLogProperties(
    @DefaultValue("") String filePath,
    @DefaultValue("") String otlpUrl,
    @DefaultValue("") String kafkaBootstrapServers,
    @DefaultValue("") String kafkaTopic,
    @DefaultValue("gzip") @Pattern(regexp = "gzip|none", message = "must be gzip or none")
        String kafkaCompression,
    @DefaultValue("") String kafkaPropertiesPath,
    @DefaultValue("10") @Min(1) @Max(100_000) int fileMaxSizeMb,
    @DefaultValue("5") @Min(0) @Max(10_000) int fileMaxBackups,
    @DefaultValue("false") boolean fileCompress,
    @DefaultValue("") String allowlist,
    @DefaultValue("") String denylist,
    @DefaultValue({}) List<String> fieldmask,
    @DefaultValue({}) List<String> fieldaggregate,
    @DefaultValue("0s") Duration aggregationInterval,
    @DefaultValue("") String configPath) {
  private static final String STATIC = "static";
  private static final String STANDARD_OUTPUT = "stdout";

  @AssertTrue(message = "must be the URL of a collector, such as http://HOST:4318/v1/logs")
  boolean isOtlpUrlInRange() {
    try {
      return otlpUrl.isEmpty() || FlowLogSpec.Otlp.at(otlpUrl) != null;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  @AssertTrue(message = "must be HOST:PORT of a broker, or several of them with commas")
  boolean isKafkaBootstrapServersInRange() {
    return kafkaBootstrapServers.isEmpty() || FlowLogSpec.Kafka.isServers(kafkaBootstrapServers);
  }

  @AssertTrue(
      message =
          "must be the name of a topic, up to 249 letters, digits and ._-, where"
              + " kafka-bootstrap-servers is set, and only there")
  boolean isKafkaTopicInRange() {
    return kafkaBootstrapServers.isEmpty()
        ? kafkaTopic.isEmpty()
        : FlowLogSpec.Kafka.isTopic(kafkaTopic);
  }

  @AssertTrue(message = "has filters or field names that cannot be used: see docs/hubble.md")
  boolean isFilePathInRange() {
    try {
      return !areTargetsInRange() || specs().size() <= 3;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private boolean areTargetsInRange() {
    return isOtlpUrlInRange()
        && isKafkaBootstrapServersInRange()
        && isKafkaTopicInRange()
        && FlowLogSpec.Kafka.COMPRESSIONS.contains(kafkaCompression);
  }

  /** Whether any export is wanted. */
  public boolean isEnabled() {
    return !filePath.isEmpty()
        || !otlpUrl.isEmpty()
        || !kafkaBootstrapServers.isEmpty()
        || !configPath.isEmpty();
  }

  /** The exports that stand here. Throws IllegalArgumentException that names what is wrong. */
  List<FlowLogSpec> specs() {
    List<FlowLogSpec.Target> targets = new ArrayList<>();
    if (!filePath.isEmpty()) {
      targets.add(
          new FlowLogSpec.File(
              path(filePath), (long) fileMaxSizeMb << 20, fileMaxBackups, fileCompress));
    }
    if (!otlpUrl.isEmpty()) {
      targets.add(FlowLogSpec.Otlp.at(otlpUrl));
    }
    if (!kafkaBootstrapServers.isEmpty()) {
      targets.add(
          new FlowLogSpec.Kafka(
              kafkaBootstrapServers, kafkaTopic, kafkaCompression, optional(kafkaPropertiesPath)));
    }
    return targets.stream()
        .map(target ->
            new FlowLogSpec(
                STATIC,
                target,
                fieldmask,
                fieldaggregate,
                aggregationInterval,
                List.of(
                    new FlowChoice(FilterJson.parse(allowlist), FilterJson.parse(denylist), false)),
                null))
        .toList();
  }

  Optional<Path> config() {
    return Optional.ofNullable(optional(configPath));
  }

  static @Nullable Path optional(String text) {
    return text.isEmpty() ? null : Path.of(text);
  }

  static Path path(String text) {
    return Path.of(text.equals(STANDARD_OUTPUT) ? "/dev/stdout" : text);
  }
}
