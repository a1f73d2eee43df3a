package sh.retina.plugin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfSpec;
import sh.retina.bpf.BtfException;
import sh.retina.bpf.KernelFeatures;

/**
 * Tries a plugin against the running kernel without attaching anything: each of its programs is
 * loaded by itself and freed again, each file is read once. What cannot be told without attaching
 * is not told. Stateless.
 */
public final class Preflight {
  /** What the kernel says to one program. */
  public record Program(String name, boolean loads, String reason) {}

  /** How a plugin would do. */
  public enum Verdict {
    WORKS,
    /** Without some of its hooks or sources. */
    DEGRADED,
    UNSUPPORTED,
    FAILS;

    /** For people. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The answer about one plugin.
   *
   * @param reasons what it does without, or why it cannot run; empty when all works
   * @param hooks hooks of the kernel by name, and the programs that would serve each; empty where
   *     none can
   */
  public record Answer(
      String plugin,
      Verdict verdict,
      List<String> reasons,
      List<Program> programs,
      Map<String, List<String>> hooks) {}

  private Preflight() {}

  /** Needs the rights that the plugin needs. */
  public static Answer check(Plugin plugin) {
    return switch (plugin) {
      case BpfPlugin bpf -> check(bpf);
      case StatPlugin stats -> check(stats);
      case StreamPlugin stream -> check(stream);
    };
  }

  private static Answer check(StatPlugin plugin) {
    StatRound round = new StatRound();
    try {
      plugin.collect(round);
    } catch (IOException | RuntimeException e) {
      return cannot(plugin, String.valueOf(e.getMessage()), List.of());
    }
    List<String> reasons = round.reasons().isEmpty() ? List.of() : List.of(round.reasons());
    return new Answer(
        plugin.name(),
        reasons.isEmpty() ? Verdict.WORKS : Verdict.DEGRADED,
        reasons,
        List.of(),
        Map.of());
  }

  /** Whether what it reads from is there; nothing is opened. */
  private static Answer check(StreamPlugin plugin) {
    List<String> lacking = lacking(plugin);
    return new Answer(
        plugin.name(),
        lacking.isEmpty() ? Verdict.WORKS : Verdict.UNSUPPORTED,
        lacking,
        List.of(),
        Map.of());
  }

  private static Answer check(BpfPlugin plugin) {
    ObjectSpec spec;
    byte[] elf;
    List<String> names;
    try {
      spec = plugin.spec();
      elf = PluginSet.elf(spec.object());
      try (BpfSpec open = ObjectLoader.configured(spec, elf)) {
        // One that stands in for another, and is not to by the settings, is no matter.
        HookChoice all = new HookChoice(spec.attachPoints());
        names =
            open.programNames().stream().filter(name -> isWanted(open, spec, all, name)).toList();
      }
    } catch (BpfException | BtfException | IllegalArgumentException e) {
      return cannot(plugin, String.valueOf(e.getMessage()), List.of());
    }
    List<Program> programs = names.stream().map(name -> load(spec, elf, names, name)).toList();
    HookChoice choice = new HookChoice(spec.attachPoints());
    programs.stream()
        .filter(program -> !program.loads())
        .forEach(program -> choice.refuse(program.name(), program.reason()));
    Map<String, List<String>> hooks = new LinkedHashMap<>();
    spec.attachPoints().stream()
        .filter(AttachPoint.Kernel.class::isInstance)
        .map(AttachPoint.Kernel.class::cast)
        .forEach(hook -> hooks.put(hook.name(), choice.taken(hook)));
    List<String> reasons = new ArrayList<>();
    choice.missing().forEach((hook, why) -> reasons.add("without " + hook + ": " + why));
    for (Program program : programs) {
      if (!program.loads() && isNeeded(spec, choice, program.name())) {
        return cannot(plugin, program.name() + ": " + program.reason(), programs);
      }
    }
    if (!choice.isEmpty() && choice.taken().isEmpty()) {
      return cannot(plugin, String.join("; ", reasons), programs);
    }
    return new Answer(
        plugin.name(),
        reasons.isEmpty() ? Verdict.WORKS : Verdict.DEGRADED,
        reasons,
        programs,
        hooks);
  }

  private static boolean isWanted(
      BpfSpec open, ObjectSpec spec, HookChoice choice, String program) {
    return open.isAutoloaded(program)
        || choice.programs().contains(program)
        || isPreemptible(spec, program);
  }

  private static boolean isPreemptible(ObjectSpec spec, String program) {
    RingSpec ring = spec.ring();
    return ring != null
        && (program.equals(Reports.PREEMPTIBLE + ring.sweep())
            || program.equals(Reports.PREEMPTIBLE + ring.flush()));
  }

  /** One that has no alternative; a preemptible sweep's is the other sweep. */
  private static boolean isNeeded(ObjectSpec spec, HookChoice choice, String program) {
    return !isPreemptible(spec, program) && !choice.programs().contains(program);
  }

  private static Program load(ObjectSpec spec, byte[] elf, List<String> all, String wanted) {
    try (BpfSpec open = ObjectLoader.configured(spec, elf)) {
      String obstacle = ObjectLoader.obstacle(open, wanted);
      if (!obstacle.isEmpty()) {
        return new Program(wanted, false, obstacle);
      }
      for (String name : all) {
        open.autoload(name, name.equals(wanted));
      }
      try (BpfObject _ = open.load()) {
        return new Program(wanted, true, "");
      }
    } catch (BpfException e) {
      return new Program(wanted, false, String.valueOf(e.getMessage()));
    }
  }

  private static Answer cannot(Plugin plugin, String why, List<Program> programs) {
    List<String> lacking = lacking(plugin);
    List<String> reasons = new ArrayList<>(lacking);
    reasons.add(why);
    return new Answer(
        plugin.name(),
        lacking.isEmpty() ? Verdict.FAILS : Verdict.UNSUPPORTED,
        reasons,
        programs,
        Map.of());
  }

  private static List<String> lacking(Plugin plugin) {
    return plugin.requirements().stream()
        .map(Supplier::get)
        .filter(feature -> !feature.isAvailable())
        .map(Preflight::text)
        .toList();
  }

  private static String text(KernelFeatures.Feature feature) {
    return feature.name() + ": " + feature.reason();
  }
}
