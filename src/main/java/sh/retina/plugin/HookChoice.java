package sh.retina.plugin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which way is taken to each hook of a plugin, given what the kernel refused so far. Not
 * thread-safe.
 */
final class HookChoice {
  private final List<AttachPoint.Kernel> hooks;
  private final Map<String, String> refusals = new HashMap<>();

  HookChoice(List<AttachPoint> points) {
    this.hooks =
        points.stream()
            .filter(AttachPoint.Kernel.class::isInstance)
            .map(AttachPoint.Kernel.class::cast)
            .toList();
  }

  boolean isEmpty() {
    return hooks.isEmpty();
  }

  /** All programs that serve hooks, taken or not. */
  Set<String> programs() {
    Set<String> all = new LinkedHashSet<>();
    hooks.forEach(hook -> hook.ways().forEach(all::addAll));
    return all;
  }

  /** Excludes the ways that need this program. */
  void refuse(String program, String why) {
    refusals.putIfAbsent(program, why);
  }

  boolean isRefused(String program) {
    return refusals.containsKey(program);
  }

  /** The programs to load and attach: the first way to each hook that is not excluded. */
  List<String> taken() {
    List<String> taken = new ArrayList<>();
    hooks.forEach(hook -> way(hook).ifPresent(taken::addAll));
    return taken;
  }

  /** The programs that serve a hook; none when no way is left. */
  List<String> taken(AttachPoint.Kernel hook) {
    return way(hook).orElse(List.of());
  }

  /** Hooks to which no way is left, and what each way met. */
  Map<String, String> missing() {
    Map<String, String> missing = new LinkedHashMap<>();
    for (AttachPoint.Kernel hook : hooks) {
      if (way(hook).isEmpty()) {
        missing.put(hook.name(), why(hook));
      }
    }
    return missing;
  }

  private Optional<List<String>> way(AttachPoint.Kernel hook) {
    return hook.ways().stream().filter(way -> way.stream().noneMatch(this::isRefused)).findFirst();
  }

  private String why(AttachPoint.Kernel hook) {
    Set<String> reasons = new LinkedHashSet<>();
    for (List<String> way : hook.ways()) {
      way.stream().filter(this::isRefused).map(refusals::get).findFirst().ifPresent(reasons::add);
    }
    return String.join("; else ", reasons);
  }
}
