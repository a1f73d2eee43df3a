package sh.retina.bpf;

/**
 * A tcx link at an interface (kernel/bpf/tcx.c, Linux 6.6): a list of programs beside all other
 * traffic control, from which the kernel takes ours when its descriptor closes, for any reason.
 */
final class TcxLink implements BpfLink {
  private final Owned owner;
  private final String where;
  private final int fd;
  private boolean closed;

  private TcxLink(Owned owner, String where, int fd) {
    this.owner = owner;
    this.where = where;
    this.fd = fd;
  }

  /**
   * The attach call alone: a descriptor, or a negative error number. Kernels without tcx do not
   * know the attach type and answer EINVAL.
   */
  static int create(int programFd, int interfaceIndex, TcAttachment.Direction direction) {
    int type =
        direction == TcAttachment.Direction.INGRESS
            ? BpfSyscall.BPF_TCX_INGRESS
            : BpfSyscall.BPF_TCX_EGRESS;
    return BpfSyscall.bpf_link_create(programFd, interfaceIndex, type);
  }

  static BpfLink of(BpfProgram program, TcAttachment attachment, int fd) {
    Owned owner = program.object().owned();
    return owner.add(new TcxLink(owner, attachment.describe(program), fd));
  }

  @Override
  public Kind kind() {
    return Kind.TCX;
  }

  @Override
  public String where() {
    return where;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      owner.remove(this);
      Libc.close(fd);
    }
  }
}
