package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sh.retina.bpf.NativeMemory;
import sh.retina.bpf.RingRecords;
import sh.retina.bpf.SpanHandler;

class StreamBufferTest {
  private final StreamBuffer buffer = new StreamBuffer();
  private final List<String> taken = new ArrayList<>();
  private final SpanHandler handler = (address, byteCount, _) -> read(address, byteCount);

  @AfterEach
  void close() {
    buffer.close();
  }

  private void read(long address, long byteCount) {
    RingRecords records = new RingRecords().over(address, byteCount);
    while (records.next()) {
      byte[] bytes = new byte[records.length()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = NativeMemory.byteAt(records.address() + i);
      }
      taken.add(new String(bytes, StandardCharsets.UTF_8));
    }
    assertThat(records.brokenBytes()).isZero();
  }

  private boolean write(String text) {
    byte[] bytes = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
    return buffer.write(bytes, 1, bytes.length - 2);
  }

  @Test
  void shouldHandOverRecordsInTheirOrderAndOnce() {
    assertThat(buffer.drain(handler)).isZero();
    for (int i = 0; i < 3; i++) {
      write("round " + i);
      write("");
      assertThat(buffer.drain(handler)).isEqualTo(2);
    }

    assertThat(buffer.drain(handler)).isZero();
    assertThat(taken).containsExactly("round 0", "", "round 1", "", "round 2", "");
  }

  @Test
  void shouldRefuseWhatFindsNoRoomAndKeepWhatWasThere() {
    String large = "x".repeat(100_000);
    int kept = 0;
    while (write(large)) {
      kept++;
    }

    assertThat(kept).isEqualTo(5);
    assertThat(write("y".repeat(600_000))).as("larger than a half").isFalse();
    assertThat(buffer.drain(handler)).isEqualTo(5);
    assertThat(write("after")).isTrue();
    assertThat(buffer.drain(handler)).isEqualTo(1);
    assertThat(taken).hasSize(6).endsWith("after");
  }

  @Test
  void shouldKeepWhatAHandlerCouldNotTake() {
    write("first");

    assertThatThrownBy(() ->
            buffer.drain((_, _, _) -> {
              throw new IllegalStateException("no disk");
            }))
        .hasMessage("no disk");
    write("second");

    assertThat(buffer.drain(handler)).isEqualTo(1);
    assertThat(buffer.drain(handler)).isEqualTo(1);
    assertThat(taken).containsExactly("first", "second");
  }
}
