package sh.retina.plugin;

import sh.retina.bpf.TcAttachment;

/**
 * How tc programs are attached. Handle and priority matter only for clsact, where they and the
 * program's name say what is ours.
 *
 * @param mode AUTO: tcx links where the kernel has them
 */
public record TcSettings(TcAttachment.Mode mode, int handle, int priority) {
  /** Late enough to run after a CNI's own filters, which use low numbers. */
  private static final int PRIORITY = 40_000;

  private static final int HANDLE = 0x5265; // "Re"

  public static TcSettings of(TcAttachment.Mode mode) {
    return new TcSettings(mode, HANDLE, PRIORITY);
  }
}
