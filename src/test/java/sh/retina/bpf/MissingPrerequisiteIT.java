package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;

@RequiresRoot
@WholeMachine
class MissingPrerequisiteIT {
  /** Loads an object and prints what comes of it. */
  static final class Load {
    private Load() {}

    public static void main(String[] arguments) throws IOException {
      try (BpfSpec spec = BpfObject.open("emitting", Files.readAllBytes(Path.of(arguments[0])));
          BpfObject object = spec.load()) {
        System.out.println("loaded " + object.name());
      } catch (BpfException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static String load(String prefix, String option) throws IOException {
    Path object = Files.createTempFile("emitting", ".o");
    try {
      Files.write(object, TestObjects.elf("emitting"));
      return ChildJvm.run(prefix, option, 0, Load.class, object.toString()).strip();
    } finally {
      Files.delete(object);
    }
  }

  @Test
  void shouldLoadWhenAllIsThere() throws IOException {
    assertThat(load("", ChildJvm.NATIVE_ACCESS)).isEqualTo("loaded emitting");
  }

  @Test
  void shouldSayHowToAllowNativeAccess() throws IOException {
    assertThat(load("", "--illegal-native-access=deny"))
        .isEqualTo(
            "use native memory: EPERM: native access is denied: start Java with --enable-native-access=ALL-UNNAMED");
  }

  @Test
  void shouldNameThePackageWhenLibbpfIsMissing() throws IOException {
    Downcalls.requireLibbpf();
    String library;
    try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
      library =
          maps.filter(line -> line.contains("/libbpf.so"))
              .map(line -> line.substring(line.indexOf('/')))
              .findFirst()
              .orElseThrow();
    }

    assertThat(
            load(
                "unshare --mount sh -c 'mount --bind /dev/null \"$0\" && exec \"$@\"' " + library,
                ChildJvm.NATIVE_ACCESS))
        .startsWith("load libbpf.so.1: ENOENT: the library is not installed")
        .contains("libbpf1");
  }

  @Test
  void shouldSayWhichPrivilegesAreNeeded() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv on this machine");

    assertThat(load("setpriv --bounding-set=-all --inh-caps=-all", ChildJvm.NATIVE_ACCESS))
        .isEqualTo(
            "load emitting: EPERM: not permitted: root or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed");
  }
}
