package sh.retina.bpf;

import org.jspecify.annotations.Nullable;

/**
 * A call to the kernel or to libbpf that failed. The message says what was tried, the C name of the
 * error number and the telling detail; {@link #log} has all that the kernel and libbpf said.
 */
public final class BpfException extends RuntimeException {
  private final String operation;
  private final int errno;
  private final String log;
  private final String program;

  public BpfException(String operation, int errno, String detail) {
    this(operation, errno, detail, "", "", null);
  }

  BpfException(String operation, int errno, String detail, Throwable cause) {
    this(operation, errno, detail, "", "", cause);
  }

  BpfException(String operation, int errno, String detail, String log) {
    this(operation, errno, detail, log, "", null);
  }

  BpfException(String operation, int errno, String detail, String log, String program) {
    this(operation, errno, detail, log, program, null);
  }

  private BpfException(
      String operation,
      int errno,
      String detail,
      String log,
      String program,
      @Nullable Throwable cause) {
    super(
        operation
            + ": "
            + Errno.name(Math.abs(errno))
            + (detail.isEmpty() ? hint(Math.abs(errno)) : ": " + detail),
        cause);
    this.operation = operation;
    this.errno = Math.abs(errno);
    this.log = log;
    this.program = program;
  }

  /** What was tried, such as {@code load packetparser}. */
  public String operation() {
    return operation;
  }

  /** The positive error number; 0 where the failure has none. */
  public int errno() {
    return errno;
  }

  /** The C name of {@link #errno}, such as {@code EPERM}. */
  public String errnoName() {
    return Errno.name(errno);
  }

  /**
   * Everything that the verifier and libbpf said, oldest line first; empty when they said nothing.
   */
  public String log() {
    return log;
  }

  /** The program that could not be loaded or attached; empty where it is not known or not one. */
  public String program() {
    return program;
  }

  /** Whether the failure says that privileges are missing. */
  public boolean isDenied() {
    return errno == Errno.EPERM || (errno == Errno.EACCES && log.isEmpty());
  }

  /**
   * Whether the failure is about this process (rights, descriptors, memory) and so says nothing
   * about what the kernel can do.
   */
  public boolean isOfThisProcess() {
    return isDenied() || isShortage();
  }

  /** Whether descriptors or memory ran out, which may pass. */
  public boolean isShortage() {
    return errno == Errno.EMFILE
        || errno == Errno.ENFILE
        || errno == Errno.ENOMEM
        || errno == Errno.EAGAIN;
  }

  /** Whether the failure says that the interface is gone. */
  public boolean isNoSuchInterface() {
    return errno == Errno.ENODEV;
  }

  private static String hint(int errno) {
    return switch (errno) {
      case Errno.EPERM ->
          ": not permitted: root or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed";
      case Errno.ENODEV -> ": no such interface";
      default -> "";
    };
  }
}
