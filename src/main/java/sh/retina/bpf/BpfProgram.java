package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A program in the kernel: attach it, run it once, ask what it costs. It lives as long as its
 * object, which also closes the links made here. Thread-safe until then.
 */
public final class BpfProgram {
  private static final int MIN_PACKET = 14; // an Ethernet header: the least that a tc program takes

  /**
   * What the kernel says of a program.
   *
   * @param type of {@code enum bpf_prog_type}
   * @param name the kernel's, at most 15 characters
   * @param verifiedInstructions that the verifier went through; 0 before Linux 5.16
   */
  public record ProgramInfo(int id, int type, String name, long verifiedInstructions) {}

  /**
   * What a program cost since it was loaded; all stay 0 while {@link BpfStats} are off.
   *
   * @param recursionMisses runs that the kernel skipped because one was under way on that CPU
   */
  public record Stats(long runTimeNs, long runCount, long recursionMisses) {}

  /** The answer of a test run: what the program returned, and nanoseconds per run. */
  public record TestRun(int returned, int durationNs) {}

  private final BpfObject object;
  private final String name;
  private final MemorySegment pointer;
  private final ProgramInfo info;

  BpfProgram(BpfObject object, String name, MemorySegment pointer) {
    this.object = object;
    this.name = name;
    this.pointer = pointer;
    this.info = readInfo(Libbpf.bpf_program__fd(pointer));
  }

  /** The C function's name. */
  public String name() {
    return name;
  }

  /** The section that it stands in, such as {@code tp_btf/kfree_skb}. */
  public String section() {
    return Libbpf.bpf_program__section_name(pointer());
  }

  public ProgramInfo info() {
    return info;
  }

  /**
   * Attaches where the section says: tp_btf, raw_tp, tracepoint, fentry, kprobe and the like; what
   * belongs to cgroups, to the root of the unified hierarchy and so to all of them.
   */
  public BpfLink attach() {
    String section = section();
    return section.startsWith("sockops") || section.startsWith("cgroup")
        ? attachCgroup(UnifiedCgroups.root())
        : LibbpfLink.attach(this);
  }

  /** Attaches to packets of an interface in the calling thread's network namespace. */
  public BpfLink attachTc(TcAttachment attachment) {
    if (attachment.mode() != TcAttachment.Mode.CLSACT) {
      int link = TcxLink.create(fd(), attachment.interfaceIndex(), attachment.direction());
      if (link >= 0) {
        return TcxLink.of(this, attachment, link);
      }
      if (attachment.mode() == TcAttachment.Mode.TCX || link != -Errno.EINVAL) {
        throw new BpfException(
            "attach " + attachment.describe(this),
            link,
            link == -Errno.EINVAL ? "this kernel has no tcx links (Linux 6.6)" : "");
      }
    }
    return ClsactLink.attach(this, attachment);
  }

  /**
   * Attaches to a packet socket of its own, in the calling thread's network namespace.
   *
   * @param interfaceIndex 0 for all interfaces
   */
  public BpfLink attachSocketFilter(int interfaceIndex) {
    return SocketFilterLink.attach(this, interfaceIndex);
  }

  /** Attaches to a cgroup of the unified hierarchy, given by its directory. */
  public BpfLink attachCgroup(Path cgroup) {
    return LibbpfLink.attachCgroup(this, cgroup.toString());
  }

  /**
   * Runs the program on a packet that goes nowhere (BPF_PROG_TEST_RUN).
   *
   * @param packet from its Ethernet header on, at least 14 bytes; shorter ones are filled up
   * @param repeat how many times; the duration is the mean
   */
  public TestRun testRun(byte[] packet, int repeat) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(Math.max(MIN_PACKET, packet.length), 8);
      MemorySegment.copy(packet, 0, data, JAVA_BYTE, 0, packet.length);
      CStruct layout = BpfSyscall.TEST_RUN_OPTS;
      MemorySegment opts = testRunOpts(arena);
      opts.set(ADDRESS, layout.offset("data_in"), data);
      opts.set(JAVA_INT, layout.offset("data_size_in"), (int) data.byteSize());
      opts.set(JAVA_INT, layout.offset("repeat"), repeat);
      return execute(opts);
    }
  }

  /**
   * Runs a {@code SEC("syscall")} or raw tracepoint program once with a context.
   *
   * @param context the struct that the program takes, empty for none; the program may write to it
   */
  public TestRun run(MemorySegment context) {
    try (Arena arena = Arena.ofConfined()) {
      CStruct layout = BpfSyscall.TEST_RUN_OPTS;
      MemorySegment opts = testRunOpts(arena);
      if (context.byteSize() > 0) {
        opts.set(ADDRESS, layout.offset("ctx_in"), context);
        opts.set(JAVA_INT, layout.offset("ctx_size_in"), (int) context.byteSize());
      }
      return execute(opts);
    }
  }

  /** What the program cost so far. */
  public Stats stats() {
    CStruct layout = BpfSyscall.PROG_INFO;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment read = info(arena, fd());
      return new Stats(
          read.get(JAVA_LONG, layout.offset("run_time_ns")),
          read.get(JAVA_LONG, layout.offset("run_cnt")),
          read.get(JAVA_LONG, layout.offset("recursion_misses")));
    }
  }

  int fd() {
    return Libbpf.bpf_program__fd(pointer());
  }

  MemorySegment pointer() {
    object.requireOpen();
    return pointer;
  }

  BpfObject object() {
    return object;
  }

  /** The kernel's name for a program of any process; empty where it is gone. */
  static String nameOf(int id) {
    int fd = BpfSyscall.bpf_prog_get_fd_by_id(id);
    if (fd < 0) {
      return "";
    }
    try {
      return readInfo(fd).name();
    } finally {
      Libc.close(fd);
    }
  }

  private TestRun execute(MemorySegment opts) {
    CStruct layout = BpfSyscall.TEST_RUN_OPTS;
    int result = BpfSyscall.bpf_prog_test_run_opts(fd(), opts);
    if (result < 0) {
      throw new BpfException("test run of " + name, result, "");
    }
    return new TestRun(
        opts.get(JAVA_INT, layout.offset("retval")), opts.get(JAVA_INT, layout.offset("duration")));
  }

  private static MemorySegment testRunOpts(Arena arena) {
    MemorySegment opts = arena.allocate(BpfSyscall.TEST_RUN_OPTS.sizeBytes(), 8);
    opts.set(JAVA_LONG, 0, opts.byteSize());
    return opts;
  }

  private static ProgramInfo readInfo(int fd) {
    CStruct layout = BpfSyscall.PROG_INFO;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment read = info(arena, fd);
      return new ProgramInfo(
          read.get(JAVA_INT, layout.offset("id")),
          read.get(JAVA_INT, layout.offset("type")),
          read.getString(layout.offset("name")),
          Integer.toUnsignedLong(read.get(JAVA_INT, layout.offset("verified_insns"))));
    }
  }

  private static MemorySegment info(Arena arena, int fd) {
    MemorySegment info = arena.allocate(BpfSyscall.PROG_INFO.sizeBytes(), 8);
    int result = BpfSyscall.bpf_obj_get_info_by_fd(fd, info);
    if (result < 0) {
      throw new BpfException("read info of program", result, "");
    }
    return info;
  }
}
