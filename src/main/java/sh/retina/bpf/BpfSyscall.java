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
 * bpf/bpf.h of libbpf: one function per command of bpf(2), on file descriptors. All answer 0 or
 * more, or a negative error number. The structs are those of linux/bpf.h.
 */
final class BpfSyscall {
  static final CStruct PROG_INFO =
      CStruct.of(
          "u32 type; u32 id; u8 tag[8]; u32 jited_prog_len; u32 xlated_prog_len; u64 jited_prog_insns;"
              + "u64 xlated_prog_insns; u64 load_time; u32 created_by_uid; u32 nr_map_ids; u64 map_ids;"
              + "u8 name[16]; u32 ifindex; u32 gpl_compatible; u64 netns_dev; u64 netns_ino; u32 nr_jited_ksyms;"
              + "u32 nr_jited_func_lens; u64 jited_ksyms; u64 jited_func_lens; u32 btf_id; u32 func_info_rec_size;"
              + "u64 func_info; u32 nr_func_info; u32 nr_line_info; u64 line_info; u64 jited_line_info;"
              + "u32 nr_jited_line_info; u32 line_info_rec_size; u32 jited_line_info_rec_size; u32 nr_prog_tags;"
              + "u64 prog_tags; u64 run_time_ns; u64 run_cnt; u64 recursion_misses; u32 verified_insns;"
              + "u32 attach_btf_obj_id; u32 attach_btf_id; u32 pad");
  static final CStruct MAP_INFO =
      CStruct.of(
          "u32 type; u32 id; u32 key_size; u32 value_size; u32 max_entries; u32 map_flags; u8 name[16];"
              + "u32 ifindex; u32 btf_vmlinux_value_type_id; u64 netns_dev; u64 netns_ino; u32 btf_id;"
              + "u32 btf_key_type_id; u32 btf_value_type_id; u32 pad; u64 map_extra");
  static final CStruct TEST_RUN_OPTS =
      CStruct.of(
          "size_t sz; ptr data_in; ptr data_out; u32 data_size_in; u32 data_size_out; ptr ctx_in; ptr ctx_out;"
              + "u32 ctx_size_in; u32 ctx_size_out; u32 retval; i32 repeat; u32 duration; u32 flags; u32 cpu;"
              + "u32 batch_size");
  static final CStruct PROG_LOAD_OPTS =
      CStruct.of(
          "size_t sz; i32 attempts; u32 expected_attach_type; u32 prog_btf_fd; u32 prog_flags; u32 prog_ifindex;"
              + "u32 kern_version; u32 attach_btf_id; u32 attach_prog_fd; u32 attach_btf_obj_fd; ptr fd_array;"
              + "ptr func_info; u32 func_info_cnt; u32 func_info_rec_size; ptr line_info; u32 line_info_cnt;"
              + "u32 line_info_rec_size; u32 log_level; u32 log_size; ptr log_buf");
  static final int BPF_TRACE_RAW_TP = 23;
  static final int BPF_TCX_INGRESS = 46;
  static final int BPF_TCX_EGRESS = 47;
  static final int BPF_STATS_RUN_TIME = 0;

  private static final SymbolLookup LIBBPF = Downcalls.libbpf();
  private static final MethodHandle LOOKUP =
      integer("bpf_map_lookup_elem", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle UPDATE =
      integer("bpf_map_update_elem", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle DELETE = integer("bpf_map_delete_elem", JAVA_INT, ADDRESS);
  private static final MethodHandle NEXT_KEY =
      integer("bpf_map_get_next_key", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle LOOKUP_BATCH =
      integer(
          "bpf_map_lookup_batch", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle PIN = integer("bpf_obj_pin", JAVA_INT, ADDRESS);
  private static final MethodHandle GET = integer("bpf_obj_get", ADDRESS);
  private static final MethodHandle INFO =
      integer("bpf_obj_get_info_by_fd", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle LINK_CREATE =
      integer("bpf_link_create", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle PROG_LOAD =
      integer("bpf_prog_load", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle PROG_FD_BY_ID = integer("bpf_prog_get_fd_by_id", JAVA_INT);
  private static final MethodHandle TEST_RUN = integer("bpf_prog_test_run_opts", JAVA_INT, ADDRESS);
  private static final MethodHandle ENABLE_STATS = integer("bpf_enable_stats", JAVA_INT);

  private BpfSyscall() {}

  static int bpf_map_lookup_elem(int fd, MemorySegment key, MemorySegment value) {
    try {
      return (int) LOOKUP.invokeExact(fd, key, value);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_map_update_elem(int fd, MemorySegment key, MemorySegment value, long flags) {
    try {
      return (int) UPDATE.invokeExact(fd, key, value, flags);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_map_delete_elem(int fd, MemorySegment key) {
    try {
      return (int) DELETE.invokeExact(fd, key);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_map_get_next_key(int fd, MemorySegment key, MemorySegment next) {
    try {
      return (int) NEXT_KEY.invokeExact(fd, key, next);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_map_lookup_batch(
      int fd,
      MemorySegment in,
      MemorySegment out,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count) {
    try {
      return (int) LOOKUP_BATCH.invokeExact(fd, in, out, keys, values, count, MemorySegment.NULL);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_obj_pin(int fd, String path) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) PIN.invokeExact(fd, arena.allocateFrom(path));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_obj_get(String path) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) GET.invokeExact(arena.allocateFrom(path));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_obj_get_info_by_fd(int fd, MemorySegment info) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) INFO.invokeExact(fd, info, arena.allocateFrom(JAVA_INT, (int) info.byteSize()));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_link_create(int programFd, int target, int attachType) {
    try {
      return (int) LINK_CREATE.invokeExact(programFd, target, attachType, MemorySegment.NULL);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * Loads raw instructions of eight bytes each.
   *
   * @param opts NULL, or a {@link #PROG_LOAD_OPTS}
   */
  static int bpf_prog_load(int type, String name, MemorySegment opts, long... instructions) {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          PROG_LOAD.invokeExact(
              type,
              arena.allocateFrom(name),
              arena.allocateFrom("GPL"),
              arena.allocateFrom(JAVA_LONG, instructions),
              (long) instructions.length,
              opts);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_prog_get_fd_by_id(int id) {
    try {
      return (int) PROG_FD_BY_ID.invokeExact(id);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_prog_test_run_opts(int fd, MemorySegment opts) {
    try {
      return (int) TEST_RUN.invokeExact(fd, opts);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bpf_enable_stats(int type) {
    try {
      return (int) ENABLE_STATS.invokeExact(type);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MethodHandle integer(String name, MemoryLayout... arguments) {
    return Downcalls.bind(LIBBPF, name, FunctionDescriptor.of(JAVA_INT, arguments));
  }
}
