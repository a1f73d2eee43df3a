package sh.retina.agent;

import jakarta.validation.ConstraintViolation;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import sh.retina.event.SafeText;
import sh.retina.export.flowlog.FlowLogProperties;
import sh.retina.export.hubble.HubbleProperties;
import sh.retina.export.sse.SseProperties;
import sh.retina.plugin.PluginFactories;

/**
 * Finds every fault of the configuration at once: keys that do not exist, values that do not parse,
 * values out of range. Binding alone stops at the first.
 */
final class ConfigurationCheck {
  private static final String ROOT = "retina";
  private static final String SSE = "retina.sse";
  private static final String HUBBLE = "retina.hubble";
  private static final String EXPORT = "retina.hubble.export";

  private final Environment environment;
  private final Binder binder;
  private final TreeSet<String> known = new TreeSet<>();
  private final Set<String> unbindable = new HashSet<>();
  private final List<String> faults = new ArrayList<>();

  private ConfigurationCheck(Environment environment) {
    this.environment = environment;
    this.binder = Binder.get(environment);
  }

  /** The faults, one line each with key, value and what is wanted; empty when all is well. */
  static List<String> faults(Environment environment) {
    ConfigurationCheck check = new ConfigurationCheck(environment);
    check.bindEach(ROOT, RetinaProperties.class);
    check.bindEach(SSE, SseProperties.class);
    check.bindEach(HUBBLE, HubbleProperties.class);
    check.bindEach(EXPORT, FlowLogProperties.class);
    PluginFactories.all().forEach(of -> check.bindEach(Plugins.prefix(of), of.settingsType()));
    check.findUnknown();
    check.validate(ROOT, RetinaProperties.class);
    check.validate(SSE, SseProperties.class);
    check.validate(HUBBLE, HubbleProperties.class);
    check.validate(EXPORT, FlowLogProperties.class);
    PluginFactories.all().forEach(of -> check.validate(Plugins.prefix(of), of.settingsType()));
    check.findUnknownPlugins();
    return check.faults.stream().sorted().distinct().toList();
  }

  /** Binds leaf by leaf, so that one bad value does not hide the next. */
  private void bindEach(String prefix, Class<?> type) {
    unbindable.add(plain(prefix)); // a group takes no value
    for (RecordComponent component : type.getRecordComponents()) {
      String key = prefix + "." + kebab(component.getName());
      if (component.getType().isRecord()) {
        bindEach(key, component.getType());
        continue;
      }
      known.add(key);
      Class<?> element =
          ResolvableType.forType(component.getGenericType()).getGeneric(0).resolve(Object.class);
      if (element.isRecord()) {
        for (RecordComponent part : element.getRecordComponents()) {
          known.add(key + "." + kebab(part.getName()));
        }
      }
      try {
        binder.bind(key, Bindable.of(ResolvableType.forType(component.getGenericType())));
      } catch (BindException e) {
        unbindable.add(plain(key));
        faults.add(key + ": '" + given(key) + "' is no " + expected(component));
      }
    }
  }

  private static String expected(RecordComponent component) {
    Class<?> type = component.getType();
    Class<?> element =
        List.class.isAssignableFrom(type)
            ? ResolvableType.forType(component.getGenericType()).getGeneric(0).resolve(Object.class)
            : type;
    if (element.isEnum()) {
      List<String> names = new ArrayList<>();
      for (Object constant : element.getEnumConstants()) {
        names.add(constant.toString().toLowerCase(Locale.ROOT));
      }
      return "valid value; use " + String.join(", ", names);
    }
    return switch (element.getSimpleName()) {
      case "Duration" -> "duration, such as 30s or 5m";
      case "DataSize" -> "size, such as 512MB";
      case "boolean" -> "boolean: true or false";
      default -> element.getSimpleName().toLowerCase(Locale.ROOT);
    };
  }

  private void findUnknown() {
    ConfigurationPropertyName root = ConfigurationPropertyName.of(ROOT);
    for (var source : ConfigurationPropertySources.get(environment)) {
      // Environment variables are matched loosely and also hold names of Kubernetes service links
      // (RETINA_SERVICE_HOST).
      if (source instanceof IterableConfigurationPropertySource iterable
          && !String.valueOf(source.getUnderlyingSource()).contains("systemEnvironment")) {
        iterable.stream().filter(root::isAncestorOf).forEach(this::checkKnown);
      }
    }
  }

  private void findUnknownPlugins() {
    String key = ROOT + ".plugins";
    List<String> known = PluginFactories.names();
    if (!unbindable.contains(key)) {
      for (String name : binder.bind(key, Bindable.listOf(String.class)).orElse(List.of())) {
        if (!known.contains(name)) {
          faults.add(key + ": '" + name + "' is no plugin; there are " + String.join(", ", known));
        }
      }
    }
  }

  private void checkKnown(ConfigurationPropertyName name) {
    String key = withoutIndex(name.toString());
    if (!known.contains(key)) {
      Optional<String> near = known.stream().filter(k -> plain(k).equals(plain(key))).findFirst();
      if (near.isEmpty()) {
        faults.add(key + ": no such key; there are " + String.join(", ", siblings(key)));
      }
    }
  }

  private List<String> siblings(String key) {
    String parent = key.substring(0, key.lastIndexOf('.') + 1);
    List<String> near = known.stream().filter(k -> k.startsWith(parent)).toList();
    return near.isEmpty() ? List.copyOf(known) : near;
  }

  /**
   * Values that could not be bound take their defaults here, so that they do not hide what else is
   * wrong.
   */
  private <T> void validate(String prefix, Class<T> type) {
    List<ConfigurationPropertySource> bindable = new ArrayList<>();
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      bindable.add(
          source.filter(name -> !unbindable.contains(plain(withoutIndex(name.toString())))));
    }
    try (ValidatorFactory factory = Validation.buildDefaultValidatorFactory()) {
      T properties =
          new Binder(bindable, new PropertySourcesPlaceholdersResolver(environment))
              .bindOrCreate(prefix, type);
      for (ConstraintViolation<T> violation : factory.getValidator().validate(properties)) {
        String path = kebab(violation.getPropertyPath().toString()).replace("-in-range", "");
        String key = prefix + "." + withoutIndex(path);
        faults.add(key + ": '" + given(key) + "' " + violation.getMessage());
      }
    } catch (BindException e) {
      Throwable cause = NestedExceptionUtils.getMostSpecificCause(e);
      faults.add(
          e.getName()
              + ": cannot be read: "
              + SafeText.TEXT.of(String.valueOf(cause.getMessage())));
    }
  }

  /** The value, for a message. */
  private String given(String key) {
    try {
      return SafeText.TEXT.of(environment.getProperty(key, ""));
    } catch (IllegalArgumentException e) {
      return "a placeholder that nothing resolves";
    }
  }

  /** As the binder compares keys: dashes do not count. */
  private static String plain(String key) {
    return key.replace("-", "");
  }

  private static String withoutIndex(String key) {
    return key.replaceAll("\\[[^]]*](\\.<list element>)?", "");
  }

  static String kebab(String name) {
    return name.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }
}
