package sh.retina.journal;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** A context that is too large for an excerpt lies in several, one behind the other. */
final class ContextParts {
  private ByteArrayOutputStream parts = new ByteArrayOutputStream(0); // may grow large

  /** The rest of what a writer died over does not come. */
  void forget() {
    parts = new ByteArrayOutputStream(0);
  }

  /** The whole, when this is its last part. */
  byte @Nullable [] add(byte[] part, boolean isLast) {
    if (isLast && parts.size() == 0) {
      return part;
    }
    parts.writeBytes(part);
    if (!isLast) {
      return null;
    }
    byte[] whole = parts.toByteArray();
    forget();
    return whole;
  }
}
