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

/**
 * Flows to files, where {@code retina.control-plane} asks for the Hubble API.
 *
 * @param filePath file of the export that stands here; {@code stdout}; empty: none
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

  @AssertTrue(message = "has filters or field names that cannot be used: see docs/hubble.md")
  boolean isFilePathInRange() {
    try {
      return specs().size() <= 1;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /** Whether any export is wanted. */
  public boolean isEnabled() {
    return !filePath.isEmpty() || !configPath.isEmpty();
  }

  /** The export that stands here. Throws IllegalArgumentException that names what is wrong. */
  List<FlowLogSpec> specs() {
    List<FlowLogSpec> specs = new ArrayList<>();
    if (!filePath.isEmpty()) {
      specs.add(
          new FlowLogSpec(
              STATIC,
              path(filePath),
              fieldmask,
              fieldaggregate,
              aggregationInterval,
              FlowLogFile.filters(allowlist),
              FlowLogFile.filters(denylist),
              (long) fileMaxSizeMb << 20,
              fileMaxBackups,
              fileCompress,
              null));
    }
    return specs;
  }

  Optional<Path> config() {
    return configPath.isEmpty() ? Optional.empty() : Optional.of(Path.of(configPath));
  }

  static Path path(String text) {
    return Path.of(text.equals(STANDARD_OUTPUT) ? "/dev/stdout" : text);
  }
}
