package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells of programs whether this kernel can have them at their hooks, before anything is loaded:
 * whether there is such a tracepoint or function, whether the function is what the program expects,
 * and whether the kernel takes that kind of program at all. What it lets through may still be
 * refused. Reads the kernel's BTF once; to be thrown away afterwards. Not thread-safe.
 */
public final class HookProbe {
  private static final String ANY_FUNCTION = "bpf_fentry_test1"; // net/bpf/test_run.c, for tests
  private static final int TRACING = 26; // BPF_PROG_TYPE_TRACING
  private static final int BPF_TRACE_FENTRY = 24;
  private static final long MOV_R0_0 = 0xB7L;
  private static final long EXIT = 0x95L;
  private static final List<Path> KPROBES =
      List.of(
          Path.of("/sys/bus/event_source/devices/kprobe"),
          Path.of("/sys/kernel/tracing/kprobe_events"),
          Path.of("/sys/kernel/debug/tracing/kprobe_events"));

  private final Btf object;
  private final KernelBtf kernel;
  private @Nullable Btf vmlinux;
  private @Nullable String trampolines;

  /** {@code object}: the type information of the programs' object. */
  public HookProbe(Btf object, KernelBtf kernel) {
    this.object = object;
    this.kernel = kernel;
  }

  /** Why a program of this section cannot be had here; empty where nothing speaks against it. */
  public String obstacle(String section) {
    int slash = section.indexOf('/');
    String target = section.substring(slash + 1);
    return switch (slash < 0 ? section : section.substring(0, slash)) {
      case "tp_btf" ->
          vmlinux().find("btf_trace_" + target, BtfKind.TYPEDEF, BtfKind.TYPEDEF) != 0
                  || !kernel.moduleNames().isEmpty()
              ? ""
              : "the kernel has no tracepoint " + target;
      case "fentry", "fexit" -> {
        String refused = trampolines();
        yield refused.isEmpty() ? function(target).orElse("no function " + target) : refused;
      }
      case "kprobe", "kretprobe" ->
          KPROBES.stream().anyMatch(Files::exists)
              ? function(target).orElse("") // without BTF of it, the name decides
              : "the kernel has no kprobes (CONFIG_KPROBES)";
      default -> "";
    };
  }

  /** The mismatch of a function of the kernel or of a module; empty where BTF knows none. */
  private Optional<String> function(String name) {
    if (isIn(vmlinux(), name)) {
      return Optional.of(KernelSignature.mismatch(object, name, vmlinux()));
    }
    List<String> modules = new ArrayList<>(kernel.moduleNames());
    // There may be hundreds; a function is mostly named after its module.
    modules.sort(Comparator.comparing((String module) -> !name.contains(module)));
    for (String module : modules) {
      Optional<Btf> types = kernel.module(module, vmlinux());
      if (types.isPresent() && isIn(types.get(), name)) {
        return Optional.of(KernelSignature.mismatch(object, name, types.get()));
      }
    }
    return Optional.empty();
  }

  private static boolean isIn(Btf btf, String function) {
    return btf.find(function, BtfKind.FUNCTION, BtfKind.FUNCTION) != 0;
  }

  /** Why the kernel takes no fentry and fexit; empty when it does. */
  private String trampolines() {
    String known = trampolines;
    if (known == null) {
      known = tryTrampoline();
      trampolines = known;
    }
    return known;
  }

  private String tryTrampoline() {
    int function = vmlinux().find(ANY_FUNCTION, BtfKind.FUNCTION, BtfKind.FUNCTION);
    if (function == 0) {
      return ""; // cannot be found out this way
    }
    try (Arena arena = Arena.ofConfined();
        LibbpfLog _ = LibbpfLog.capture()) {
      CStruct layout = BpfSyscall.PROG_LOAD_OPTS;
      MemorySegment opts = arena.allocate(layout.sizeBytes(), 8);
      opts.set(JAVA_LONG, 0, opts.byteSize());
      opts.set(JAVA_INT, layout.offset("expected_attach_type"), BPF_TRACE_FENTRY);
      opts.set(JAVA_INT, layout.offset("attach_btf_id"), function);
      int program = BpfSyscall.bpf_prog_load(TRACING, "probe_fentry", opts, MOV_R0_0, EXIT);
      if (program < 0) {
        return "the kernel refuses fentry and fexit: " + Errno.name(-program);
      }
      Libc.close(program);
      return "";
    }
  }

  private Btf vmlinux() {
    Btf known = vmlinux;
    if (known == null) {
      known = kernel.vmlinux().orElseThrow(() -> new BtfException("the kernel has no BTF"));
      vmlinux = known;
    }
    return known;
  }
}
