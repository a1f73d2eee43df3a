package sh.retina.bpf;

import java.io.File;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sh.retina.bpf.TcAttachment.Direction;
import sh.retina.bpf.TcAttachment.Mode;

/** A process that attaches a program and dies without a chance to clean up, as by kill -9. */
final class AbandonedAttach {
  private AbandonedAttach() {}

  /** Runs such a process to its end. */
  static void run(String namespace, int interfaceIndex, Mode mode, int handle, int priority) {
    TestNetwork.run(
        "sh",
        "-c",
        String.join(
                " ",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -cp",
                "'" + ourClasses() + "'",
                AbandonedAttach.class.getName(),
                namespace,
                Integer.toString(interfaceIndex),
                mode.name(),
                Integer.toString(handle),
                Integer.toString(priority))
            + "; test $? = 137");
  }

  /** The class path without libraries: the package needs none. */
  private static String ourClasses() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> new File(entry).isDirectory())
        .collect(Collectors.joining(File.pathSeparator));
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
