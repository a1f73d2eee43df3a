package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BtfTest {
  private final byte[] elf = TestObjects.elf("layout");
  private final Btf btf = Btf.ofObject(elf);

  @Test
  void shouldReadEnumsOfEachSign() {
    assertThat(btf.enumValues("shape_kind"))
        .containsExactly(Map.entry("SHAPE_ROUND", 1L), Map.entry("SHAPE_SQUARE", 65535L));
    assertThat(btf.enumValues("shape_sign"))
        .containsExactly(Map.entry("SIGN_MINUS", -1L), Map.entry("SIGN_PLUS", 1L));
    assertThat(btf.findEnum("shape_kind").orElseThrow().sizeBytes()).isEqualTo(2);
  }

  @Test
  void shouldNameEnumValuesBothWays() {
    BtfEnum kind = btf.findEnum("shape_kind").orElseThrow();

    assertThat(kind.nameOf(65535)).contains("SHAPE_SQUARE");
    assertThat(kind.nameOf(2)).isEmpty();
    assertThat(kind.valueOf("SHAPE_ROUND")).contains(1L);
    assertThat(kind.valueOf("SHAPE_FLAT")).isEmpty();
  }

  @Test
  void shouldSayWhichEnumIsMissing() {
    assertThatThrownBy(() -> btf.enumValues("shape_mood"))
        .isInstanceOf(BtfException.class)
        .hasMessage("no enum shape_mood in BTF");
  }

  @Test
  void shouldListStructs() {
    assertThat(btf.structNames()).contains("shape_event", "shape_header", "holed_event");
  }

  @Test
  void shouldReadAgainWhatItWasReadFrom() {
    Btf again = Btf.parse(btf.bytes());

    assertThat(again.struct("shape_event").fields()).isEqualTo(btf.struct("shape_event").fields());
  }

  @Test
  void shouldReadSplitBtfOnTopOfItsBase() {
    Btf module = Btf.parse(splitBtf(), btf);

    assertThat(module.enumValues("module_reason"))
        .containsExactly(Map.entry("REASON_ODD", 196_608L));
    assertThat(module.enumValues("module_wide"))
        .containsExactly(Map.entry("WIDE_LARGE", 0x8000000000000001L));
    assertThat(module.enumValues("shape_kind")).containsEntry("SHAPE_ROUND", 1L);
    assertThat(module.structNames()).isEmpty();
  }

  @Test
  void shouldRefuseWhatIsNotBtf() {
    assertThatThrownBy(() -> Btf.parse(new byte[100]))
        .isInstanceOf(BtfException.class)
        .hasMessageContaining("not BTF");
    assertThatThrownBy(() -> Btf.ofObject(new byte[100]))
        .isInstanceOf(BtfException.class)
        .hasMessage("not a 64-bit ELF file: 100 bytes");
  }

  @Test
  void shouldAnswerDamageWithItsOwnException() {
    byte[] good = btf.bytes();
    Random random = new Random(11);
    for (int round = 0; round < 3_000; round++) {
      byte[] bad = good.clone();
      for (int i = 0; i < 4; i++) {
        bad[2 + random.nextInt(bad.length - 2)] = (byte) random.nextInt();
      }
      try {
        Btf.parse(bad).findStruct("shape_event").ifPresent(BpfStruct::fields);
      } catch (BtfException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }

  @Test
  void shouldFindSectionsByTheirWholeName() {
    assertThat(Elf.section(elf, ".BTF")).isPresent();
    assertThat(Elf.section(elf, ".BT")).isEmpty();
    assertThat(Elf.section(elf, "license")).hasValueSatisfying(l -> assertThat(l).hasSize(13));
  }

  @Test
  void shouldRefuseAStructLargerThanMemory() {
    Btf large = Btf.parse(struct(0x8000_0000, 1, 0));

    assertThatThrownBy(() -> large.struct("a").sizeBytes())
        .isInstanceOf(BtfException.class)
        .hasMessage("damaged BTF: struct a has 2147483648 bytes");
  }

  /** With two of itself inside, each level down is twice as many. */
  @Test
  void shouldRefuseAStructThatContainsItselfTwice() {
    Btf twice = Btf.parse(struct(8, 1, 1));

    assertThatThrownBy(() -> twice.struct("a").fields())
        .isInstanceOf(BtfException.class)
        .hasMessageContaining("damaged BTF: struct a ");
    assertThatThrownBy(() -> twice.struct("a").holes()).isInstanceOf(BtfException.class);
  }

  @Test
  void shouldNotLookForASectionBeyondTheFile() {
    byte[] file = ElfFuzz.elf().findFirst().orElseThrow();
    assertThat(Elf.section(file, ".BTF")).isPresent();
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(80, Integer.MAX_VALUE - 65);

    assertThat(Elf.section(file, ".BTF")).isEmpty();
  }

  /** A struct {@code a} of that size with two members without a name, of those types. */
  private static byte[] struct(int size, int firstType, int secondType) {
    ByteBuffer one = ByteBuffer.allocate(24 + 12 + 24 + 3).order(ByteOrder.LITTLE_ENDIAN);
    one.putShort((short) 0xEB9F).put((byte) 1).put((byte) 0).putInt(24);
    one.putInt(0).putInt(36).putInt(36).putInt(3);
    one.putInt(1).putInt(BtfKind.STRUCT << 24 | 2).putInt(size);
    one.putInt(0).putInt(firstType).putInt(0).putInt(0).putInt(secondType).putInt(32);
    one.put("\0a\0".getBytes(StandardCharsets.UTF_8));
    return one.array();
  }

  /** An enum and one of 64 bits, numbered and named on from the base. */
  private byte[] splitBtf() {
    String names = "module_reason\0REASON_ODD\0module_wide\0WIDE_LARGE\0";
    int base = ByteBuffer.wrap(btf.bytes()).order(ByteOrder.LITTLE_ENDIAN).getInt(20);
    int typeBytes = 12 + 8 + 12 + 12;
    ByteBuffer split =
        ByteBuffer.allocate(24 + typeBytes + names.length()).order(ByteOrder.LITTLE_ENDIAN);
    split.putShort((short) 0xEB9F).put((byte) 1).put((byte) 0).putInt(24);
    split.putInt(0).putInt(typeBytes).putInt(typeBytes).putInt(names.length());
    split.putInt(base).putInt(BtfKind.ENUM << 24 | 1).putInt(4);
    split.putInt(base + names.indexOf("REASON")).putInt(3 << 16);
    split.putInt(base + names.indexOf("module_wide")).putInt(BtfKind.ENUM64 << 24 | 1).putInt(8);
    split.putInt(base + names.indexOf("WIDE")).putInt(1).putInt(1 << 31);
    split.put(names.getBytes(StandardCharsets.UTF_8));
    return split.array();
  }
}
