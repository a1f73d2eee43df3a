package sh.retina.plugin.dropreason;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Btf;
import sh.retina.bpf.KernelBtf;
import sh.retina.bpf.KernelFeatures;
import sh.retina.plugin.AttachPoint;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.RingSpec;

/**
 * Packets that the kernel drops, and why: the tracepoint kfree_skb and functions beside it,
 * docs/plugins/dropreason.md.
 */
public final class DropreasonPlugin implements BpfPlugin {
  public static final String NAME = "dropreason";
  private static final String REASONS = "drop_reasons";

  /** EXCLUDED_REASONS in dropreason.bpf.c. */
  static final int MAX_EXCLUDED = 16;

  private final DropreasonProperties settings;
  private final CommonSettings common;
  private @Nullable DropReasons reasons;

  /**
   * Throws IllegalArgumentException when more reasons are excluded than the program has room for.
   */
  public DropreasonPlugin(DropreasonProperties settings, CommonSettings common) {
    if (settings.excludedReasons().size() > MAX_EXCLUDED) {
      throw new IllegalArgumentException(
          "at most "
              + MAX_EXCLUDED
              + " drop reasons can be excluded: "
              + settings.excludedReasons());
    }
    this.settings = settings;
    this.common = common;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ObjectSpec spec() {
    int[] excluded = excluded();
    return new ObjectSpec(
        NAME,
        new RingSpec("drop_events", "drop_stats", "drop_stat", "drop_sweep", "drop_flush"),
        Map.of(
            "aggregation_low",
            common.eachPacket() ? 1L : 0L,
            "report_interval_ns",
            common.reportInterval().toNanos(),
            "unspecified",
            settings.excludedReasons().contains(DropReasons.UNSPECIFIED) ? 0L : 1L,
            "excluded_count",
            (long) excluded.length),
        Map.of("excluded", Arrays.copyOf(excluded, MAX_EXCLUDED)),
        Map.of("drop_events", (int) settings.ringSize().toBytes()),
        hooks(settings.kprobes()));
  }

  /**
   * The tracepoint of drops, and functions that know more about some of them. Without the
   * tracepoint, what nf_hook_slow returns tells at least what netfilter drops.
   */
  static List<AttachPoint> hooks(DropreasonProperties.Kprobes kprobes) {
    boolean perPacket = kprobes == DropreasonProperties.Kprobes.ALL;
    boolean perConnection = kprobes != DropreasonProperties.Kprobes.NONE;
    return List.of(
        new AttachPoint.Kernel(
            "kfree_skb",
            List.of(
                List.of("on_kfree_skb"),
                List.of("on_kfree_skb_raw"),
                List.of("nf_hook_slow_exit"),
                List.of("nf_hook_slow_passage", "nf_hook_slow_return"))),
        function(
            "nf_hook_slow",
            perPacket,
            List.of("nf_hook_slow_entry"),
            List.of("nf_hook_slow_kprobe")),
        function(
            "nf_nat_inet_fn",
            perPacket,
            List.of("nf_nat_inet_fn_entry", "nf_nat_inet_fn_exit"),
            List.of("nf_nat_inet_fn_kprobe", "nf_nat_inet_fn_return")),
        atReturn("__nf_conntrack_confirm", "nf_conntrack_confirm", perConnection),
        atReturn("tcp_v4_connect", "tcp_v4_connect", perConnection),
        atReturn("tcp_v6_connect", "tcp_v6_connect", perConnection),
        atReturn("inet_csk_accept", "inet_csk_accept", perConnection));
  }

  /** By fexit, else by kprobe and kretprobe, whose programs are named so. */
  private static AttachPoint atReturn(String name, String program, boolean withKprobes) {
    return function(
        name,
        withKprobes,
        List.of(program + "_exit"),
        List.of(program + "_kprobe", program + "_return"));
  }

  private static AttachPoint function(
      String name, boolean withKprobes, List<String> trampolines, List<String> kprobes) {
    return new AttachPoint.Kernel(
        name, withKprobes ? List.of(trampolines, kprobes) : List.of(trampolines));
  }

  @Override
  public List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of(
        KernelFeatures::btf, () -> KernelFeatures.mapType(KernelFeatures.MapType.RINGBUF));
  }

  /** Read once: it goes through the whole type information of the kernel and of its modules. */
  private synchronized DropReasons reasons() {
    DropReasons known = reasons;
    if (known == null) {
      known = DropReasons.ofKernel(KernelBtf.ofRunningKernel());
      reasons = known;
    }
    return known;
  }

  /** The kernel's numbers of the excluded reasons, without the one that has a knob of its own. */
  private int[] excluded() {
    return reasons()
        .numbers(
            settings.excludedReasons().stream()
                .filter(name -> !name.equals(DropReasons.UNSPECIFIED))
                .toList());
  }

  @Override
  public Map<String, byte[]> attributes() {
    return Map.of(REASONS, reasons().toBytes());
  }

  @Override
  public boolean heedsInterest() {
    return true;
  }

  @Override
  public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    return new DropEventDecoder(
        btf, DropReasons.parse(attributes.getOrDefault(REASONS, new byte[0])));
  }
}
