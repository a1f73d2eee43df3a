package sh.retina.bpf;

/**
 * A program that is attached. Closing detaches it; closing twice does nothing. Its object closes it
 * too. All kinds but {@link Kind#CLSACT} are gone when the process dies, however it dies; what a
 * killed process leaves in clsact is recognised and replaced by the next attach. Thread-safe.
 */
public sealed interface BpfLink extends AutoCloseable
    permits LibbpfLink, TcxLink, ClsactLink, SocketFilterLink {
  /** The mechanism that holds the program. */
  enum Kind {
    /** A kernel link that libbpf made: tracing, tracepoint, cgroup. */
    LINK,
    /** A kernel link at an interface (Linux 6.6). */
    TCX,
    /** A classifier in the clsact qdisc of an interface. */
    CLSACT,
    /** A filter on a packet socket. */
    SOCKET_FILTER
  }

  Kind kind();

  /** Where the program is attached, for messages: {@code on_ingress at ingress of interface 3}. */
  String where();

  @Override
  void close();
}
