package sh.retina.flow;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import sh.retina.flow.proto.FlowFilter;

/**
 * Collects the filters of a query, either what flows must match or what they must not. A parameter
 * about both sides makes two filters of the list, one that asks the source and one that asks the
 * destination; any other goes into both.
 */
final class FlowQuerySide {
  /** Parameters read here and not by {@link FlowQueryParameters}. */
  static final List<String> NAMES =
      List.of(
          "pod",
          "from-pod",
          "to-pod",
          "service",
          "from-service",
          "to-service",
          "namespace",
          "from-namespace",
          "to-namespace",
          "all-namespaces");

  /** Each name in each namespace is a pattern of its own, tried on every event. */
  private static final int MOST_COMBINATIONS = 1_000;

  private final String prefix;
  private final FlowNode node;
  private final List<FlowFault> faults;
  private final FlowFilter.Builder source = FlowFilter.newBuilder();
  private final FlowFilter.Builder destination = FlowFilter.newBuilder();
  private final Set<String> given = new LinkedHashSet<>();
  private final List<FlowFilter> verbatim = new ArrayList<>();
  private final Names either = new Names("");
  private final Names from = new Names("from-");
  private final Names to = new Names("to-");

  FlowQuerySide(String prefix, FlowNode node, List<FlowFault> faults) {
    this.prefix = prefix;
    this.node = node;
    this.faults = faults;
  }

  /** Pods and services wait until all namespaces are known. */
  private record Names(
      String side, List<String> namespaces, List<String> pods, List<String> services) {
    Names(String side) {
      this(side, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  /** Whether a filter has this name; a bad value is a fault. */
  boolean read(String name, String value) {
    FlowQueryParameters.Setter one = FlowQueryParameters.ONE_SIDED.get(name);
    if (one != null) {
      set(name, value, filter -> one.accept(filter, value), true, true);
      return true;
    }
    boolean isFrom = name.startsWith("from-");
    boolean isTo = name.startsWith("to-");
    String plain = isFrom ? name.substring(5) : isTo ? name.substring(3) : name;
    FlowQueryParameters.TwoSided two = FlowQueryParameters.TWO_SIDED.get(plain);
    if (two != null) {
      if (!isTo) {
        set(name, value, filter -> two.source().accept(filter, value), true, isFrom);
      }
      if (!isFrom) {
        set(name, value, filter -> two.destination().accept(filter, value), isTo, true);
      }
      return true;
    }
    Names names = isFrom ? from : isTo ? to : either;
    switch (plain) {
      case "pod" -> keep(name, value, names.pods());
      case "service" -> keep(name, value, names.services());
      case "namespace" -> keep(name, value, names.namespaces());
      case "all-namespaces" -> allNamespaces(name, value);
      default -> {
        return false;
      }
    }
    return !(isFrom || isTo) || !plain.equals("all-namespaces");
  }

  private void keep(String name, String value, List<String> names) {
    given.add(name);
    if (value.isEmpty() || name.endsWith("namespace") && value.indexOf('/') >= 0) {
      fault(name, "not a name: '" + value + "'");
    } else {
      names.add(value);
    }
  }

  private void allNamespaces(String name, String value) {
    try {
      if (FlowQueryParameters.flag(value)) {
        keep(name, "/", either.pods());
      }
    } catch (IllegalArgumentException e) {
      fault(name, String.valueOf(e.getMessage()));
    }
  }

  /** A whole filter in JSON. */
  void readJson(String name, String json) {
    try {
      FlowFilter.Builder filter = FlowFilter.newBuilder();
      JsonFormat.parser().merge(json, filter);
      FlowFilters.compile(List.of(filter.build()), List.of(), node);
      verbatim.add(filter.build());
    } catch (FlowFilterException e) {
      faults.add(new FlowFault(name, String.valueOf(e.getMessage())));
    } catch (InvalidProtocolBufferException e) {
      faults.add(new FlowFault(name, "not a FlowFilter in JSON: " + e.getMessage()));
    }
  }

  private void set(
      String name,
      String value,
      Consumer<FlowFilter.Builder> setter,
      boolean intoSource,
      boolean intoDestination) {
    given.add(name);
    if (value.isEmpty() && FlowQueryParameters.TWO_SIDED.containsKey(unsided(name))) {
      fault(name, "empty");
      return;
    }
    try {
      FlowFilter.Builder alone = FlowFilter.newBuilder();
      setter.accept(alone);
      if (!check(name, alone)) {
        return;
      }
      if (intoSource) {
        setter.accept(source);
      }
      if (intoDestination) {
        setter.accept(destination);
      }
    } catch (IllegalArgumentException e) {
      fault(name, String.valueOf(e.getMessage()));
    }
  }

  /** Compiles a single value, so that a fault can name its parameter. */
  private boolean check(String name, FlowFilter.Builder filter) {
    try {
      FlowFilters.compile(List.of(filter.build()), List.of(), node);
      return true;
    } catch (FlowFilterException e) {
      e.faults().forEach(fault -> fault(name, fault.message()));
      return false;
    }
  }

  private void fault(String name, String message) {
    FlowFault fault = new FlowFault(prefix + name, message);
    if (!faults.contains(fault)) { // a value for both sides is wrong on both
      faults.add(fault);
    }
  }

  List<FlowFilter> filters() {
    refuseMixedSides();
    if (given.contains("fqdn") && given.contains("pod")) {
      fault("fqdn", "cannot be combined with pod"); // as with Hubble's command
    }
    // Only a filter on one side of its own makes the two filters differ; see the class comment.
    add(either, true, true);
    add(from, true, false);
    add(to, false, true);
    List<FlowFilter> filters = new ArrayList<>();
    if (!given.isEmpty()) {
      filters.add(source.build());
      if (!destination.build().equals(source.build())) {
        filters.add(destination.build());
      }
    }
    filters.addAll(verbatim);
    return filters;
  }

  private void refuseMixedSides() {
    for (String name : given) {
      String plain = unsided(name);
      if (plain.equals(name)) {
        for (String other : given) {
          if (!unsided(other).equals(other) && subject(unsided(other)).equals(subject(plain))) {
            fault(name, "cannot be combined with " + other);
          }
        }
      }
    }
  }

  private static String subject(String plain) {
    return plain.equals("namespace") || plain.equals("all-namespaces") ? "pod" : plain;
  }

  private static String unsided(String name) {
    return name.startsWith("from-")
        ? name.substring(5)
        : name.startsWith("to-") ? name.substring(3) : name;
  }

  private void add(Names names, boolean intoSource, boolean intoDestination) {
    boolean onBothSides = intoSource && intoDestination;
    List<String> pods = qualify(names, "pod", names.pods());
    if (names.pods().isEmpty() && names.services().isEmpty()) {
      names.namespaces().forEach(namespace -> pods.add(namespace + "/"));
    }
    for (String pod : pods) {
      String name = names.side() + "pod";
      if (intoSource) {
        set(name, pod, filter -> filter.addSourcePod(pod), true, !onBothSides);
      }
      if (intoDestination) {
        set(name, pod, filter -> filter.addDestinationPod(pod), !onBothSides, true);
      }
    }
    for (String service : qualify(names, "service", names.services())) {
      String name = names.side() + "service";
      if (intoSource) {
        set(name, service, filter -> filter.addSourceService(service), true, !onBothSides);
      }
      if (intoDestination) {
        set(name, service, filter -> filter.addDestinationService(service), !onBothSides, true);
      }
    }
  }

  /** Each name in each of the namespaces that were given, unless it names its own. */
  private List<String> qualify(Names names, String kind, List<String> patterns) {
    List<String> qualified = new ArrayList<>();
    if (patterns.size() * names.namespaces().size() > MOST_COMBINATIONS) {
      fault(
          names.side() + kind,
          "more than " + MOST_COMBINATIONS + " combinations with the namespaces");
      return qualified;
    }
    for (String pattern : patterns) {
      int slash = pattern.indexOf('/');
      if (slash < 0 && !names.namespaces().isEmpty()) {
        names.namespaces().forEach(namespace -> qualified.add(namespace + "/" + pattern));
      } else if (slash > 0
          && !names.namespaces().isEmpty()
          && !names.namespaces().contains(pattern.substring(0, slash))) {
        fault(
            names.side() + kind,
            "'" + pattern + "' is not in namespace " + String.join(" or ", names.namespaces()));
      } else {
        qualified.add(pattern);
      }
    }
    return qualified;
  }
}
