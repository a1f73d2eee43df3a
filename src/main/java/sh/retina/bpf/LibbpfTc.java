package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static sh.retina.bpf.Downcalls.unexpected;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The traffic-control part of bpf/libbpf.h, in C's words: classifiers in a clsact qdisc, by
 * rtnetlink in the calling thread's network namespace. All answer 0, or a negative error number.
 */
final class LibbpfTc {
  static final CStruct HOOK = CStruct.of("size_t sz; i32 ifindex; u32 attach_point; u32 parent");
  static final CStruct OPTS =
      CStruct.of("size_t sz; i32 prog_fd; u32 flags; u32 prog_id; u32 handle; u32 priority");
  static final int BPF_TC_INGRESS = 1;
  static final int BPF_TC_EGRESS = 2;
  static final int BPF_TC_F_REPLACE = 1;

  private static final SymbolLookup LIBBPF = Downcalls.libbpf();
  private static final MethodHandle HOOK_CREATE = integer("bpf_tc_hook_create", ADDRESS);
  private static final MethodHandle HOOK_DESTROY = integer("bpf_tc_hook_destroy", ADDRESS);
  private static final MethodHandle ATTACH = integer("bpf_tc_attach", ADDRESS, ADDRESS);
  private static final MethodHandle DETACH = integer("bpf_tc_detach", ADDRESS, ADDRESS);
  private static final MethodHandle QUERY = integer("bpf_tc_query", ADDRESS, ADDRESS);

  private LibbpfTc() {}

  /** A {@code struct bpf_tc_hook}. */
  static MemorySegment hook(Arena arena, int interfaceIndex, int attachPoint) {
    MemorySegment hook = arena.allocate(HOOK.sizeBytes(), 8);
    hook.set(JAVA_LONG, 0, hook.byteSize());
    hook.set(JAVA_INT, HOOK.offset("ifindex"), interfaceIndex);
    hook.set(JAVA_INT, HOOK.offset("attach_point"), attachPoint);
    return hook;
  }

  /** A {@code struct bpf_tc_opts} that names a filter, without a program. */
  static MemorySegment opts(Arena arena, int handle, int priority) {
    MemorySegment opts = arena.allocate(OPTS.sizeBytes(), 8);
    opts.set(JAVA_LONG, 0, opts.byteSize());
    opts.set(JAVA_INT, OPTS.offset("handle"), handle);
    opts.set(JAVA_INT, OPTS.offset("priority"), priority);
    return opts;
  }

  static int bpf_tc_hook_create(MemorySegment hook) {
    return call(HOOK_CREATE, hook);
  }

  static int bpf_tc_hook_destroy(MemorySegment hook) {
    return call(HOOK_DESTROY, hook);
  }

  static int bpf_tc_attach(MemorySegment hook, MemorySegment opts) {
    return call(ATTACH, hook, opts);
  }

  static int bpf_tc_detach(MemorySegment hook, MemorySegment opts) {
    return call(DETACH, hook, opts);
  }

  static int bpf_tc_query(MemorySegment hook, MemorySegment opts) {
    return call(QUERY, hook, opts);
  }

  private static int call(MethodHandle function, MemorySegment hook) {
    try {
      return (int) function.invokeExact(hook);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static int call(MethodHandle function, MemorySegment hook, MemorySegment opts) {
    try {
      return (int) function.invokeExact(hook, opts);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MethodHandle integer(String name, MemoryLayout... arguments) {
    return Downcalls.bind(LIBBPF, name, FunctionDescriptor.of(JAVA_INT, arguments));
  }
}
