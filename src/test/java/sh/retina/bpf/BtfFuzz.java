package sh.retina.bpf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** BTF comes out of journals, too: what is damaged ends in a BtfException, and soon. */
class BtfFuzz {
  static Stream<byte[]> btf() {
    return Stream.of(Btf.ofObject(TestObjects.elf("layout")).bytes());
  }

  @MethodSource("btf")
  @FuzzTest
  void shouldReadOrRefuse(byte[] section) {
    try {
      Btf btf = Btf.parse(section);
      for (String name : btf.structNames()) {
        readStruct(btf, name);
        btf.findEnum(name);
      }
      Knobs.of(btf);
      btf.findEnum("shape_kind").ifPresent(BtfEnum::values);
    } catch (BtfException e) {
      // refused
    }
  }

  private static void readStruct(Btf btf, String name) {
    try {
      BpfStruct struct = btf.struct(name);
      struct.sizeBytes();
      struct.holes();
      for (String field : struct.fields()) {
        struct.typeName(field);
        bind(struct, field);
      }
    } catch (BtfException e) {
      // refused
    }
  }

  private static void bind(BpfStruct struct, String field) {
    try {
      struct.u32(field);
      struct.bytes(field, 16);
    } catch (BtfException e) {
      // refused
    }
  }
}
