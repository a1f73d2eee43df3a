package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A classifier with a handle and priority of our own in the clsact qdisc of an interface, for
 * kernels without tcx. The kernel keeps it when the process dies; so the next attach that finds a
 * filter at its handle and priority with a program of its name takes it for the left-over of a
 * killed process and replaces it. Filters of others are never touched. The qdisc goes when we made
 * it and nothing is left in it.
 *
 * <p>It is closed on a thread in the network namespace that it was attached in.
 */
final class ClsactLink implements BpfLink {
  private static final int BOTH = LibbpfTc.BPF_TC_INGRESS | LibbpfTc.BPF_TC_EGRESS;

  private final BpfObject object;
  private final TcAttachment attachment;
  private final String where;
  private final String namespace;
  private final int programId;
  private boolean closed;

  private ClsactLink(
      BpfObject object, TcAttachment attachment, String where, String namespace, int programId) {
    this.object = object;
    this.attachment = attachment;
    this.where = where;
    this.namespace = namespace;
    this.programId = programId;
  }

  static BpfLink attach(BpfProgram program, TcAttachment attachment) {
    String where = attachment.describe(program);
    String namespace = NetworkNamespace.currentId();
    BpfObject object = program.object();
    try (Arena arena = Arena.ofConfined();
        LibbpfLog said = LibbpfLog.capture()) {
      int created =
          LibbpfTc.bpf_tc_hook_create(LibbpfTc.hook(arena, attachment.interfaceIndex(), BOTH));
      if (created < 0 && created != -Errno.EEXIST) {
        throw failed("make clsact for " + where, created, said);
      }
      boolean made = created == 0;
      try {
        int flags = leftOver(arena, program, attachment, where) ? LibbpfTc.BPF_TC_F_REPLACE : 0;
        MemorySegment opts = opts(arena, attachment);
        opts.set(JAVA_INT, LibbpfTc.OPTS.offset("prog_fd"), program.fd());
        opts.set(JAVA_INT, LibbpfTc.OPTS.offset("flags"), flags);
        int attached = LibbpfTc.bpf_tc_attach(hook(arena, attachment), opts);
        if (attached < 0) {
          throw failed("attach " + where, attached, said);
        }
      } catch (BpfException e) {
        if (made) {
          removeEmptyQdisc(arena, attachment.interfaceIndex());
        }
        throw e;
      }
      if (made) {
        object.madeQdiscs().add(qdiscKey(namespace, attachment));
      }
    }
    ClsactLink link = new ClsactLink(object, attachment, where, namespace, program.info().id());
    return object.owned().add(link);
  }

  @Override
  public Kind kind() {
    return Kind.CLSACT;
  }

  @Override
  public String where() {
    return where;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    String current = NetworkNamespace.currentId();
    if (!current.equals(namespace)) {
      throw new IllegalStateException(
          where + " was attached in " + namespace + " and must be closed there, not in " + current);
    }
    closed = true;
    object.owned().remove(this);
    try (Arena arena = Arena.ofConfined();
        LibbpfLog _ = LibbpfLog.capture()) {
      // Gone already (with its interface), or replaced by another process: not ours any more.
      if (programIdAt(arena, attachment) == programId) {
        int detached = LibbpfTc.bpf_tc_detach(hook(arena, attachment), opts(arena, attachment));
        if (detached < 0 && detached != -Errno.ENOENT && detached != -Errno.ENODEV) {
          throw new BpfException("detach " + where, detached, "");
        }
      }
      String key = qdiscKey(namespace, attachment);
      if (object.madeQdiscs().contains(key)
          && removeEmptyQdisc(arena, attachment.interfaceIndex())) {
        object.madeQdiscs().remove(key);
      }
    }
  }

  /** Whether a filter of our own is there; one of somebody else is an error. */
  private static boolean leftOver(
      Arena arena, BpfProgram program, TcAttachment attachment, String where) {
    int id = programIdAt(arena, attachment);
    if (id == 0) {
      return false;
    }
    String holder = BpfProgram.nameOf(id);
    if (!holder.equals(program.info().name())) {
      throw new BpfException(
          "attach " + where,
          Errno.EEXIST,
          "handle %d, priority %d is held by program %s (id %d), which is not ours"
              .formatted(attachment.handle(), attachment.priority(), holder, id));
    }
    return true;
  }

  /** The id of the program at our handle and priority, 0 where there is none. */
  private static int programIdAt(Arena arena, TcAttachment attachment) {
    MemorySegment opts = opts(arena, attachment);
    int result = LibbpfTc.bpf_tc_query(hook(arena, attachment), opts);
    return result < 0 ? 0 : opts.get(JAVA_INT, LibbpfTc.OPTS.offset("prog_id"));
  }

  private static boolean removeEmptyQdisc(Arena arena, int interfaceIndex) {
    try (NetlinkSocket netlink = NetlinkSocket.open(0)) {
      if (netlink.hasFilters(interfaceIndex)) {
        return false;
      }
    }
    return LibbpfTc.bpf_tc_hook_destroy(LibbpfTc.hook(arena, interfaceIndex, BOTH)) == 0;
  }

  private static MemorySegment hook(Arena arena, TcAttachment attachment) {
    return LibbpfTc.hook(
        arena,
        attachment.interfaceIndex(),
        attachment.direction() == TcAttachment.Direction.INGRESS
            ? LibbpfTc.BPF_TC_INGRESS
            : LibbpfTc.BPF_TC_EGRESS);
  }

  private static MemorySegment opts(Arena arena, TcAttachment attachment) {
    return LibbpfTc.opts(arena, attachment.handle(), attachment.priority());
  }

  private static String qdiscKey(String namespace, TcAttachment attachment) {
    return namespace + " " + attachment.interfaceIndex();
  }

  private static BpfException failed(String operation, int errno, LibbpfLog said) {
    return new BpfException(
        operation, errno, String.join("; ", said.lines()), String.join("\n", said.lines()));
  }
}
