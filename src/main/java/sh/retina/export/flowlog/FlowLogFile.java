package sh.retina.export.flowlog;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import sh.retina.flow.FilterJson;

/**
 * Reads exports as Hubble's configuration writes them: {@code flowLogs} in YAML, filters in JSON.
 * Every method throws IllegalArgumentException that says what is wrong.
 */
final class FlowLogFile {
  private static final int DEFAULT_SIZE_MB = 10;
  private static final int DEFAULT_BACKUPS = 5;
  private static final Set<String> KEYS =
      Set.of(
          "name",
          "filePath",
          "otlpUrl",
          "kafkaBootstrapServers",
          "kafkaTopic",
          "kafkaCompression",
          "kafkaPropertiesPath",
          "fieldMask",
          "fieldAggregate",
          "aggregationInterval",
          "includeFilters",
          "excludeFilters",
          "fileMaxSizeMb",
          "fileMaxBackups",
          "fileCompress",
          "end");

  private FlowLogFile() {}

  /** All exports of a file; its names and paths are unique. */
  static List<FlowLogSpec> parse(String yaml) {
    Object document;
    try {
      document = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
    } catch (YAMLException e) {
      throw new IllegalArgumentException("not YAML: " + e.getMessage(), e);
    }
    if (document == null) {
      return List.of();
    }
    if (!(document instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException("has no key flowLogs");
    }
    List<FlowLogSpec> specs = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (Object entry : list(map.get("flowLogs"), "flowLogs")) {
      if (!(entry instanceof Map<?, ?> of)) {
        throw new IllegalArgumentException("flowLogs: not a list of exports");
      }
      FlowLogSpec spec = spec(of);
      String place = spec.target() instanceof FlowLogSpec.File file ? "" + file.path() : "";
      if (!taken.add("name " + spec.name()) || !place.isEmpty() && !taken.add(place)) {
        throw new IllegalArgumentException(
            spec.name() + ": another export has this name or this filePath");
      }
      specs.add(spec);
    }
    return specs;
  }

  private static FlowLogSpec spec(Map<?, ?> of) {
    String name = text(of, "name");
    for (Object key : of.keySet()) {
      if (!KEYS.contains(String.valueOf(key))) {
        throw new IllegalArgumentException(name + ": there is no key " + key);
      }
    }
    return new FlowLogSpec(
        name,
        target(of),
        texts(of, "fieldMask"),
        texts(of, "fieldAggregate"),
        interval(text(of, "aggregationInterval")),
        List.of(
            new FlowChoice(
                FilterJson.list(of.get("includeFilters"), "includeFilters"),
                FilterJson.list(of.get("excludeFilters"), "excludeFilters"),
                false)),
        moment(of.get("end")));
  }

  private static FlowLogSpec.Target target(Map<?, ?> of) {
    String url = text(of, "otlpUrl");
    boolean isKafka = of.containsKey("kafkaTopic") || of.containsKey("kafkaBootstrapServers");
    if (Stream.of(of.containsKey("filePath"), !url.isEmpty(), isKafka).filter(on -> on).count()
        > 1) {
      throw new IllegalArgumentException(
          "filePath, otlpUrl and kafkaTopic: make an export of each");
    }
    if (isKafka) {
      return kafka(of);
    }
    return url.isEmpty()
        ? new FlowLogSpec.File(
            FlowLogProperties.path(text(of, "filePath")),
            (long) number(of, "fileMaxSizeMb", DEFAULT_SIZE_MB) << 20,
            number(of, "fileMaxBackups", DEFAULT_BACKUPS),
            Boolean.parseBoolean(text(of, "fileCompress")))
        : FlowLogSpec.Otlp.at(url);
  }

  private static FlowLogSpec.Target kafka(Map<?, ?> of) {
    String compression = text(of, "kafkaCompression");
    return new FlowLogSpec.Kafka(
        text(of, "kafkaBootstrapServers"),
        text(of, "kafkaTopic"),
        compression.isEmpty() ? FlowLogSpec.Kafka.COMPRESSIONS.getFirst() : compression,
        FlowLogProperties.optional(text(of, "kafkaPropertiesPath")));
  }

  private static String text(Map<?, ?> of, String key) {
    Object value = of.get(key);
    return value == null ? "" : value.toString();
  }

  private static List<?> list(@Nullable Object value, String key) {
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException(key + ": not a list");
  }

  private static List<String> texts(Map<?, ?> of, String key) {
    return list(of.get(key), key).stream().map(String::valueOf).toList();
  }

  private static int number(Map<?, ?> of, String key, int standard) {
    Object value = of.get(key);
    if (value == null) {
      return standard;
    }
    if (value instanceof Integer number) {
      return number;
    }
    throw new IllegalArgumentException(key + ": not a number: " + value);
  }

  private static Duration interval(String text) {
    return text.isEmpty() ? Duration.ZERO : DurationStyle.detectAndParse(text);
  }

  private static @Nullable Instant moment(@Nullable Object value) {
    try {
      return switch (value) {
        case null -> null;
        case Date date -> date.toInstant(); // YAML has times of its own
        default -> Instant.parse(value.toString());
      };
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("end: not a time as in RFC 3339: " + value, e);
    }
  }
}
