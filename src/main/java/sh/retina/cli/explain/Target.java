package sh.retina.cli.explain;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sh.retina.event.IpPrefix;

/**
 * One end as a person writes it: {@code [pod/|svc/][NAMESPACE/]NAME[:PORT]}, an address, or a DNS
 * name.
 *
 * @param kind {@code pod}, {@code svc} or empty: whichever is there
 * @param namespace empty for addresses and DNS names
 * @param name address, DNS name, or of the object
 * @param port number or a Service's name for it; empty: none
 */
public record Target(String kind, String namespace, String name, String port) {
  private static final Pattern SHAPE =
      Pattern.compile(
          "(?:(pod|svc|service)/)?(?:([a-z0-9][a-z0-9-]*)/)?"
              + "(\\[[0-9a-fA-F:.]+]|[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*|[A-Za-z0-9][A-Za-z0-9._-]*)"
              + "(?::([0-9]{1,5}|[a-z][a-z0-9-]*))?");
  private static final int MAX_PORT = 65_535;

  /** Parses; throws IllegalArgumentException that says what is wanted. */
  public static Target parse(String text, String defaultNamespace) {
    Matcher shape = SHAPE.matcher(text);
    if (!shape.matches()) {
      throw new IllegalArgumentException(
          text + ": must be [pod/|svc/][NAMESPACE/]NAME[:PORT], an address, or a DNS name");
    }
    String port = shape.group(4) == null ? "" : shape.group(4);
    if (port.matches("[0-9]+")
        && (Integer.parseInt(port) > MAX_PORT || Integer.parseInt(port) == 0)) {
      throw new IllegalArgumentException(text + ": a port is from 1 to 65535");
    }
    String kind = shape.group(1) == null ? "" : shape.group(1).replace("service", "svc");
    String name = shape.group(3).replaceAll("^\\[|]$", "");
    String namespace = shape.group(2) == null ? defaultNamespace : shape.group(2);
    boolean isObject = shape.group(2) != null || !kind.isEmpty();
    Target target = new Target(kind, namespace, name, port);
    return !isObject && (target.isAddress() || name.contains("."))
        ? new Target("", "", name, port)
        : target;
  }

  boolean isAddress() {
    try {
      return IpPrefix.parse(name).address() != null && !name.contains("/");
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A name that a name server knows, rather than an object's. */
  boolean isDnsName() {
    return namespace.isEmpty() && !isAddress();
  }

  /** The Service that the name would be in a cluster, where it has its shape; else this. */
  Target asService() {
    Matcher service =
        Pattern.compile("([a-z0-9-]+)\\.([a-z0-9-]+)(\\.svc(\\.[a-z0-9.-]+)?)?\\.?").matcher(name);
    return service.matches() ? new Target("svc", service.group(2), service.group(1), port) : this;
  }

  int portNumber() {
    return port.matches("[0-9]+") ? Integer.parseInt(port) : 0;
  }

  Set<String> address() {
    return isAddress() ? Set.of(name) : Set.of();
  }

  /** As it is printed. */
  String text() {
    String whole = namespace.isEmpty() ? name : namespace + "/" + name;
    return port.isEmpty() ? whole : (name.contains(":") ? "[" + whole + "]" : whole) + ":" + port;
  }
}
