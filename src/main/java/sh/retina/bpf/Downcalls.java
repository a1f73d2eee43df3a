package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The one place that asks for the native linker, and what its users share: binding a C function,
 * reading a captured errno, and a clear error where the library or the permission is missing.
 */
final class Downcalls {
  private static final String LIBBPF = "libbpf.so.1";
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));

  private Downcalls() {}

  /**
   * Fails with the way out when native access is denied or libbpf is not installed. Every public
   * door of this package calls it before a class with handles is initialised, because an error in a
   * static initialiser would surface as NoClassDefFoundError.
   */
  static void requireLibbpf() {
    libbpf();
  }

  /** As {@link #requireLibbpf}, for what needs libc only. */
  static void requireNativeAccess() {
    try {
      MemorySegment.NULL.reinterpret(1);
    } catch (IllegalCallerException e) {
      throw denied(e);
    }
  }

  static SymbolLookup libbpf() {
    try {
      return SymbolLookup.libraryLookup(LIBBPF, Arena.global());
    } catch (IllegalCallerException e) {
      throw denied(e);
    } catch (IllegalArgumentException e) {
      throw new BpfException(
          "load " + LIBBPF,
          Errno.ENOENT,
          "the library is not installed: install the package libbpf1 (Debian, Ubuntu) or libbpf (Fedora, Alpine)",
          e);
    }
  }

  /** Debian's name of it, and the others'. */
  static SymbolLookup libpcap() {
    try {
      return SymbolLookup.libraryLookup("libpcap.so.0.8", Arena.global());
    } catch (IllegalCallerException e) {
      throw denied(e);
    } catch (IllegalArgumentException _) {
      try {
        return SymbolLookup.libraryLookup("libpcap.so.1", Arena.global());
      } catch (IllegalArgumentException e) {
        throw new BpfException(
            "load libpcap",
            Errno.ENOENT,
            "the library is not installed: install the package libpcap0.8 (Debian, Ubuntu) or libpcap (Fedora, Alpine)",
            e);
      }
    }
  }

  static SymbolLookup libc() {
    return Linker.nativeLinker().defaultLookup();
  }

  static MethodHandle bind(SymbolLookup library, String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(symbol(library, name), type);
  }

  /** The handle takes a segment of {@link #errnoState} as its first argument. */
  static MethodHandle bindWithErrno(SymbolLookup library, String name, FunctionDescriptor type) {
    return Linker.nativeLinker()
        .downcallHandle(symbol(library, name), type, Linker.Option.captureCallState("errno"));
  }

  static MemorySegment errnoState(Arena arena) {
    return arena.allocate(STATE);
  }

  static int errno(MemorySegment state) {
    return state.get(JAVA_INT, ERRNO);
  }

  /** What a downcall handle can throw is ours: unchecked and errors pass, all else cannot be. */
  static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof RuntimeException e) {
      return e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
    throw new AssertionError("a downcall threw a checked exception", thrown);
  }

  private static MemorySegment symbol(SymbolLookup library, String name) {
    return library
        .find(name)
        .orElseThrow(() ->
            new BpfException(
                "bind " + name,
                Errno.ENOSYS,
                "the installed library has no such function: libbpf 1.1 or newer is needed"));
  }

  private static BpfException denied(IllegalCallerException cause) {
    return new BpfException(
        "use native memory",
        Errno.EPERM,
        "native access is denied: start Java with --enable-native-access=ALL-UNNAMED",
        cause);
  }
}
