package sh.retina.plugin;

import java.util.ArrayList;
import java.util.List;
import org.springframework.util.unit.DataSize;
import sh.retina.plugin.AttachPoint.Kernel;
import sh.retina.plugin.dropreason.DropreasonPlugin;
import sh.retina.plugin.dropreason.DropreasonProperties;

/** The hooks of dropreason, by the way to them. */
final class KernelHooks {
  private KernelHooks() {}

  /** All ways, those included that are not taken by default. */
  static List<AttachPoint> ofDropreason() {
    return new DropreasonPlugin(
            new DropreasonProperties(
                List.of(), DropreasonProperties.Kprobes.ALL, DataSize.ofMegabytes(1)),
            new CommonSettings(false, java.time.Duration.ofSeconds(1), 1))
        .spec()
        .attachPoints();
  }

  static List<AttachPoint> firstWays() {
    return ways(ofDropreason(), 0);
  }

  /** The second way to each: raw_tp, kprobe, kretprobe. */
  static List<AttachPoint> kprobes() {
    return ways(ofDropreason(), 1);
  }

  /** The function stands in for the tracepoint; NAT and conntrack beside it. */
  static List<AttachPoint> withoutTracepoint(String... programs) {
    List<AttachPoint> hooks = new ArrayList<>();
    hooks.add(new Kernel("kfree_skb", List.of(List.of(programs))));
    int way = programs.length - 1; // one program: fexit, two: kprobes
    for (AttachPoint point : ways(ofDropreason(), way)) {
      if (point instanceof Kernel hook && hook.name().matches("nf_nat.*|__nf_conntrack.*")) {
        hooks.add(hook);
      }
    }
    return hooks;
  }

  /** The n-th way to each hook that has so many. */
  static List<AttachPoint> ways(List<AttachPoint> points, int index) {
    List<AttachPoint> chosen = new ArrayList<>();
    for (AttachPoint point : points) {
      if (point instanceof Kernel(var name, var ways) && ways.size() > index) {
        chosen.add(new Kernel(name, List.of(ways.get(index))));
      }
    }
    return chosen;
  }
}
