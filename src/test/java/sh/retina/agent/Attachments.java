package sh.retina.agent;

import java.util.ArrayList;
import java.util.List;
import sh.retina.bpf.KernelFeatures;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.bpf.TcxChain;

/** What {@code bpftool net} would list at an interface of a {@link TestNetwork}, whoever's. */
final class Attachments {
  private Attachments() {}

  /** At the ingress: tcx links in their order as {@code name#id}, then tc's filters. */
  static List<String> at(TestNetwork network, String device) {
    List<String> all = new ArrayList<>();
    if (KernelFeatures.tcx().isAvailable()) {
      try (NetworkNamespace space = NetworkNamespace.enter(network.nodeNamespace())) {
        all.addAll(space.call(() -> TcxChain.ingress(index(network, device))));
      }
    }
    network
        .inside("node", "tc", "filter", "show", "dev", device, "ingress")
        .lines()
        .filter(line -> line.contains(" id "))
        .forEach(all::add);
    return all;
  }

  static int index(TestNetwork network, String device) {
    return Integer.parseInt(
        network.inside("node", "ip", "-o", "link", "show", device).split(":", 2)[0]);
  }
}
