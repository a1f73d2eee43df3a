package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.DescriptorProtos.DescriptorProto.ReservedRange;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto.EnumReservedRange;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import sh.retina.flow.proto.FlowProto;
import sh.retina.flow.proto.observer.ObserverProto;
import sh.retina.flow.proto.peer.PeerProto;
import sh.retina.flow.proto.relay.RelayProto;

/** The compiled proto against the facts of the Hubble API. */
class FlowContractTest {
  private final JsonObject contract = contract();

  private static final List<FileDescriptor> FILES =
      List.of(
          FlowProto.getDescriptor(),
          RelayProto.getDescriptor(),
          ObserverProto.getDescriptor(),
          PeerProto.getDescriptor());

  @Test
  void shouldKeepPackagesAndFileNames() {
    assertThat(FILES)
        .extracting(FileDescriptor::getName)
        .containsExactly(
            "flow/flow.proto", "relay/relay.proto", "observer/observer.proto", "peer/peer.proto");
    assertThat(FILES)
        .extracting(FileDescriptor::getPackage)
        .containsExactly("flow", "relay", "observer", "peer");
    assertThat(ObserverProto.getDescriptor().getPublicDependencies())
        .containsExactly(FlowProto.getDescriptor());
  }

  @Test
  void shouldHaveEveryServiceWithItsMethods() {
    JsonObject actual = new JsonObject();
    FILES.stream()
        .flatMap(file -> file.getServices().stream())
        .forEach(service -> {
          JsonArray methods = new JsonArray();
          service
              .getMethods()
              .forEach(method -> {
                JsonArray facts = new JsonArray();
                facts.add(method.getName());
                facts.add(method.getInputType().getFullName());
                facts.add(method.getOutputType().getFullName());
                facts.add(method.isServerStreaming());
                methods.add(facts);
              });
          actual.add(service.getFullName(), methods);
        });
    assertThat(actual).isEqualTo(contract.getAsJsonObject("services"));
  }

  @Test
  void shouldHaveEveryMessageWithItsFields() {
    Map<String, List<String>> expected = new TreeMap<>();
    for (Map.Entry<String, JsonElement> message : contract.getAsJsonObject("messages").entrySet()) {
      JsonObject facts = message.getValue().getAsJsonObject();
      List<String> lines = new ArrayList<>();
      for (JsonElement element : facts.getAsJsonArray("fields")) {
        JsonObject field = element.getAsJsonObject();
        lines.add(
            String.join(
                " ",
                field.get("label").getAsString(),
                field.get("type").getAsString(),
                field.get("name").getAsString(),
                field.get("number").getAsString(),
                field.has("oneof") ? "in " + field.get("oneof").getAsString() : "",
                field.has("deprecated") ? "deprecated" : ""));
      }
      lines.add("reserved " + facts.getAsJsonArray("reserved"));
      lines.add("deprecated " + facts.get("deprecated"));
      lines.sort(Comparator.naturalOrder());
      expected.put(message.getKey(), lines);
    }

    Map<String, List<String>> actual = new TreeMap<>();
    messages()
        .forEach((name, message) -> {
          List<String> lines = new ArrayList<>();
          message.getFields().forEach(field -> lines.add(describe(field)));
          JsonArray reserved = new JsonArray();
          for (ReservedRange range : message.toProto().getReservedRangeList()) {
            assertThat(range.getEnd()).isEqualTo(range.getStart() + 1);
            reserved.add(String.valueOf(range.getStart()));
          }
          lines.add("reserved " + reserved);
          lines.add("deprecated " + message.getOptions().getDeprecated());
          lines.sort(Comparator.naturalOrder());
          actual.put(name, lines);
        });
    assertThat(actual).isEqualTo(expected);
    assertThat(actual).hasSize(66);
  }

  @Test
  void shouldHaveEveryEnumWithItsNumbers() {
    Map<String, EnumDescriptor> enums = new HashMap<>();
    FILES.forEach(file -> file.getEnumTypes().forEach(type -> enums.put(type.getFullName(), type)));
    messages()
        .values()
        .forEach(
            message -> message.getEnumTypes().forEach(type -> enums.put(type.getFullName(), type)));
    JsonObject expected = contract.getAsJsonObject("enums");

    assertThat(enums.keySet()).isEqualTo(expected.keySet());
    enums.forEach((name, type) -> {
      JsonObject facts = expected.getAsJsonObject(name);
      JsonObject numbers = new JsonObject();
      JsonArray deprecated = new JsonArray();
      type.getValues()
          .forEach(value -> {
            numbers.addProperty(value.getName(), value.getNumber());
            if (value.getOptions().getDeprecated()) {
              deprecated.add(value.getName());
            }
          });
      assertThat(numbers).as(name).isEqualTo(facts.getAsJsonObject("values"));
      assertThat(deprecated).as(name).isEqualTo(facts.getAsJsonArray("deprecated"));
      JsonArray reserved = new JsonArray();
      for (EnumReservedRange range : type.toProto().getReservedRangeList()) {
        reserved.add(
            range.getStart() == range.getEnd()
                ? String.valueOf(range.getStart())
                : range.getStart() + "-" + range.getEnd());
      }
      assertThat(reserved).as(name).isEqualTo(facts.getAsJsonArray("reserved"));
    });
  }

  private static Map<String, Descriptor> messages() {
    Map<String, Descriptor> messages = new HashMap<>();
    List<Descriptor> open = new ArrayList<>();
    FILES.forEach(file -> open.addAll(file.getMessageTypes()));
    while (!open.isEmpty()) {
      Descriptor message = open.removeLast();
      messages.put(message.getFullName(), message);
      open.addAll(message.getNestedTypes());
    }
    return messages;
  }

  private static String describe(FieldDescriptor field) {
    String type =
        switch (field.getJavaType()) {
          case MESSAGE -> field.getMessageType().getFullName();
          case ENUM -> field.getEnumType().getFullName();
          default ->
              field.toProto().getType().name().substring("TYPE_".length()).toLowerCase(Locale.ROOT);
        };
    return String.join(
        " ",
        field.isRepeated()
            ? "repeated"
            : field.toProto().getProto3Optional() ? "optional" : "singular",
        type,
        field.getName(),
        String.valueOf(field.getNumber()),
        field.getRealContainingOneof() == null
            ? ""
            : "in " + field.getRealContainingOneof().getName(),
        field.getOptions().getDeprecated() ? "deprecated" : "");
  }

  private static JsonObject contract() {
    try (Reader reader =
        new InputStreamReader(
            Objects.requireNonNull(
                FlowContractTest.class.getResourceAsStream("/hubble-contract.json")),
            StandardCharsets.UTF_8)) {
      return JsonParser.parseReader(reader).getAsJsonObject();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
