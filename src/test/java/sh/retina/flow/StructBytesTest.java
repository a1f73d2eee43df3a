package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import org.junit.jupiter.api.Test;

class StructBytesTest {
  private final StructBytes bytes = new StructBytes();
  private final Struct.Builder expected = Struct.newBuilder();

  private void put(String key, double value) {
    bytes.put(key, value);
    expected.putFields(key, Value.newBuilder().setNumberValue(value).build());
  }

  private void put(String key, String value) {
    bytes.put(key, value);
    expected.putFields(key, Value.newBuilder().setStringValue(value).build());
  }

  @Test
  void shouldWriteWhatProtobufWrites() throws InvalidProtocolBufferException {
    put("bytes", 1500);
    put("large", 9_007_199_254_740_993L);
    put("half", -0.5);
    put("empty", "");
    put("reason", "Grüße, \uD83D\uDE00");

    assertThat(bytes.copy()).isEqualTo(expected.build().toByteString());
    assertThat(Struct.parseFrom(bytes.copy())).isEqualTo(expected.build());
  }

  /** Lengths of each size that a varint has here, and more than there was room for. */
  @Test
  void shouldWriteTextsOfEachLength() throws InvalidProtocolBufferException {
    for (int length : new int[] {100, 116, 117, 118, 119, 120, 126, 127, 128, 16_383, 16_384}) {
      put("text" + length, "x".repeat(length));
    }
    put("k".repeat(200), 1);

    assertThat(Struct.parseFrom(bytes.copy())).isEqualTo(expected.build());
  }

  @Test
  void shouldWriteAStructWithinAndBeUsedAgain() throws InvalidProtocolBufferException {
    StructBytes within = new StructBytes();
    assertThat(within.isEmpty()).isTrue();
    within.put("SYN", 3);
    bytes.put("flags", within);
    Struct flags =
        Struct.newBuilder().putFields("SYN", Value.newBuilder().setNumberValue(3).build()).build();
    expected.putFields("flags", Value.newBuilder().setStructValue(flags).build());
    assertThat(Struct.parseFrom(bytes.copy())).isEqualTo(expected.build());

    bytes.clear();
    bytes.put("SYN", 3);
    assertThat(Struct.parseFrom(bytes.copy())).isEqualTo(flags);
  }
}
