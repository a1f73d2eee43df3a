package sh.retina.flow;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.proto.FlowFilter;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Filters of the Hubble API as its JSON writes them, or the same in YAML. Every method throws
 * IllegalArgumentException that says what is wrong.
 */
public final class FilterJson {
  private static final JsonMapper JSON = JsonMapper.shared();

  private FilterJson() {}

  /** One JSON document after the other. */
  public static List<FlowFilter> parse(String text) {
    List<FlowFilter> filters = new ArrayList<>();
    try (var documents = JSON.readerFor(JsonNode.class).<JsonNode>readValues(text)) {
      while (documents.hasNextValue()) {
        filters.add(filter(documents.nextValue()));
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not filters in JSON: " + e.getOriginalMessage(), e);
    }
    return filters;
  }

  /**
   * @param value the list under a key of a YAML document; null: the key is not there
   */
  public static List<FlowFilter> list(@Nullable Object value, String key) {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      throw new IllegalArgumentException(key + ": not a list");
    }
    List<FlowFilter> filters = new ArrayList<>();
    for (Object each : list) {
      filters.add(filter(JSON.valueToTree(each)));
    }
    return filters;
  }

  private static FlowFilter filter(JsonNode document) {
    FlowFilter.Builder filter = FlowFilter.newBuilder();
    try {
      JsonFormat.parser().merge(document.toString(), filter);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a filter: " + e.getMessage(), e);
    }
    return filter.build();
  }
}
