package sh.retina.export.flowlog;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  @AssertTrue(message = "has filters or field names that cannot be used: see docs/hubble.md")
  boolean isFilePathInRange() {
    try {
      return !isOtlpUrlInRange() || specs().size() <= 2;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /** Whether any export is wanted. */
  public boolean isEnabled() {
    return !filePath.isEmpty() || !otlpUrl.isEmpty() || !configPath.isEmpty();
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
    return configPath.isEmpty() ? Optional.empty() : Optional.of(Path.of(configPath));
  }

  static Path path(String text) {
    return Path.of(text.equals(STANDARD_OUTPUT) ? "/dev/stdout" : text);
  }
}
