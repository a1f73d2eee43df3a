package sh.retina.bpf;

import java.lang.foreign.MemorySegment;

/** A {@code struct bpf_link} of libbpf: tracing programs, tracepoints, cgroups. */
final class LibbpfLink implements BpfLink {
  private final Owned owner;
  private final String where;
  private final MemorySegment link;
  private boolean closed;

  private LibbpfLink(Owned owner, String where, MemorySegment link) {
    this.owner = owner;
    this.where = where;
    this.link = link;
  }

  static BpfLink attach(BpfProgram program) {
    String where = program.name() + " at " + program.section();
    try (LibbpfLog said = LibbpfLog.capture()) {
      return made(program, where, Libbpf.bpf_program__attach(program.pointer()), said);
    }
  }

  static BpfLink attachCgroup(BpfProgram program, String path) {
    String where = program.name() + " at cgroup " + path;
    int fd = Libc.open(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
    if (fd < 0) {
      throw new BpfException("attach " + where, fd, "the cgroup's directory cannot be opened");
    }
    try (LibbpfLog said = LibbpfLog.capture()) {
      return made(program, where, Libbpf.bpf_program__attach_cgroup(program.pointer(), fd), said);
    } finally {
      Libc.close(fd);
    }
  }

  private static BpfLink made(
      BpfProgram program, String where, Libbpf.Pointer link, LibbpfLog said) {
    if (link.isNull()) {
      throw new BpfException(
          "attach " + where,
          link.errno(),
          String.join("; ", said.lines()),
          String.join("\n", said.lines()),
          program.name());
    }
    Owned owner = program.object().owned();
    return owner.add(new LibbpfLink(owner, where, link.address()));
  }

  @Override
  public Kind kind() {
    return Kind.LINK;
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
      Libbpf.bpf_link__destroy(link);
    }
  }
}
