package sh.retina.bpf;

/** Names of Linux error numbers (asm-generic/errno-base.h and errno.h: x86-64 and arm64 agree). */
final class Errno {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int E2BIG = 7;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int EEXIST = 17;
  static final int ENODEV = 19;
  static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int ENOSPC = 28;
  static final int ENOSYS = 38;
  static final int EOPNOTSUPP = 95;
  static final int ENOBUFS = 105;

  /** Names 1 to 40, in order; the few gaps above are handled by {@link #name}. */
  private static final String[] FIRST = {
    "0",
    "EPERM",
    "ENOENT",
    "ESRCH",
    "EINTR",
    "EIO",
    "ENXIO",
    "E2BIG",
    "ENOEXEC",
    "EBADF",
    "ECHILD",
    "EAGAIN",
    "ENOMEM",
    "EACCES",
    "EFAULT",
    "ENOTBLK",
    "EBUSY",
    "EEXIST",
    "EXDEV",
    "ENODEV",
    "ENOTDIR",
    "EISDIR",
    "EINVAL",
    "ENFILE",
    "EMFILE",
    "ENOTTY",
    "ETXTBSY",
    "EFBIG",
    "ENOSPC",
    "ESPIPE",
    "EROFS",
    "EMLINK",
    "EPIPE",
    "EDOM",
    "ERANGE",
    "EDEADLK",
    "ENAMETOOLONG",
    "ENOLCK",
    "ENOSYS",
    "ENOTEMPTY",
    "ELOOP",
  };

  private Errno() {}

  /** The C name of an error number, or {@code errno N} where this table has none. */
  static String name(int errno) {
    if (errno > 0 && errno < FIRST.length) {
      return FIRST[errno];
    }
    return switch (errno) {
      case 61 -> "ENODATA";
      case 71 -> "EPROTO";
      case 75 -> "EOVERFLOW";
      case 88 -> "ENOTSOCK";
      case 90 -> "EMSGSIZE";
      case 92 -> "ENOPROTOOPT";
      case 93 -> "EPROTONOSUPPORT";
      case 95 -> "EOPNOTSUPP";
      case 97 -> "EAFNOSUPPORT";
      case 98 -> "EADDRINUSE";
      case 99 -> "EADDRNOTAVAIL";
      case 100 -> "ENETDOWN";
      case 101 -> "ENETUNREACH";
      case 105 -> "ENOBUFS";
      case 110 -> "ETIMEDOUT";
      case 111 -> "ECONNREFUSED";
      case 116 -> "ESTALE";
      case 524 -> "ENOTSUPP";
      // libbpf's own numbers (libbpf.h, enum libbpf_errno)
      case 4000 -> "LIBBPF_ERRNO__LIBELF";
      case 4001 -> "LIBBPF_ERRNO__FORMAT";
      case 4002 -> "LIBBPF_ERRNO__KVERSION";
      case 4003 -> "LIBBPF_ERRNO__ENDIAN";
      case 4004 -> "LIBBPF_ERRNO__INTERNAL";
      case 4005 -> "LIBBPF_ERRNO__RELOC";
      case 4006 -> "LIBBPF_ERRNO__LOAD";
      case 4007 -> "LIBBPF_ERRNO__VERIFY";
      case 4008 -> "LIBBPF_ERRNO__PROG2BIG";
      case 4009 -> "LIBBPF_ERRNO__KVER";
      case 4010 -> "LIBBPF_ERRNO__PROGTYPE";
      default -> "errno " + errno;
    };
  }
}
