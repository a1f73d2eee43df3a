package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.annotation.MergedAnnotations;
import sh.retina.export.flowlog.FlowLogProperties;
import sh.retina.export.hubble.HubbleProperties;
import sh.retina.export.sse.SseProperties;
import sh.retina.operator.OperatorProperties;
import sh.retina.plugin.PluginFactories;
import sh.retina.plugin.PluginFactory;

/** docs/configuration.md names every key with its default, and no other. */
class ConfigurationDocTest {
  private static final Path DOCUMENT = Path.of("docs/configuration.md");

  /** A row of the table of keys; an empty default has no back-quotes. */
  private static final Pattern ROW =
      Pattern.compile(
          "^\\| `(retina\\.[a-z0-9.-]+)` \\|(?: `([^`]*)`)? \\| \\S", Pattern.MULTILINE);

  @Test
  void shouldDocumentEveryKeyWithItsDefault() throws IOException {
    assertThat(documented()).containsExactlyInAnyOrderEntriesOf(declared());
  }

  @Test
  void shouldDocumentEachKeyOnce() throws IOException {
    assertThat(rows().stream().map(row -> row.group(1))).doesNotHaveDuplicates();
  }

  @Test
  void shouldFindTheKeysOfNestedRecordsAndOfTheStream() {
    assertThat(declared())
        .containsEntry("retina.http.port", "10093")
        .containsEntry("retina.plugins", "packetforward,dropreason,linuxutil,dns")
        .containsEntry("retina.node-name", "")
        .containsKey("retina.sse.heartbeat");
  }

  private static Map<String, String> documented() throws IOException {
    Map<String, String> keys = new TreeMap<>();
    rows().forEach(row -> keys.put(row.group(1), row.group(2) == null ? "" : row.group(2)));
    return keys;
  }

  private static List<MatchResult> rows() throws IOException {
    return ROW.matcher(Files.readString(DOCUMENT)).results().toList();
  }

  private static URL place(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  private static Map<String, String> declared() {
    Map<String, String> keys = new TreeMap<>();
    List<String> undefined = new ArrayList<>();
    List<Class<?>> roots =
        new ArrayList<>(
            List.of(
                RetinaProperties.class,
                SseProperties.class,
                HubbleProperties.class,
                FlowLogProperties.class,
                OperatorProperties.class));
    PluginFactories.all().stream()
        .map(PluginFactory::settingsType)
        .filter(type -> type.getRecordComponents().length > 0)
        .filter(type -> place(type).equals(place(RetinaProperties.class))) // none of the tests'
        .forEach(roots::add);
    for (Class<?> root : roots) {
      String prefix =
          MergedAnnotations.from(root).get(ConfigurationProperties.class).getString("prefix");
      collect(prefix, root, keys, undefined);
    }
    assertThat(undefined).as("keys without a default").isEmpty();
    return keys;
  }

  private static void collect(
      String prefix, Class<?> type, Map<String, String> keys, List<String> undefined) {
    RecordComponent[] components = type.getRecordComponents();
    // The annotation is one of parameters: those of the record's only constructor.
    Parameter[] parameters = type.getDeclaredConstructors()[0].getParameters();
    for (int i = 0; i < components.length; i++) {
      String key = prefix + "." + kebab(components[i].getName());
      if (components[i].getType().isRecord()) {
        collect(key, components[i].getType(), keys, undefined);
        continue;
      }
      DefaultValue value = parameters[i].getAnnotation(DefaultValue.class);
      if (value == null) {
        undefined.add(key);
      } else {
        keys.put(key, String.join(",", value.value()));
      }
    }
  }

  private static String kebab(String name) {
    return name.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }
}
