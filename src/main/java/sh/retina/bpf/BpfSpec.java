package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A BPF object before it is in the kernel: the same on every machine, still to be configured.
 * {@link #load} turns it into a {@link BpfObject} and ends it; a spec that is never loaded must be
 * closed. Not thread-safe.
 *
 * <pre>{@code
 * try (BpfSpec spec = BpfObject.open("dropreason", elf)) {
 *   spec.knob("report_ns", 1_000_000_000L).mapSize("drop_counts", 16_384);
 *   object = spec.load();
 * }
 * }</pre>
 */
public final class BpfSpec implements AutoCloseable {
  private static final long LOG_BYTES = 8L << 20;

  private final String name;
  private final Arena arena = Arena.ofShared();
  private final long log;
  private final MemorySegment object;
  private final Btf btf;
  private final Map<String, MemorySegment> maps = new LinkedHashMap<>();
  private final Map<String, MemorySegment> programs = new LinkedHashMap<>();
  private boolean ended;

  BpfSpec(String name, MemorySegment elf, Btf btf) {
    Downcalls.requireLibbpf();
    this.name = name;
    this.btf = btf;
    MemorySegment image = arena.allocate(elf.byteSize(), 8).copyFrom(elf);
    // The verifier's log: memory that is touched only when there is something to say.
    this.log =
        Libc.mmap(
            LOG_BYTES,
            Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS,
            -1,
            0);
    CStruct layout = Libbpf.OPEN_OPTS;
    MemorySegment opts = arena.allocate(layout.sizeBytes(), 8);
    opts.set(JAVA_LONG, 0, layout.sizeBytes());
    opts.set(ADDRESS, layout.offset("object_name"), arena.allocateFrom(name));
    if (log > 0) {
      opts.set(ADDRESS, layout.offset("kernel_log_buf"), MemorySegment.ofAddress(log));
      opts.set(JAVA_LONG, layout.offset("kernel_log_size"), LOG_BYTES);
    }
    try (LibbpfLog said = LibbpfLog.capture()) {
      Libbpf.Pointer opened = Libbpf.bpf_object__open_mem(image, opts);
      this.object = opened.address();
      if (opened.isNull()) {
        release();
        throw new BpfException(
            "open " + name,
            opened.errno(),
            String.join("; ", said.lines()),
            String.join("\n", said.lines()));
      }
    }
    MemorySegment map = Libbpf.bpf_object__next_map(object, MemorySegment.NULL);
    for (; map.address() != 0; map = Libbpf.bpf_object__next_map(object, map)) {
      maps.put(Libbpf.bpf_map__name(map), map);
    }
    MemorySegment program = Libbpf.bpf_object__next_program(object, MemorySegment.NULL);
    for (; program.address() != 0; program = Libbpf.bpf_object__next_program(object, program)) {
      programs.put(Libbpf.bpf_program__name(program), program);
    }
  }

  /** The type information of the object, as compiled. */
  public Btf btf() {
    return btf;
  }

  public List<String> programNames() {
    return List.copyOf(programs.keySet());
  }

  /** The section that a program stands in, such as {@code fexit/tcp_v4_connect}. */
  public String section(String program) {
    return Libbpf.bpf_program__section_name(programOf(program));
  }

  /** The maps that the C source declares; libbpf's own for data sections are left out. */
  public List<String> mapNames() {
    return maps.keySet().stream().filter(map -> map.indexOf('.') < 0).toList();
  }

  /**
   * The names of the variables that {@link #knob} can set: {@code const volatile} ones, and {@code
   * volatile} ones in .data, which {@link BpfObject#knobs} can set later too.
   */
  public List<String> knobNames() {
    return knobs().stream().map(Knobs.Knob::name).toList();
  }

  /**
   * Sets a number: a {@code const volatile} one is a constant to the verifier then.
   *
   * @throws IllegalArgumentException when there is no such knob, it is no number, or the value does
   *     not fit in it
   */
  public BpfSpec knob(String knob, long value) {
    Knobs.Knob found = knobOf(knob);
    found.write(initialValue(found), value);
    return this;
  }

  /** Sets the bytes of a {@code const volatile} array or struct: all of them. */
  public BpfSpec knob(String knob, byte[] bytes) {
    Knobs.Knob found = knobOf(knob);
    if (found.sizeBytes() != bytes.length) {
      throw new IllegalArgumentException(
          "knob %s has %d bytes, not %d".formatted(knob, found.sizeBytes(), bytes.length));
    }
    initialValue(found).copyFrom(MemorySegment.ofArray(bytes));
    return this;
  }

  /** Sets how many entries a map has; a ring buffer's bytes are rounded up to what it can have. */
  public BpfSpec mapSize(String map, int entries) {
    int result = Libbpf.bpf_map__set_max_entries(mapOf(map), entries);
    if (result < 0) {
      throw new BpfException("set size " + entries + " of map " + map, result, "");
    }
    return this;
  }

  /**
   * Whether {@link #load} loads the program, as it was set or, with {@code SEC("?…")}, declared.
   */
  public boolean isAutoloaded(String program) {
    return Libbpf.bpf_program__autoload(programOf(program));
  }

  /** Whether {@link #load} loads the program; by default all are loaded. */
  public BpfSpec autoload(String program, boolean load) {
    int result = Libbpf.bpf_program__set_autoload(programOf(program), load);
    if (result < 0) {
      throw new BpfException("set autoload of program " + program, result, "");
    }
    return this;
  }

  /**
   * Relocates the object against this kernel and creates its maps and programs. The spec is used
   * up, also by a failure.
   *
   * @throws BpfException with the verifier's telling line where it rejected a program
   */
  public BpfObject load() {
    requireOpen();
    try (LibbpfLog said = LibbpfLog.capture()) {
      List<Knobs.Knob> live =
          knobs().stream().filter(knob -> knob.section().equals(Knobs.LIVE)).toList();
      int result = Libbpf.bpf_object__load(object);
      if (result < 0) {
        throw rejected(result, said.lines());
      }
      ended = true;
      release();
      return new BpfObject(name, object, btf, maps, programs, live);
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    if (!ended) {
      ended = true;
      Libbpf.bpf_object__close(object);
      release();
    }
  }

  private BpfException rejected(int result, List<String> said) {
    String verifier =
        log > 0 ? MemorySegment.ofAddress(log).reinterpret(LOG_BYTES).getString(0) : "";
    String program = VerifierLog.failedProgram(said);
    VerifierLog shaped = VerifierLog.of(verifier);
    String detail = shaped.summary();
    if (shaped.isEmpty() || program.isEmpty()) {
      // Without privileges libbpf guesses at causes: which are needed says more.
      detail = result == -Errno.EPERM ? "" : String.join("; ", said);
    }
    return new BpfException(
        "load " + name + (program.isEmpty() ? "" : ", program " + program),
        result,
        detail,
        (verifier + "\n" + String.join("\n", said)).strip(),
        program);
  }

  private void release() {
    if (log > 0) {
      Libc.munmap(log, LOG_BYTES);
    }
    arena.close();
  }

  /** libbpf's copy of the BTF: it fills in the offsets that clang leaves to relocation. */
  private List<Knobs.Knob> knobs() {
    requireOpen();
    MemorySegment fixed = Libbpf.bpf_object__btf(object);
    if (fixed.address() == 0) {
      return List.of();
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment size = scratch.allocate(JAVA_INT);
      MemorySegment raw = Libbpf.btf__raw_data(fixed, size);
      return Knobs.of(Btf.parse(raw.reinterpret(size.get(JAVA_INT, 0)).toArray(JAVA_BYTE)));
    }
  }

  private Knobs.Knob knobOf(String knob) {
    List<Knobs.Knob> knobs = knobs();
    for (Knobs.Knob candidate : knobs) {
      if (candidate.name().equals(knob)) {
        return candidate;
      }
    }
    throw unknown("knob", knob, knobs.stream().map(Knobs.Knob::name).toList());
  }

  private MemorySegment initialValue(Knobs.Knob found) {
    MemorySegment map =
        maps.entrySet().stream()
            .filter(entry -> entry.getKey().endsWith(found.section()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElseThrow(
                () -> new IllegalStateException(name + " has no section " + found.section()));
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment size = scratch.allocate(JAVA_LONG);
      MemorySegment value = Libbpf.bpf_map__initial_value(map, size);
      return value.reinterpret(size.get(JAVA_LONG, 0)).asSlice(found.offset(), found.sizeBytes());
    }
  }

  private MemorySegment mapOf(String map) {
    requireOpen();
    MemorySegment found = maps.get(map);
    if (found == null) {
      throw unknown("map", map, mapNames());
    }
    return found;
  }

  private MemorySegment programOf(String program) {
    requireOpen();
    MemorySegment found = programs.get(program);
    if (found == null) {
      throw unknown("program", program, programNames());
    }
    return found;
  }

  private IllegalArgumentException unknown(String what, String wanted, List<String> there) {
    return new IllegalArgumentException(
        "%s has no %s %s; it has %s".formatted(name, what, wanted, there));
  }

  private void requireOpen() {
    if (ended) {
      throw new IllegalStateException(name + " was loaded or closed: a spec is used once");
    }
  }
}
