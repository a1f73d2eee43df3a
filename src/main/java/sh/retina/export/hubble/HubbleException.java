package sh.retina.export.hubble;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The Hubble API cannot be served as configured; the message names the key. */
public final class HubbleException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  public HubbleException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
