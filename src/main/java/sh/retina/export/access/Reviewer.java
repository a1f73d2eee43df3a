package sh.retina.export.access;

/**
 * Who says whose a token is and what its owner may: the API server. Thread-safe; may block for
 * seconds. Throws a RuntimeException where nobody could be asked.
 */
@FunctionalInterface
public interface Reviewer {
  /**
   * @param verb of the request in lower case, such as {@code get}
   * @param path as it was asked for
   */
  Review review(String token, String verb, String path);

  /**
   * @param user empty: the token is nobody's
   */
  record Review(String user, boolean isAllowed) {}
}
