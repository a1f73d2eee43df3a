package sh.retina.plugin;

import sh.retina.bpf.TcAttachment;

/**
 * How tc programs are attached. Handle and priority matter only for clsact, where they and the
 * program's name say what is ours.
 *
 * @param handle upper half of the filters' handles
 * @param mode AUTO: tcx links where the kernel has them
 */
public record TcSettings(TcAttachment.Mode mode, int handle, int priority) {
  /** Late enough to run after a CNI's own filters, which use low numbers. */
  private static final int PRIORITY = 40_000;

  private static final int HANDLE = 0x5265_0000; // "Re"

  public static TcSettings of(TcAttachment.Mode mode) {
    return new TcSettings(mode, HANDLE, PRIORITY);
  }

  /**
   * Its own number for each object, the same in each run: two of ours have a filter at the same
   * interface.
   */
  public int handleOf(String object) {
    return handle | object.hashCode() & 0xffff;
  }
}
