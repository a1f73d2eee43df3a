package sh.retina.bpf;

/**
 * Where and how a traffic-control program is attached. The interface is one of the network
 * namespace that the calling thread is in.
 *
 * @param interfaceIndex of the current thread's network namespace
 * @param handle of our filter in clsact: with the priority and the program's name, what a next
 *     start recognises as ours
 * @param priority of our filter in clsact: lower ones run first
 */
public record TcAttachment(
    int interfaceIndex, Direction direction, Mode mode, int handle, int priority) {

  /** As seen from the interface: ingress is what it received. */
  public enum Direction {
    INGRESS,
    EGRESS;

    String word() {
      return this == INGRESS ? "ingress" : "egress";
    }
  }

  /** Which mechanism holds the program. */
  public enum Mode {
    /** tcx where the kernel has it, else clsact. */
    AUTO,
    TCX,
    CLSACT
  }

  public TcAttachment {
    if (interfaceIndex <= 0) {
      throw new IllegalArgumentException("interface index must be positive: " + interfaceIndex);
    }
    if (handle <= 0) {
      throw new IllegalArgumentException("handle must be positive: " + handle);
    }
    if (priority <= 0 || priority > 0xFFFF) {
      throw new IllegalArgumentException("priority must be in 1..65535: " + priority);
    }
  }

  String describe(BpfProgram program) {
    return program.name() + " at " + direction.word() + " of interface " + interfaceIndex;
  }
}
