package sh.retina.bpf;

import java.util.stream.IntStream;

/** The programs in the kernel, of all processes. */
public final class LoadedPrograms {
  /** The kernel counts ids up; a machine that loaded more programs than this is none for tests. */
  private static final int MAX_ID = 200_000;

  private LoadedPrograms() {}

  /** How many programs carry the name now. */
  public static long count(String name) {
    return IntStream.range(1, MAX_ID).filter(id -> BpfProgram.nameOf(id).equals(name)).count();
  }
}
