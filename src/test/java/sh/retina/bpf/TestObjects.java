package sh.retina.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The objects that the build makes of src/test/c/bpf. */
final class TestObjects {
  private TestObjects() {}

  static byte[] elf(String name) {
    try (InputStream in = TestObjects.class.getResourceAsStream("/bpf/" + name + ".bpf.o")) {
      if (in == null) {
        throw new IllegalStateException("no object " + name + ": run make in src/main/c");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
