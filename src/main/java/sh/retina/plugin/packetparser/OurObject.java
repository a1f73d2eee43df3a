package sh.retina.plugin.packetparser;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Btf;

/**
 * The object in this program, whose events are nearly all there are: its layouts are constants to
 * the compiler. Events of another one, from an older agent's journal, are read by what came with
 * them.
 */
final class OurObject {
  static final @Nullable Btf BTF = btf();

  private OurObject() {}

  static boolean hasWritten(Btf btf) {
    return BTF != null && Arrays.equals(BTF.bytes(), btf.bytes());
  }

  private static @Nullable Btf btf() {
    try (InputStream in = OurObject.class.getResourceAsStream("/bpf/packetparser.bpf.o")) {
      return in == null ? null : Btf.ofObject(in.readAllBytes());
    } catch (IOException e) {
      return null; // slower, not wrong
    }
  }
}
