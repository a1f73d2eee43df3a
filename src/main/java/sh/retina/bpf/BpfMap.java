package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A map in the kernel (bpf(2)). Keys and values are native segments that the caller lays out: their
 * sizes are checked against the map's. The value of a per-CPU map is one copy per possible CPU,
 * each rounded up to eight bytes. Thread-safe until its object is closed.
 */
public final class BpfMap implements AutoCloseable {
  /** Of {@code enum bpf_map_type}. */
  static final int TYPE_RINGBUF = 27;

  private static final int TYPE_PERCPU_HASH = 5;
  private static final int TYPE_PERCPU_ARRAY = 6;
  private static final int TYPE_LRU_PERCPU_HASH = 10;
  private static final long ANY = 0; // BPF_ANY

  /**
   * What the kernel says of a map.
   *
   * @param type of {@code enum bpf_map_type}
   * @param name the kernel's, at most 15 characters
   * @param maxEntries bytes, for a ring buffer
   */
  public record MapInfo(int id, int type, String name, int keySize, int valueSize, int maxEntries) {
    boolean isPerCpu() {
      return type == TYPE_PERCPU_ARRAY || type == TYPE_PERCPU_HASH || type == TYPE_LRU_PERCPU_HASH;
    }
  }

  private final @Nullable BpfObject object;
  private final int fd;
  private final MapInfo info;
  private final int cpus;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment keyScratch;
  private final MemorySegment valueScratch;
  private boolean closed;

  private BpfMap(@Nullable BpfObject object, int fd) {
    this.object = object;
    this.fd = fd;
    this.info = readInfo(fd);
    this.cpus = info.isPerCpu() ? Libbpf.libbpf_num_possible_cpus() : 1;
    this.keyScratch = arena.allocate(Math.max(8, info.keySize), 8);
    this.valueScratch = arena.allocate(Math.max(8, valueBytes()), 8);
  }

  static BpfMap ofObject(BpfObject object, int fd) {
    return new BpfMap(object, fd);
  }

  /** Opens a map that was pinned; the caller closes it. */
  public static BpfMap openPinned(Path path) {
    Downcalls.requireLibbpf();
    int fd = BpfSyscall.bpf_obj_get(path.toString());
    if (fd < 0) {
      throw new BpfException("open pinned map " + path, fd, "");
    }
    return new BpfMap(null, fd);
  }

  public MapInfo info() {
    return info;
  }

  /** Bytes of the value that look-ups fill: for per-CPU maps, of all CPUs together. */
  public long valueBytes() {
    return info.isPerCpu() ? (long) cpus * stride() : info.valueSize;
  }

  /** Copies the value of a key; false when the key is not there. */
  public boolean lookup(MemorySegment key, MemorySegment value) {
    int result = BpfSyscall.bpf_map_lookup_elem(openFd(), key(key), value(value));
    return found("look up in", result);
  }

  /** Sets the value of a key, there or not. */
  public void update(MemorySegment key, MemorySegment value) {
    int result = BpfSyscall.bpf_map_update_elem(openFd(), key(key), value(value), ANY);
    if (result < 0) {
      throw failed("update", result);
    }
  }

  /** Removes a key; false when it was not there. */
  public boolean delete(MemorySegment key) {
    return found("delete from", BpfSyscall.bpf_map_delete_elem(openFd(), key(key)));
  }

  /**
   * The sum over all CPUs of a value that starts with an unsigned 64-bit counter, at an index of a
   * per-CPU array. Allocates nothing.
   */
  public synchronized long sumPerCpu(int key) {
    readPerCpu(key);
    long sum = 0;
    for (int cpu = 0; cpu < cpus; cpu++) {
      sum += valueScratch.get(JAVA_LONG, cpu * stride());
    }
    return sum;
  }

  /** As {@link #sumPerCpu(int)}, of a value that is a row of counters: one sum per element. */
  public synchronized void sumPerCpu(int key, long[] sums) {
    if ((long) sums.length * Long.BYTES > stride()) {
      throw new IllegalArgumentException(
          "map %s has %d bytes per value, fewer than %d counters"
              .formatted(info.name, info.valueSize, sums.length));
    }
    readPerCpu(key);
    Arrays.fill(sums, 0);
    for (int cpu = 0; cpu < cpus; cpu++) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += valueScratch.get(JAVA_LONG, cpu * stride() + (long) i * Long.BYTES);
      }
    }
  }

  /** Reads all entries, {@code batchSize} or more at a time. */
  public BpfMapBatches batches(int batchSize) {
    return new BpfMapBatches(this, batchSize);
  }

  /** Gives the map a name in a bpffs, where it outlives this process until it is unpinned. */
  public void pin(Path path) {
    int result = BpfSyscall.bpf_obj_pin(openFd(), path.toString());
    if (result < 0) {
      throw new BpfException(
          "pin map " + info.name + " at " + path,
          result,
          result == -Errno.EPERM
              ? "the directory is not in a bpffs, or privileges are missing"
              : "");
    }
  }

  /** Removes the name; false when it was not there. */
  public static boolean unpin(Path path) {
    try {
      return Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new BpfException("unpin " + path, Errno.EACCES, String.valueOf(e.getMessage()), e);
    }
  }

  /** Closes a map that was opened by itself; a map of an object is closed with that. */
  @Override
  public synchronized void close() {
    if (object == null && !closed) {
      closed = true;
      Libc.close(fd);
    }
  }

  int fd() {
    return openFd();
  }

  BpfException failed(String what, int result) {
    return new BpfException(what + " map " + info.name, result, "");
  }

  private void readPerCpu(int key) {
    if (info.type != TYPE_PERCPU_ARRAY) {
      throw new IllegalStateException("map " + info.name + " is not a per-CPU array");
    }
    keyScratch.set(JAVA_INT, 0, key);
    int result = BpfSyscall.bpf_map_lookup_elem(openFd(), keyScratch, valueScratch);
    if (result < 0) {
      throw failed("read index " + key + " of", result);
    }
  }

  private long stride() {
    return (info.valueSize + 7L) & -8;
  }

  private MemorySegment key(MemorySegment key) {
    return sized("key", key, info.keySize);
  }

  private MemorySegment value(MemorySegment value) {
    return sized("value", value, valueBytes());
  }

  private MemorySegment sized(String what, MemorySegment segment, long wanted) {
    if (segment.byteSize() < wanted) {
      throw new IllegalArgumentException(
          "%s of map %s has %d bytes, the segment %d"
              .formatted(what, info.name, wanted, segment.byteSize()));
    }
    return segment;
  }

  private boolean found(String what, int result) {
    if (result == -Errno.ENOENT) {
      return false;
    }
    if (result < 0) {
      throw failed(what, result);
    }
    return true;
  }

  private int openFd() {
    if (object != null) {
      object.requireOpen();
    } else if (closed) {
      throw new IllegalStateException("map " + info.name + " is closed");
    }
    return fd;
  }

  private static MapInfo readInfo(int fd) {
    CStruct layout = BpfSyscall.MAP_INFO;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(layout.sizeBytes(), 8);
      int result = BpfSyscall.bpf_obj_get_info_by_fd(fd, info);
      if (result < 0) {
        throw new BpfException("read info of map", result, "");
      }
      return new MapInfo(
          info.get(JAVA_INT, layout.offset("id")),
          info.get(JAVA_INT, layout.offset("type")),
          info.getString(layout.offset("name")),
          info.get(JAVA_INT, layout.offset("key_size")),
          info.get(JAVA_INT, layout.offset("value_size")),
          info.get(JAVA_INT, layout.offset("max_entries")));
    }
  }
}
