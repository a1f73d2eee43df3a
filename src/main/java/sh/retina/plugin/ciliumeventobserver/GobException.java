package sh.retina.plugin.ciliumeventobserver;

import java.io.IOException;

/** Bytes that are no gob, or one beyond our bounds. */
final class GobException extends IOException {
  private static final long serialVersionUID = 1;

  GobException(String message) {
    super(message);
  }
}
