package sh.retina.event;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class SafeTextFuzz {
  static Stream<byte[]> names() {
    return Stream.of("1b5b324a", "e280aef09f9099ff", "c29bf4908080eda080")
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("names")
  @FuzzTest
  void shouldBeVisibleAndBounded(byte[] name) {
    for (SafeText kind : SafeText.values()) {
      String text = kind.of(name);
      if (text.length() > kind.maxLength()) {
        throw new AssertionError(kind + " is longer than its bound: " + text.length());
      }
      text.codePoints()
          .filter(c ->
              c < ' '
                  || Character.getType(c) == Character.CONTROL
                  || Character.getType(c) == Character.FORMAT
                  || Character.getType(c) == Character.SURROGATE)
          .findAny()
          .ifPresent(c -> {
            throw new AssertionError(kind + " lets through " + Integer.toHexString(c));
          });
    }
    String text = SafeText.TEXT.of(name);
    if (!SafeText.TEXT.of(text).equals(text)
        || !SafeText.TEXT.of(text.getBytes(StandardCharsets.UTF_8)).equals(text)) {
      throw new AssertionError("not the same the second time: " + text);
    }
  }
}
