package sh.retina.agent.configmap;

import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.config.ConfigDataLocation;
import org.springframework.boot.context.config.ConfigDataLocationResolver;
import org.springframework.boot.context.config.ConfigDataLocationResolverContext;

/** Knows {@code spring.config.import=retina-config:FILE}. */
final class ConfigMapResolver implements ConfigDataLocationResolver<ConfigMapResource> {
  private static final String PREFIX = "retina-config:";

  @Override
  public boolean isResolvable(
      ConfigDataLocationResolverContext context, ConfigDataLocation location) {
    return location.hasPrefix(PREFIX);
  }

  @Override
  public List<ConfigMapResource> resolve(
      ConfigDataLocationResolverContext context, ConfigDataLocation location) {
    String file = location.getNonPrefixedValue(PREFIX);
    return file.isEmpty()
        ? List.of()
        : List.of(new ConfigMapResource(Path.of(file), location.isOptional()));
  }
}
