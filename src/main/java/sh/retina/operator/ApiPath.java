package sh.retina.operator;

/** What a path of the API is about. */
final class ApiPath {
  private ApiPath() {}

  /** {@code /apis/GROUP/VERSION/namespaces/NAME/RESOURCE/…} to RESOURCE, a word without names. */
  static String resource(String path) {
    String[] parts = path.split("/", -1);
    int at = path.startsWith("/api/") ? 3 : path.startsWith("/apis/") ? 4 : parts.length;
    if (at + 2 < parts.length && parts[at].equals("namespaces")) {
      at += 2;
    }
    return at < parts.length ? parts[at] : "other";
  }
}
