package sh.retina.flow;

/**
 * A pattern over namespaced names: {@code ns/prefix}, {@code ns/} for all of a namespace, {@code
 * /prefix} for all namespaces, {@code prefix} for namespace default, {@code /} for whatever has a
 * namespace or a name.
 */
record PodPattern(String namespace, String prefix) {
  private static final String DEFAULT_NAMESPACE = "default";

  static PodPattern parse(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("empty; write namespace/name-prefix, namespace/ or /");
    }
    int slash = text.indexOf('/');
    if (slash < 0) {
      return new PodPattern(DEFAULT_NAMESPACE, text);
    }
    if (text.indexOf('/', slash + 1) >= 0) {
      throw new IllegalArgumentException("more than one slash: '" + text + "'");
    }
    return new PodPattern(text.substring(0, slash), text.substring(slash + 1));
  }

  boolean matches(String ns, String name) {
    if (ns.isEmpty() && name.isEmpty()) {
      return false;
    }
    return (namespace.isEmpty() || namespace.equals(ns)) && name.startsWith(prefix);
  }
}
