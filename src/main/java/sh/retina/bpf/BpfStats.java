package sh.retina.bpf;

/**
 * Measuring of what BPF programs cost, switched on for as long as this is open (BPF_ENABLE_STATS).
 * It costs some tens of nanoseconds per run of every program on the machine. Needs CAP_SYS_ADMIN.
 */
public final class BpfStats implements AutoCloseable {
  private final int fd;
  private boolean closed;

  private BpfStats(int fd) {
    this.fd = fd;
  }

  public static BpfStats enable() {
    Downcalls.requireLibbpf();
    int fd = BpfSyscall.bpf_enable_stats(BpfSyscall.BPF_STATS_RUN_TIME);
    if (fd < 0) {
      throw new BpfException("enable BPF statistics", fd, "");
    }
    return new BpfStats(fd);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Libc.close(fd);
    }
  }
}
