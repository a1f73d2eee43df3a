package sh.retina.agent;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.context.reactive.StandardReactiveWebEnvironment;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import sh.retina.cli.CliException;
import sh.retina.cli.Console;
import sh.retina.cli.Output;
import sh.retina.cli.Table;
import sh.retina.export.hubble.HubbleProperties;
import sh.retina.export.sse.SseProperties;

/**
 * The role {@code config}: what an agent with these settings would run with, and whether a file is
 * free of faults, before it is rolled out. Starts nothing.
 */
public final class ConfigRole {
  private static final String USAGE =
      """
      config view [-o table|wide|json|yaml] [SETTING …], or config validate FILE [SETTING …]; settings as for the agent
      e.g. retina config view --retina.plugins=dns -o yaml; without -o a key=value a line\
      """
          .replace("\n", "\n  ");

  private ConfigRole() {}

  /**
   * Exit code 0: printed, or no fault; 2: wrong usage or faults.
   *
   * @param arguments {@code config}, then {@code view} or {@code validate FILE}, then settings
   */
  public static int run(String[] arguments) {
    List<String> words = new ArrayList<>(Arrays.asList(arguments).subList(1, arguments.length));
    if (words.contains("--help") || words.contains("-h")) {
      Console.answer(USAGE);
      return 0;
    }
    Output.Format format;
    try {
      format = Output.taken(words);
    } catch (CliException e) {
      Console.complain("config: " + e.getMessage());
      return 2;
    }
    String what = words.isEmpty() ? "" : words.removeFirst();
    if (what.equals("validate") && !words.isEmpty()) {
      Path file = Path.of(words.removeFirst());
      if (!Files.isReadable(file)) {
        Console.complain(file + " cannot be read");
        return 2;
      }
      words.add("--spring.config.additional-location=" + file.toUri());
    } else if (!what.equals("view")) {
      Console.complain(USAGE);
      return 2;
    }
    ConfigurableEnvironment environment = new StandardReactiveWebEnvironment();
    environment
        .getPropertySources()
        .addFirst(new SimpleCommandLinePropertySource(words.toArray(String[]::new)));
    try {
      ConfigDataEnvironmentPostProcessor.applyTo(environment);
    } catch (RuntimeException e) {
      Console.complain("the configuration cannot be read: " + e.getMessage());
      return 2;
    }
    List<String> faults = ConfigurationCheck.faults(environment);
    if (!faults.isEmpty()) {
      Console.complain("the configuration has faults:\n  " + String.join("\n  ", faults));
      return 2;
    }
    if (what.equals("view")) {
      show(values(environment), format);
    } else {
      Console.answer("no faults");
    }
    return 0;
  }

  private static void show(Map<String, String> values, Output.@Nullable Format format) {
    switch (format) {
      case null -> values.forEach((key, value) -> Console.answer(key + "=" + value));
      case TABLE, WIDE -> {
        Table table = new Table("KEY", "VALUE");
        values.forEach(table::add);
        Console.answer(table, format == Output.Format.WIDE);
      }
      case JSON, YAML -> Console.answer(Output.text(format, values));
    }
  }

  /** Values by their whole keys, as files of settings may have them. */
  private static Map<String, String> values(ConfigurableEnvironment environment) {
    Binder binder = Binder.get(environment);
    Map<String, String> values = new TreeMap<>();
    collect("retina", binder.bindOrCreate("retina", RetinaProperties.class), values);
    collect("retina.sse", binder.bindOrCreate("retina.sse", SseProperties.class), values);
    collect("retina.hubble", binder.bindOrCreate("retina.hubble", HubbleProperties.class), values);
    return values;
  }

  private static void collect(String prefix, Object group, Map<String, String> values) {
    for (RecordComponent component : group.getClass().getRecordComponents()) {
      String key = prefix + "." + ConfigurationCheck.kebab(component.getName());
      Object value = read(component, group);
      if (value != null && value.getClass().isRecord()) {
        collect(key, value, values);
      } else {
        values.put(key, text(value));
      }
    }
  }

  private static @Nullable Object read(RecordComponent component, Object group) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(group);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(component.toString(), e);
    }
  }

  private static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      case Collection<?> all -> all.stream().map(ConfigRole::text).collect(Collectors.joining(","));
      default -> value.toString();
    };
  }
}
