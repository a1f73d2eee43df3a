package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BpfStructTest {
  private final Btf btf = Btf.ofObject(TestObjects.elf("layout"));
  private final BpfStruct shape = btf.struct("shape_event");

  @Test
  void shouldReadBackWhatItWroteThroughEachKindOfField() {
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(shape.sizeBytes() + 1).address() + 1;
      BpfField.U64 time = shape.u64("header.time_ns");
      BpfField.U16 kind = shape.u16("header.kind");
      BpfField.U8 small = shape.u8("small");
      BpfField.U32 number = shape.u32("number");
      BpfField.U32Array counts = shape.u32Array("counts", 3);
      BpfField.Bytes address = shape.bytes("address", 16);
      BpfField.Bytes name = shape.bytes("name", 13);

      time.set(at, -2);
      kind.set(at, 65535);
      small.set(at, 200);
      number.set(at, 0xFFFF_FFFEL);
      counts.set(at, 2, 0x8000_0001L);
      address.set(at, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
      name.set(at, "eth0".getBytes(StandardCharsets.UTF_8));

      assertThat(time.get(at)).isEqualTo(-2);
      assertThat(kind.get(at)).isEqualTo(65535);
      assertThat(small.get(at)).isEqualTo(200);
      assertThat(number.get(at)).isEqualTo(0xFFFF_FFFEL);
      assertThat(number.bits(at)).isEqualTo(-2);
      assertThat(counts.get(at, 2)).isEqualTo(0x8000_0001L);
      assertThat(address.high(at)).isEqualTo(0x0102030405060708L);
      assertThat(address.low(at)).isEqualTo(0x090A0B0C0D0E0F10L);
      assertThat(name.text(at)).isEqualTo("eth0");
    }
  }

  @Test
  void shouldPlaceFieldsWhereTheCompilerDid() {
    assertThat(shape.sizeBytes()).isEqualTo(112);
    assertThat(shape.u64("header.time_ns").offset()).isZero();
    assertThat(shape.u32("header.cpu").offset()).isEqualTo(12);
    assertThat(shape.u16("port").offset()).isEqualTo(64);
    assertThat(shape.u32("v4").offset()).isEqualTo(80);
    assertThat(shape.bytes("raw", 4).offset()).isEqualTo(80);
  }

  @Test
  void shouldGiveTypedefsByTheirName() {
    assertThat(shape.typeName("port")).isEqualTo("host_port");
    assertThat(shape.typeName("header.kind")).isEqualTo("shape_kind");
  }

  @Test
  void shouldSayWhichFieldsThereAre() {
    assertThatThrownBy(() -> btf.struct("shape_header").u16("sport"))
        .isInstanceOf(BtfException.class)
        .hasMessage("struct shape_header has no field sport; it has [time_ns, kind, size, cpu]");
  }

  @Test
  void shouldSayWhatIsMissingFromTheObject() {
    assertThatThrownBy(() -> btf.struct("dns_event"))
        .isInstanceOf(BtfException.class)
        .hasMessage("no struct dns_event in BTF: add EVENT_TYPE(dns_event)");
  }

  @Test
  void shouldCompareSizes() {
    assertThatThrownBy(() -> shape.u8("port")).hasMessage("field port has 2 bytes in C, 1 in Java");
    assertThatThrownBy(() -> shape.u64("number"))
        .hasMessage("field number has 4 bytes in C, 8 in Java");
  }

  @Test
  void shouldCompareSigns() {
    assertThatThrownBy(() -> shape.u64("balance"))
        .hasMessage("field balance is signed in C, unsigned in Java");
  }

  @Test
  void shouldCompareArrays() {
    assertThatThrownBy(() -> shape.bytes("address", 4))
        .hasMessage("field address has 16 elements in C, 4 in Java");
    assertThatThrownBy(() -> shape.u32Array("address", 4))
        .hasMessage("field address has elements of 1 bytes in C, 4 in Java");
    assertThatThrownBy(() -> shape.bytes("number", 4))
        .hasMessage("field number is a number in C, an array in Java");
    assertThatThrownBy(() -> shape.u32("counts"))
        .hasMessage("field counts is an array of 3 in C, a number in Java");
    assertThatThrownBy(() -> shape.u64("header"))
        .hasMessage("field header is struct shape_header in C, a number in Java");
  }

  @Test
  void shouldRefuseBitFields() {
    assertThatThrownBy(() -> shape.u32("low_bits"))
        .hasMessage("field low_bits is a bit-field: not supported");
  }

  @Test
  void shouldRefuseAPathThroughANumber() {
    assertThatThrownBy(() -> shape.u8("number.low"))
        .hasMessage("field number of number.low is not a struct");
  }

  @Test
  void shouldFindHolesInsideAndAtTheEnd() {
    assertThat(btf.struct("holed_event").holes())
        .containsExactly(
            "1 bytes after kind",
            "4 bytes after length",
            "4 bytes after part.first",
            "7 bytes after last");
    assertThat(btf.struct("shape_header").holes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"flow_event", "drop_event"})
  void shouldNotKnowStructsOfOtherObjects(String name) {
    assertThat(btf.findStruct(name)).isEmpty();
  }
}
