package sh.retina.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A BPF object in the kernel: its programs, maps, and everything that was made from them. Closing
 * it closes links, ring buffers and the object, newest first, and so detaches what is still
 * attached.
 *
 * <p>Any thread may use it; who closes it must know that nobody else does any more.
 */
public final class BpfObject implements AutoCloseable {
  private final String name;
  private final MemorySegment object;
  private final Btf btf;
  private final Map<String, BpfMap> maps = new LinkedHashMap<>();
  private final Map<String, BpfProgram> programs = new LinkedHashMap<>();
  private final Owned owned = new Owned();
  private final Set<String> madeQdiscs = new HashSet<>();
  private final List<Knobs.Knob> live;
  private @Nullable BpfMap data;
  private boolean closed;

  BpfObject(
      String name,
      MemorySegment object,
      Btf btf,
      Map<String, MemorySegment> maps,
      Map<String, MemorySegment> programs,
      List<Knobs.Knob> live) {
    this.live = live;
    this.name = name;
    this.object = object;
    this.btf = btf;
    maps.forEach((map, pointer) -> {
      if (map.indexOf('.') < 0) {
        this.maps.put(map, BpfMap.ofObject(this, Libbpf.bpf_map__fd(pointer)));
      } else if (!live.isEmpty() && map.endsWith(Knobs.LIVE)) {
        data = BpfMap.ofObject(this, Libbpf.bpf_map__fd(pointer));
      }
    });
    programs.forEach((program, pointer) -> {
      if (Libbpf.bpf_program__autoload(pointer)) {
        this.programs.put(program, new BpfProgram(this, program, pointer));
      }
    });
  }

  /**
   * Reads an object file from memory, without touching the kernel.
   *
   * @param name of the object, for messages and for bpftool
   * @param elf what clang made with {@code -target bpf -g}
   * @throws BpfException when libbpf is not installed or cannot read it
   * @throws BtfException when it has no type information
   */
  public static BpfSpec open(String name, byte[] elf) {
    return new BpfSpec(name, MemorySegment.ofArray(elf), Btf.ofObject(elf));
  }

  public String name() {
    return name;
  }

  /** The type information of the object, to bind event structs and to be kept with a journal. */
  public Btf btf() {
    return btf;
  }

  /** The programs that were loaded, in the order of the object. */
  public List<BpfProgram> programs() {
    return List.copyOf(programs.values());
  }

  /** The program of that name (the C function). */
  public BpfProgram program(String program) {
    requireOpen();
    BpfProgram found = programs.get(program);
    if (found == null) {
      throw new IllegalArgumentException(
          "%s has no loaded program %s; it has %s".formatted(name, program, programs.keySet()));
    }
    return found;
  }

  /** The map of that name. It lives as long as the object. */
  public BpfMap map(String map) {
    requireOpen();
    BpfMap found = maps.get(map);
    if (found == null) {
      throw new IllegalArgumentException(
          "%s has no map %s; it has %s".formatted(name, map, maps.keySet()));
    }
    return found;
  }

  /**
   * Sets {@code volatile} numbers in .data while the programs run; each sees them from its next
   * read on. Throws IllegalArgumentException, with nothing set, when there is no such knob or a
   * value does not fit.
   */
  public synchronized void knobs(Map<String, Long> values) {
    requireOpen();
    BpfMap map = data;
    if (map == null) {
      throw new IllegalArgumentException(name + " has no live knobs");
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment key = scratch.allocate(Integer.BYTES, Integer.BYTES);
      MemorySegment value = scratch.allocate(map.valueBytes(), Long.BYTES);
      map.lookup(key, value);
      values.forEach((knob, number) -> {
        Knobs.Knob found =
            live.stream()
                .filter(candidate -> candidate.name().equals(knob))
                .findFirst()
                .orElseThrow(
                    () -> new IllegalArgumentException(name + " has no live knob " + knob));
        found.write(value.asSlice(found.offset(), found.sizeBytes()), number);
      });
      map.update(key, value);
    }
  }

  /** Maps a ring buffer for reading. The object closes it unless the caller did. */
  public RingBuffer ringBuffer(String map) {
    BpfMap ring = map(map);
    if (ring.info().type() != BpfMap.TYPE_RINGBUF) {
      throw new IllegalArgumentException("map " + map + " of " + name + " is not a ring buffer");
    }
    return owned.add(RingBuffer.map(ring.fd(), ring.info().maxEntries(), owned::remove));
  }

  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      owned.closeAll();
    } finally {
      Libbpf.bpf_object__close(object);
    }
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("object " + name + " is closed");
    }
  }

  Owned owned() {
    return owned;
  }

  /** The clsact qdiscs that this object's links made, by namespace and interface. */
  Set<String> madeQdiscs() {
    return madeQdiscs;
  }
}
