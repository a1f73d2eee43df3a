package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What libbpf prints, kept for the error that is about to be thrown instead of being written to
 * stderr. libbpf has one print callback per process and calls it on the thread that called libbpf:
 * a thread collects between {@link #capture} and close, and hears nothing otherwise.
 */
final class LibbpfLog implements AutoCloseable {
  private static final int MAX_LINES = 500;
  private static final int LINE_BYTES = 16 * 1024;
  private static final int LEVEL_DEBUG = 2; // libbpf.h, enum libbpf_print_level
  private static final ThreadLocal<@Nullable LibbpfLog> CURRENT = new ThreadLocal<>();

  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private final @Nullable LibbpfLog outer;

  private LibbpfLog(@Nullable LibbpfLog outer) {
    this.outer = outer;
  }

  /** Collects this thread's libbpf messages until closed. */
  static LibbpfLog capture() {
    LibbpfLog log = new LibbpfLog(CURRENT.get());
    CURRENT.set(log);
    return log;
  }

  /** A native function of type {@code libbpf_print_fn_t} that feeds the captures. */
  static MemorySegment callback() {
    try {
      var print =
          MethodHandles.lookup()
              .findStatic(
                  LibbpfLog.class,
                  "print",
                  MethodType.methodType(
                      int.class, int.class, MemorySegment.class, MemorySegment.class));
      return Linker.nativeLinker()
          .upcallStub(
              print, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS), Arena.global());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /**
   * The callback. A va_list argument travels as a pointer on x86-64 (array type) and on arm64
   * (struct of 32 bytes, passed by reference): vsnprintf takes the same pointer.
   */
  @SuppressWarnings("UnusedMethod") // called by libbpf
  private static int print(int level, MemorySegment format, MemorySegment arguments) {
    LibbpfLog log = CURRENT.get();
    if (log == null || level >= LEVEL_DEBUG) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment line = arena.allocate(LINE_BYTES);
      int length = Libc.vsnprintf(line, LINE_BYTES, format, arguments);
      log.add(line.getString(0));
      return length;
    } catch (Throwable t) { // an exception that leaves an upcall ends the JVM
      log.add("libbpf message lost: " + t);
      return 0;
    }
  }

  private void add(String text) {
    text.lines()
        .map(line -> line.startsWith("libbpf: ") ? line.substring(8) : line)
        .forEach(line -> {
          if (lines.size() == MAX_LINES) {
            lines.removeFirst();
          }
          lines.addLast(line);
        });
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
  }
}
