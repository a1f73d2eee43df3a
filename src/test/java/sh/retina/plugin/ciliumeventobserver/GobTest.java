package sh.retina.plugin.ciliumeventobserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GobTest {
  private static Object first(byte[] stream) throws GobException {
    return Gob.readFirst(stream, 0, stream.length);
  }

  private static List<Object> all(byte[] stream) throws IOException {
    GobMessages messages = new GobMessages(Channels.newChannel(new ByteArrayInputStream(stream)));
    Gob gob = new Gob();
    List<Object> values = new ArrayList<>();
    while (messages.next()) {
      Object value = gob.read(messages.bytes(), messages.offset(), messages.length());
      if (value != null) {
        values.add(value);
      }
    }
    return values;
  }

  @Test
  void shouldReadPayloadsOfAStream() throws IOException {
    List<Object> values = all(GoldenGobs.of("payloads"));

    assertThat(values).hasSize(2);
    assertThat(Payload.of(values.get(0)).data()).containsExactly(1, 2, 3);
    assertThat(Payload.of(values.get(0)).lost()).isZero();
    assertThat(Payload.of(values.get(1)).lost()).isEqualTo(1L << 40);
  }

  @Test
  void shouldReadEveryKindOfValue() throws GobException {
    Map<?, ?> odds = (Map<?, ?>) first(GoldenGobs.of("odds"));

    assertThat(odds.get("Yes")).isEqualTo(true);
    assertThat(odds.get("Minus")).isEqualTo(-129L);
    assertThat(odds.get("Big")).isEqualTo(-1L); // 2^64 - 1
    assertThat(odds.get("Half")).isEqualTo(0.5);
    assertThat(odds.get("Turn")).isEqualTo(List.of(1.0, -2.0));
    assertThat(odds.get("Three")).isEqualTo(List.of(1L, -1L, 300L));
    assertThat(odds.get("Nested")).isEqualTo(List.of(List.of("a"), List.of(), List.of("b", "c")));
    assertThat(odds.get("ByName")).isEqualTo(Map.of("x", -7L));
    assertThat(odds.containsKey("Any")).isTrue();
    assertThat(odds.containsKey("Nothing")).isFalse();
    assertThat(odds.get("Last")).as("what follows an interface").isEqualTo("end");
    assertThat(first(GoldenGobs.of("string"))).isEqualTo("hello");
    assertThat(first(GoldenGobs.of("numbers"))).isEqualTo(List.of(0L, 127L, 128L, -128L, -129L));
  }

  @Test
  void shouldReadRecordsOfProxies() throws GobException {
    Map<?, ?> record = (Map<?, ?>) first(GoldenGobs.of("http"));
    Map<?, ?> http = (Map<?, ?>) Objects.requireNonNull(record.get("HTTP"));
    assertThat(http.get("Method")).isEqualTo("GET");
    assertThat((byte[]) http.get("URL")).asString().isEqualTo("http://joe:secret@web/a%20b?q=1");
    Map<?, ?> headers = (Map<?, ?>) Objects.requireNonNull(http.get("Headers"));
    assertThat(headers).hasSize(4);
    assertThat(headers.get("Accept")).isEqualTo(List.of("text/html", "*/*"));

    Map<?, ?> dns =
        (Map<?, ?>) Objects.requireNonNull(((Map<?, ?>) first(GoldenGobs.of("dns"))).get("DNS"));
    assertThat(dns.get("Query")).isEqualTo("example.org.");
    assertThat(dns.get("AnswerTypes")).isEqualTo(List.of(5L, 1L));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "answer", "dns", "odds", "string", "numbers"})
  void shouldRefuseWhatIsCutAnywhere(String name) {
    byte[] whole = GoldenGobs.of(name);

    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> first(cut)).as("cut at %d", length).isInstanceOf(GobException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "03ff8000", // a value of a type that was never defined
        "0206ff", // a number that is not there
        "f8ffffffffffffffff", // a message of 2^64 - 1 bytes
        "050c00ff8161", // a string of 129 bytes
        "077f030101017f00", // types that are none
      })
  void shouldRefuseWhatLies(String hex) {
    byte[] lie = HexFormat.of().parseHex(hex);

    assertThatThrownBy(() -> first(lie)).isInstanceOf(GobException.class);
  }

  @Test
  void shouldRefuseTypesThatHoldThemselves() {
    // Go's own: type S []S, one in one in one, 40 times.
    String hex = "0f7f020101015301ff800001ff8000002cff8000" + "01".repeat(40) + "00";

    assertThatThrownBy(() -> first(HexFormat.of().parseHex(hex)))
        .isInstanceOf(GobException.class)
        .hasMessageContaining("values within values");
  }

  @Test
  void shouldRefuseAMessageThatIsTooLong() {
    assertThatThrownBy(() -> all(HexFormat.of().parseHex("fc7fffffff00")))
        .isInstanceOf(GobException.class)
        .hasMessageContaining("2147483647 bytes");
    assertThatThrownBy(() -> all(HexFormat.of().parseHex("0501")))
        .hasMessageContaining("amid a message");
  }
}
