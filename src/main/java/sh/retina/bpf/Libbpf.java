package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static sh.retina.bpf.Downcalls.unexpected;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * bpf/libbpf.h and bpf/btf.h of libbpf 1.1 or newer, in C's words. Functions that return an int
 * answer 0 or more, or a negative error number. Those that return a pointer answer {@link Pointer}:
 * null with the errno that libbpf set. What libbpf prints goes to {@link LibbpfLog}.
 */
final class Libbpf {
  static final CStruct OPEN_OPTS =
      CStruct.of(
          "size_t sz; ptr object_name; u8 relaxed_maps; ptr pin_root_path; u32 attach_prog_fd;"
              + "ptr kconfig; ptr btf_custom_path; ptr kernel_log_buf; size_t kernel_log_size; u32 kernel_log_level");

  private static final AddressLayout STRING =
      ADDRESS.withTargetLayout(
          MemoryLayout.sequenceLayout(4096, java.lang.foreign.ValueLayout.JAVA_BYTE));
  private static final SymbolLookup LIBBPF = Downcalls.libbpf();

  private static final MethodHandle OPEN_MEM =
      pointer("bpf_object__open_mem", ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle OBJECT_LOAD = integer("bpf_object__load", ADDRESS);
  private static final MethodHandle OBJECT_CLOSE = nothing("bpf_object__close", ADDRESS);
  private static final MethodHandle OBJECT_BTF = address("bpf_object__btf", ADDRESS);
  private static final MethodHandle RAW_DATA = address("btf__raw_data", ADDRESS, ADDRESS);
  private static final MethodHandle NEXT_MAP = address("bpf_object__next_map", ADDRESS, ADDRESS);
  private static final MethodHandle NEXT_PROGRAM =
      address("bpf_object__next_program", ADDRESS, ADDRESS);

  private static final MethodHandle PROGRAM_NAME = string("bpf_program__name");
  private static final MethodHandle PROGRAM_SECTION_NAME = string("bpf_program__section_name");
  private static final MethodHandle PROGRAM_FD = integer("bpf_program__fd", ADDRESS);
  private static final MethodHandle PROGRAM_TYPE = integer("bpf_program__type", ADDRESS);
  private static final MethodHandle PROGRAM_AUTOLOAD =
      Downcalls.bind(LIBBPF, "bpf_program__autoload", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS));
  private static final MethodHandle PROGRAM_SET_AUTOLOAD =
      integer("bpf_program__set_autoload", ADDRESS, JAVA_BOOLEAN);
  private static final MethodHandle PROGRAM_ATTACH = pointer("bpf_program__attach", ADDRESS);
  private static final MethodHandle PROGRAM_ATTACH_CGROUP =
      pointer("bpf_program__attach_cgroup", ADDRESS, JAVA_INT);

  private static final MethodHandle MAP_NAME = string("bpf_map__name");
  private static final MethodHandle MAP_FD = integer("bpf_map__fd", ADDRESS);
  private static final MethodHandle MAP_INITIAL_VALUE =
      address("bpf_map__initial_value", ADDRESS, ADDRESS);
  private static final MethodHandle MAP_SET_MAX_ENTRIES =
      integer("bpf_map__set_max_entries", ADDRESS, JAVA_INT);

  private static final MethodHandle LINK_DESTROY = integer("bpf_link__destroy", ADDRESS);

  private static final MethodHandle PROBE_PROG_TYPE =
      integer("libbpf_probe_bpf_prog_type", JAVA_INT, ADDRESS);
  private static final MethodHandle PROBE_MAP_TYPE =
      integer("libbpf_probe_bpf_map_type", JAVA_INT, ADDRESS);
  private static final MethodHandle PROBE_HELPER =
      integer("libbpf_probe_bpf_helper", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle NUM_POSSIBLE_CPUS = integer("libbpf_num_possible_cpus");

  static {
    MethodHandle setPrint = address("libbpf_set_print", ADDRESS);
    callAddress(setPrint, LibbpfLog.callback());
  }

  /** A pointer, or NULL and why. */
  record Pointer(MemorySegment address, int errno) {
    boolean isNull() {
      return address.address() == 0;
    }
  }

  private Libbpf() {}

  static Pointer bpf_object__open_mem(MemorySegment elf, MemorySegment opts) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      MemorySegment object = (MemorySegment) OPEN_MEM.invokeExact(state, elf, elf.byteSize(), opts);
      return new Pointer(object, Downcalls.errno(state));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_object__load(MemorySegment object) {
    return call(OBJECT_LOAD, object);
  }

  static void bpf_object__close(MemorySegment object) {
    try {
      OBJECT_CLOSE.invokeExact(object);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static MemorySegment bpf_object__btf(MemorySegment object) {
    return callAddress(OBJECT_BTF, object);
  }

  static MemorySegment btf__raw_data(MemorySegment btf, MemorySegment size) {
    return callAddress(RAW_DATA, btf, size);
  }

  static MemorySegment bpf_object__next_map(MemorySegment object, MemorySegment previous) {
    return callAddress(NEXT_MAP, object, previous);
  }

  static MemorySegment bpf_object__next_program(MemorySegment object, MemorySegment previous) {
    return callAddress(NEXT_PROGRAM, object, previous);
  }

  static String bpf_program__name(MemorySegment program) {
    return callAddress(PROGRAM_NAME, program).getString(0);
  }

  static String bpf_program__section_name(MemorySegment program) {
    return callAddress(PROGRAM_SECTION_NAME, program).getString(0);
  }

  static int bpf_program__fd(MemorySegment program) {
    return call(PROGRAM_FD, program);
  }

  static int bpf_program__type(MemorySegment program) {
    return call(PROGRAM_TYPE, program);
  }

  static boolean bpf_program__autoload(MemorySegment program) {
    try {
      return (boolean) PROGRAM_AUTOLOAD.invokeExact(program);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_program__set_autoload(MemorySegment program, boolean autoload) {
    try {
      return (int) PROGRAM_SET_AUTOLOAD.invokeExact(program, autoload);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static Pointer bpf_program__attach(MemorySegment program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      MemorySegment link = (MemorySegment) PROGRAM_ATTACH.invokeExact(state, program);
      return new Pointer(link, Downcalls.errno(state));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static Pointer bpf_program__attach_cgroup(MemorySegment program, int cgroupFd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      MemorySegment link =
          (MemorySegment) PROGRAM_ATTACH_CGROUP.invokeExact(state, program, cgroupFd);
      return new Pointer(link, Downcalls.errno(state));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static String bpf_map__name(MemorySegment map) {
    return callAddress(MAP_NAME, map).getString(0);
  }

  static int bpf_map__fd(MemorySegment map) {
    return call(MAP_FD, map);
  }

  static MemorySegment bpf_map__initial_value(MemorySegment map, MemorySegment size) {
    return callAddress(MAP_INITIAL_VALUE, map, size);
  }

  static int bpf_map__set_max_entries(MemorySegment map, int entries) {
    try {
      return (int) MAP_SET_MAX_ENTRIES.invokeExact(map, entries);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_link__destroy(MemorySegment link) {
    return call(LINK_DESTROY, link);
  }

  static int libbpf_probe_bpf_prog_type(int type) {
    try {
      return (int) PROBE_PROG_TYPE.invokeExact(type, MemorySegment.NULL);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int libbpf_probe_bpf_map_type(int type) {
    try {
      return (int) PROBE_MAP_TYPE.invokeExact(type, MemorySegment.NULL);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int libbpf_probe_bpf_helper(int programType, int helper) {
    try {
      return (int) PROBE_HELPER.invokeExact(programType, helper, MemorySegment.NULL);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int libbpf_num_possible_cpus() {
    try {
      return (int) NUM_POSSIBLE_CPUS.invokeExact();
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static int call(MethodHandle function, MemorySegment a) {
    try {
      return (int) function.invokeExact(a);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MemorySegment callAddress(MethodHandle function, MemorySegment a) {
    try {
      return (MemorySegment) function.invokeExact(a);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MemorySegment callAddress(
      MethodHandle function, MemorySegment a, MemorySegment b) {
    try {
      return (MemorySegment) function.invokeExact(a, b);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MethodHandle integer(String name, MemoryLayout... arguments) {
    return Downcalls.bind(LIBBPF, name, FunctionDescriptor.of(JAVA_INT, arguments));
  }

  private static MethodHandle address(String name, MemoryLayout... arguments) {
    return Downcalls.bind(LIBBPF, name, FunctionDescriptor.of(ADDRESS, arguments));
  }

  private static MethodHandle string(String name) {
    return Downcalls.bind(LIBBPF, name, FunctionDescriptor.of(STRING, ADDRESS));
  }

  private static MethodHandle nothing(String name, MemoryLayout... arguments) {
    return Downcalls.bind(LIBBPF, name, FunctionDescriptor.ofVoid(arguments));
  }

  private static MethodHandle pointer(String name, MemoryLayout... arguments) {
    return Downcalls.bindWithErrno(LIBBPF, name, FunctionDescriptor.of(ADDRESS, arguments));
  }
}
