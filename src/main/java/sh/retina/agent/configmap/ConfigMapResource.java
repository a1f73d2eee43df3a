package sh.retina.agent.configmap;

import java.nio.file.Path;
import org.springframework.boot.context.config.ConfigDataResource;

/** A {@code config.yaml} of Retina. */
final class ConfigMapResource extends ConfigDataResource {
  private final Path file;

  ConfigMapResource(Path file, boolean optional) {
    super(optional);
    this.file = file;
  }

  Path file() {
    return file;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ConfigMapResource that && file.equals(that.file);
  }

  @Override
  public int hashCode() {
    return file.hashCode();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
