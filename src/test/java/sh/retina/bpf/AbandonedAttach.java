package sh.retina.bpf;

import java.nio.file.Path;
import sh.retina.bpf.TcAttachment.Direction;
import sh.retina.bpf.TcAttachment.Mode;

/** A process that attaches a program and dies without a chance to clean up, as by kill -9. */
final class AbandonedAttach {
  private AbandonedAttach() {}

  /** Runs such a process to its end. */
  static void run(String namespace, int interfaceIndex, Mode mode, int handle, int priority) {
    ChildJvm.run(
        "",
        ChildJvm.NATIVE_ACCESS,
        137,
        AbandonedAttach.class,
        namespace,
        Integer.toString(interfaceIndex),
        mode.name(),
        Integer.toString(handle),
        Integer.toString(priority));
  }

  /** Attaches and halts: no shutdown hook and no close runs. */
  public static void main(String[] arguments) {
    TcAttachment attachment =
        new TcAttachment(
            Integer.parseInt(arguments[1]),
            Direction.INGRESS,
            Mode.valueOf(arguments[2]),
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]));
    try (NetworkNamespace namespace = NetworkNamespace.enter(Path.of(arguments[0]));
        BpfSpec spec = BpfObject.open("emitting", TestObjects.elf("emitting"))) {
      BpfObject object = spec.load();
      namespace.call(() -> object.program("on_ingress").attachTc(attachment));
      Runtime.getRuntime().halt(137);
    }
  }
}
