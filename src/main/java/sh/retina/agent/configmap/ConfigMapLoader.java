package sh.retina.agent.configmap;

import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.logging.Log;
import org.springframework.boot.context.config.ConfigData;
import org.springframework.boot.context.config.ConfigDataLoader;
import org.springframework.boot.context.config.ConfigDataLoaderContext;
import org.springframework.boot.context.config.ConfigDataResourceNotFoundException;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.core.env.MapPropertySource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads the file, and says what of it has no effect. */
final class ConfigMapLoader implements ConfigDataLoader<ConfigMapResource> {
  private final Log log;

  ConfigMapLoader(DeferredLogFactory logs) {
    log = logs.getLog(ConfigMapLoader.class);
  }

  @Override
  public ConfigData load(ConfigDataLoaderContext context, ConfigMapResource resource) {
    if (!Files.exists(resource.file())) {
      throw new ConfigDataResourceNotFoundException(resource);
    }
    ConfigMapKeys keys = ConfigMapKeys.of(read(resource));
    for (String note : keys.notes()) {
      log.warn(resource + ": " + note);
    }
    return new ConfigData(
        List.of(new MapPropertySource("Retina's " + resource, keys.properties())));
  }

  private static Map<String, Object> read(ConfigMapResource resource) {
    try {
      Object document =
          new Yaml(new SafeConstructor(new LoaderOptions()))
              .load(Files.readString(resource.file()));
      if (document == null) {
        return Map.of();
      }
      if (document instanceof Map<?, ?> map) {
        Map<String, Object> named = new LinkedHashMap<>();
        map.forEach((key, value) -> named.put(String.valueOf(key), value));
        return named;
      }
      throw new ConfigMapException(resource + ": is no map of keys to values");
    } catch (YAMLException e) {
      throw new ConfigMapException(resource + ": is no YAML: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ConfigMapException(resource + ": cannot be read: " + e, e);
    }
  }
}
