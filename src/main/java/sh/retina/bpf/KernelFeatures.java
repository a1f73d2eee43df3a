package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * What the running kernel and our privileges allow, found out by trying. Each answer comes with its
 * reason, for a plugin to say why it is degraded or unsupported. Stateless and thread-safe.
 */
public final class KernelFeatures {
  private static final int SCHED_CLS = 3; // BPF_PROG_TYPE_SCHED_CLS
  private static final int TRACING = 26; // BPF_PROG_TYPE_TRACING
  private static final long MOV_R0_0 = 0xB7L;
  private static final long EXIT = 0x95L;
  private static final int NO_INTERFACE = Integer.MAX_VALUE;

  /** The answer to one question. */
  public record Feature(String name, boolean isAvailable, String reason) {}

  /** Types of programs that can be asked for; the numbers are those of linux/bpf.h. */
  public enum ProgramType {
    SOCKET_FILTER(1),
    KPROBE(2),
    SCHED_CLS(3),
    TRACEPOINT(5),
    XDP(6),
    CGROUP_SKB(8),
    RAW_TRACEPOINT(17),
    SYSCALL(31);

    final int number;

    ProgramType(int number) {
      this.number = number;
    }
  }

  /** Types of maps that can be asked for; the numbers are those of linux/bpf.h. */
  public enum MapType {
    HASH(1),
    ARRAY(2),
    PERCPU_HASH(5),
    PERCPU_ARRAY(6),
    LRU_HASH(9),
    LRU_PERCPU_HASH(10),
    LPM_TRIE(11),
    RINGBUF(27);

    final int number;

    MapType(int number) {
      this.number = number;
    }
  }

  /** Capabilities that BPF work needs (capabilities(7)); the numbers are those of the kernel. */
  public enum Capability {
    NET_ADMIN(12),
    NET_RAW(13),
    SYS_ADMIN(21),
    PERFMON(38),
    BPF(39);

    final int bit;

    Capability(int bit) {
      this.bit = bit;
    }
  }

  private KernelFeatures() {}

  public static Feature programType(ProgramType type) {
    Downcalls.requireLibbpf();
    return answer("program type " + word(type), Libbpf.libbpf_probe_bpf_prog_type(type.number));
  }

  public static Feature mapType(MapType type) {
    Downcalls.requireLibbpf();
    return answer("map type " + word(type), Libbpf.libbpf_probe_bpf_map_type(type.number));
  }

  /**
   * Whether a type of program may call a helper.
   *
   * @param helper its number, BPF_FUNC_* of linux/bpf.h
   */
  public static Feature helper(ProgramType type, int helper) {
    Downcalls.requireLibbpf();
    return answer(
        "helper " + helper + " in " + word(type),
        Libbpf.libbpf_probe_bpf_helper(type.number, helper));
  }

  /** Whether programs can be attached to interfaces by tcx links (Linux 6.6). */
  public static Feature tcx() {
    Downcalls.requireLibbpf();
    String name = "tcx links";
    try (LibbpfLog _ = LibbpfLog.capture()) {
      int program =
          BpfSyscall.bpf_prog_load(SCHED_CLS, "probe_tcx", MemorySegment.NULL, MOV_R0_0, EXIT);
      if (program < 0) {
        return new Feature(name, false, "a tc program cannot be loaded: " + Errno.name(-program));
      }
      try {
        // No interface has this index: a kernel that knows tcx says so, another says EINVAL.
        int link = TcxLink.create(program, NO_INTERFACE, TcAttachment.Direction.INGRESS);
        return link == -Errno.ENODEV
            ? new Feature(name, true, "the kernel knows them")
            : new Feature(name, false, "the kernel answers " + Errno.name(-link));
      } finally {
        Libc.close(program);
      }
    }
  }

  /**
   * Whether a {@code tp_btf} program can be loaded for a tracepoint. libbpf's own probe of tracing
   * programs tries a function's entry instead, which kernels may refuse that allow this.
   *
   * @param tracepoint its name without the group, such as {@code kfree_skb}
   */
  public static Feature tracepointByBtf(String tracepoint) {
    Downcalls.requireLibbpf();
    String name = "tp_btf/" + tracepoint;
    Feature btf = btf();
    if (!btf.isAvailable()) {
      return new Feature(name, false, btf.reason());
    }
    int type =
        KernelBtf.ofRunningKernel()
            .vmlinux()
            .map(b -> b.find("btf_trace_" + tracepoint, BtfKind.TYPEDEF, BtfKind.TYPEDEF))
            .orElse(0);
    if (type == 0) {
      return new Feature(name, false, "the kernel has no such tracepoint");
    }
    try (Arena arena = Arena.ofConfined();
        LibbpfLog _ = LibbpfLog.capture()) {
      CStruct layout = BpfSyscall.PROG_LOAD_OPTS;
      MemorySegment opts = arena.allocate(layout.sizeBytes(), 8);
      opts.set(JAVA_LONG, 0, opts.byteSize());
      opts.set(JAVA_INT, layout.offset("expected_attach_type"), BpfSyscall.BPF_TRACE_RAW_TP);
      opts.set(JAVA_INT, layout.offset("attach_btf_id"), type);
      int program = BpfSyscall.bpf_prog_load(TRACING, "probe_tp_btf", opts, MOV_R0_0, EXIT);
      if (program < 0) {
        return new Feature(name, false, "the kernel answers " + Errno.name(-program));
      }
      Libc.close(program);
      return new Feature(name, true, "the kernel accepts it");
    }
  }

  /** Whether the kernel or one of its modules has an enum of this tag, as its types tell. */
  public static Feature enumeration(String tag) {
    boolean present = KernelBtf.ofRunningKernel().findEnum(tag).isPresent();
    return new Feature(
        "enum " + tag, present, present ? "the kernel has it" : "the kernel has no such enum");
  }

  /** Whether the kernel describes its types, which relocation and tp_btf need. */
  public static Feature btf() {
    boolean present = KernelBtf.ofRunningKernel().isPresent();
    return new Feature(
        "kernel BTF",
        present,
        present
            ? "/sys/kernel/btf/vmlinux is readable"
            : "/sys/kernel/btf/vmlinux cannot be read: the kernel needs CONFIG_DEBUG_INFO_BTF");
  }

  /** Whether this process has the effective capability. */
  public static Feature capability(Capability capability) {
    boolean has = capabilities().contains(capability);
    return new Feature(
        "CAP_" + capability.name(), has, has ? "the process has it" : "the process lacks it");
  }

  /** The effective capabilities of this process, of those that matter here. */
  public static Set<Capability> capabilities() {
    try {
      return capabilities(Files.readString(Path.of("/proc/self/status")));
    } catch (IOException e) {
      return Set.of();
    }
  }

  static Set<Capability> capabilities(String status) {
    Set<Capability> found = EnumSet.noneOf(Capability.class);
    long mask =
        status
            .lines()
            .filter(line -> line.startsWith("CapEff:"))
            .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
            .findFirst()
            .orElse(0L);
    for (Capability capability : Capability.values()) {
      if ((mask >>> capability.bit & 1) != 0) {
        found.add(capability);
      }
    }
    return found;
  }

  private static Feature answer(String name, int result) {
    if (result > 0) {
      return new Feature(name, true, "the kernel accepts it");
    }
    return new Feature(
        name,
        false,
        result == 0
            ? "the kernel does not know it or refuses it to this process"
            : "it cannot be found out: " + Errno.name(-result));
  }

  private static String word(Enum<?> type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
