package sh.retina.bpf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A span of a journal that lies: the walk stays inside, and ends. */
class RingRecordsFuzz {
  static Stream<byte[]> spans() {
    return Stream.of("0800000000000000" + "1122334455667788", "0100004000000000" + "00".repeat(16))
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("spans")
  @FuzzTest
  void shouldNeverLeaveTheSpan(byte[] span) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(span.length + 8L, 8);
      MemorySegment.copy(span, 0, memory, ValueLayout.JAVA_BYTE, 0, span.length);
      RingRecords records = new RingRecords().over(memory.address(), span.length);
      long end = memory.address() + span.length;
      long last = memory.address();
      while (records.next()) {
        if (records.address() < last + 8
            || records.length() < 0
            || records.address() + records.length() > end) {
          throw new AssertionError("left the span: " + records.address() + " " + records.length());
        }
        last = records.address() + records.length();
      }
      if (records.brokenBytes() < 0 || records.brokenBytes() > span.length) {
        throw new AssertionError("broken bytes: " + records.brokenBytes());
      }
    }
  }
}
