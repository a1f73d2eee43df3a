package sh.retina.kubernetes;

import java.util.function.Consumer;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Reads JSON as it streams by; what nobody asks for is skipped without being kept. */
final class JsonFields {
  /** Takes the value that the parser stands at, or leaves it. */
  @FunctionalInterface
  interface Field {
    void read(String name, JsonParser parser);
  }

  private JsonFields() {}

  /** The fields of the object that the parser stands at; none if it is something else. */
  static void of(JsonParser parser, Field field) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      field.read(name, parser);
      parser.skipChildren();
    }
  }

  /** The items of the array that the parser stands at. */
  static void items(JsonParser parser, Consumer<JsonParser> item) {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() != JsonToken.END_ARRAY && parser.currentToken() != null) {
      item.accept(parser);
      parser.skipChildren();
    }
  }

  /** A text; empty for null and what is no scalar. */
  static String text(JsonParser parser) {
    String value = parser.currentToken().isScalarValue() ? parser.getValueAsString("") : "";
    return value == null ? "" : value;
  }
}
