package sh.retina.flow;

/**
 * A pattern over node names: {@code node}, {@code cluster/}, {@code cluster/node}; {@code *} is any
 * run of name characters, and a missing part is any name.
 */
record NodeNamePattern(String cluster, String node) {
  static NodeNamePattern parse(String text) {
    int slash = text.indexOf('/');
    boolean wellFormed =
        !text.isEmpty()
            && slash == text.lastIndexOf('/')
            && text.chars().allMatch(c -> c == '/' || c == '*' || isNameCharacter(c));
    if (!wellFormed) {
      throw new IllegalArgumentException(
          "not a node name pattern (node, cluster/ or cluster/node, with *): '" + text + "'");
    }
    return new NodeNamePattern(
        orAny(slash < 0 ? "" : text.substring(0, slash)), orAny(text.substring(slash + 1)));
  }

  private static String orAny(String part) {
    return part.isEmpty() ? "*" : part;
  }

  private static boolean isNameCharacter(int c) {
    return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.';
  }

  boolean matches(String clusterName, String nodeName) {
    return Glob.matches(cluster, clusterName) && Glob.matches(node, nodeName);
  }
}
