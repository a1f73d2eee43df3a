package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** Which programs the kernel runs at an interface by tcx, in their order (BPF_PROG_QUERY). */
public final class TcxChain {
  private static final int ROOM = 64; // BPF_MPROG_MAX
  private static final MethodHandle QUERY =
      Downcalls.bind(
          Downcalls.libbpf(),
          "bpf_prog_query",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS));

  private TcxChain() {}

  /**
   * {@code name#id} of each program at the ingress of an interface; on a thread in its namespace.
   */
  public static List<String> ingress(int interfaceIndex) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flags = arena.allocate(JAVA_INT);
      MemorySegment ids = arena.allocate(JAVA_INT, ROOM);
      MemorySegment count = arena.allocateFrom(JAVA_INT, ROOM);
      int result =
          (int) QUERY.invokeExact(interfaceIndex, BpfSyscall.BPF_TCX_INGRESS, 0, flags, ids, count);
      if (result < 0) {
        throw new BpfException("query tcx", result, "");
      }
      List<String> programs = new ArrayList<>();
      for (int i = 0; i < count.get(JAVA_INT, 0); i++) {
        int id = ids.getAtIndex(JAVA_INT, i);
        programs.add(BpfProgram.nameOf(id) + "#" + id);
      }
      return programs;
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw Downcalls.unexpected(t);
    }
  }
}
