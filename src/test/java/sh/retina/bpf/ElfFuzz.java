package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class ElfFuzz {
  /** The smallest file that has the section: a header, names, two section headers. */
  static Stream<byte[]> elf() {
    byte[] names = "\0.BTF\0.names\0".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file = ByteBuffer.allocate(80 + 2 * 64).order(ByteOrder.LITTLE_ENDIAN);
    file.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    file.putLong(0x28, 80).putShort(0x3a, (short) 64).putShort(0x3c, (short) 2);
    file.putShort(0x3e, (short) 1).put(64, names);
    file.putInt(80, 1).putInt(84, 1).putLong(80 + 0x18, 64).putLong(80 + 0x20, 5);
    file.putInt(144, 6).putInt(148, 3).putLong(144 + 0x18, 64).putLong(144 + 0x20, names.length);
    return Stream.of(file.array());
  }

  @MethodSource("elf")
  @FuzzTest
  void shouldReadOrRefuse(byte[] file) {
    try {
      Elf.section(file, ".BTF")
          .ifPresent(section -> assertThat(section).hasSizeLessThanOrEqualTo(file.length));
    } catch (BtfException e) {
      // refused
    }
  }
}
