package sh.retina.export.sse;

import java.io.Serial;

/** No further stream is opened while this many are. */
final class TooManyClientsException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  TooManyClientsException(int max) {
    super(max + " clients read flows already; close one, or raise retina.sse.max-clients");
  }
}
