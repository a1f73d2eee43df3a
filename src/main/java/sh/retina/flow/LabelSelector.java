package sh.retina.flow;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Kubernetes label selector over labels with a source: {@code k8s:app=web, env in (a, b), !old}.
 * A key without a source, or with {@code any:}, is looked for in every source. All requirements
 * must hold; {@code !=}, {@code notin} and {@code !key} also hold where the key is absent.
 */
final class LabelSelector {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
  private static final Pattern DOMAIN_PART = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final int MAX_PREFIX = 253;
  private static final String ANY_SOURCE = "any";

  enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    DOES_NOT_EXIST,
    GREATER,
    LESS
  }

  /** One part of a selector; {@code source} is empty for any. */
  record Requirement(String source, String key, Operator operator, Set<String> values) {
    boolean holds(List<String> labels) {
      for (String label : labels) {
        int colon = label.indexOf(':');
        int equals = label.indexOf('=', colon + 1);
        int keyEnd = equals < 0 ? label.length() : equals;
        boolean isOurs =
            (source.isEmpty()
                    || label.length() > source.length()
                        && colon == source.length()
                        && label.startsWith(source))
                && keyEnd - colon - 1 == key.length()
                && label.startsWith(key, colon + 1);
        if (isOurs) {
          String value = equals < 0 ? "" : label.substring(equals + 1);
          switch (operator) {
            case EXISTS -> {
              return true;
            }
            case DOES_NOT_EXIST -> {
              return false;
            }
            case IN -> {
              if (values.contains(value)) {
                return true;
              }
            }
            case NOT_IN -> {
              if (values.contains(value)) {
                return false;
              }
            }
            case GREATER, LESS -> {
              if (compares(value)) {
                return true;
              }
            }
          }
        }
      }
      return operator == Operator.NOT_IN || operator == Operator.DOES_NOT_EXIST;
    }

    private boolean compares(String value) {
      try {
        int order = Long.compare(Long.parseLong(value), Long.parseLong(values.iterator().next()));
        return operator == Operator.GREATER ? order > 0 : order < 0;
      } catch (NumberFormatException _) {
        return false; // not a number: neither greater nor less
      }
    }
  }

  private final List<Requirement> requirements;

  private LabelSelector(List<Requirement> requirements) {
    this.requirements = List.copyOf(requirements);
  }

  /** Throws IllegalArgumentException that shows where the text stops to be a selector. */
  static LabelSelector parse(String text) {
    return new LabelSelector(new LabelSelectorParser(text).requirements());
  }

  /** Whether labels of the form {@code source:key=value} satisfy it. */
  boolean matches(List<String> labels) {
    for (Requirement requirement : requirements) {
      if (!requirement.holds(labels)) {
        return false;
      }
    }
    return true;
  }

  /** Checks key and values as Kubernetes does, and splits the source off. */
  static Requirement requirement(String word, Operator operator, Set<String> values) {
    int colon = word.indexOf(':');
    String source = colon < 0 ? "" : word.substring(0, colon);
    String key = word.substring(colon + 1);
    if (word.startsWith("$")) {
      source = "reserved";
      key = word.substring(1);
    }
    if (source.equals("cidr")) {
      throw new IllegalArgumentException(
          "not supported yet: cidr labels ('" + word + "'); filter by IP instead");
    }
    if (colon == 0 || !source.isEmpty() && !NAME.matcher(source).matches() || !isKey(key)) {
      throw new IllegalArgumentException("not a label key: '" + word + "'");
    }
    for (String value : values) {
      if (!value.isEmpty() && !NAME.matcher(value).matches()) {
        throw new IllegalArgumentException("not a label value: '" + value + "'");
      }
      if (operator == Operator.GREATER || operator == Operator.LESS) {
        try {
          Long.parseLong(value);
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException("not a number: '" + value + "'", e);
        }
      }
    }
    return new Requirement(source.equals(ANY_SOURCE) ? "" : source, key, operator, values);
  }

  private static boolean isKey(String key) {
    int slash = key.indexOf('/');
    if (slash < 0) {
      return NAME.matcher(key).matches();
    }
    String prefix = key.substring(0, slash);
    return prefix.length() <= MAX_PREFIX
        && isDomain(prefix)
        && NAME.matcher(key.substring(slash + 1)).matches();
  }

  private static boolean isDomain(String prefix) {
    return Stream.of(prefix.split("\\.", -1)).allMatch(part -> DOMAIN_PART.matcher(part).matches());
  }
}
