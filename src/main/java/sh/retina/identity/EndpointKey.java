package sh.retina.identity;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import sh.retina.event.Endpoint;

/** Reads {@link Endpoint#key}. */
final class EndpointKey {
  private EndpointKey() {}

  /** An endpoint without a state that is the same object; empty if the text is no key. */
  static Optional<Endpoint> parse(String key) {
    int kindEnd = key.indexOf('/');
    int pathEnd = key.lastIndexOf('@');
    try {
      UUID uid = new UUID(0, 0);
      if (pathEnd > kindEnd) {
        uid = UUID.fromString(key.substring(pathEnd + 1));
      } else {
        pathEnd = key.length();
      }
      Endpoint.Kind kind =
          Endpoint.Kind.valueOf(key.substring(0, kindEnd).toUpperCase(Locale.ROOT));
      String path = key.substring(kindEnd + 1, pathEnd);
      int namespaceEnd = path.indexOf('/');
      return Optional.of(
          new Endpoint(
              uid.getMostSignificantBits(),
              uid.getLeastSignificantBits(),
              kind,
              namespaceEnd < 0 ? "" : path.substring(0, namespaceEnd),
              path.substring(namespaceEnd + 1),
              "",
              "",
              "",
              "",
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              List.of()));
    } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
