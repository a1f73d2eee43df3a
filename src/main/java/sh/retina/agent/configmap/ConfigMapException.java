package sh.retina.agent.configmap;

/** Retina's {@code config.yaml} is there and cannot be read; the message names it and says why. */
public final class ConfigMapException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ConfigMapException(String message, Throwable cause) {
    super(message, cause);
  }

  ConfigMapException(String message) {
    super(message);
  }
}
