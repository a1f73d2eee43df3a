package sh.retina.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTextTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`www`, `www`",
        "`_http`, `_http`",
        "`a.b`, `a\\.b`",
        "`a\\b`, `a\\\\b`",
        "`a b`, `a\\032b`",
        "`\"x\"`, `\\\"x\\\"`",
        "`ü`, `\\195\\188`",
        "`</script>`, `</script>`",
      })
  void shouldWriteLabelsAsRfc4343(String label, String expected) {
    assertThat(SafeText.DNS_LABEL.of(label)).isEqualTo(expected);
    assertThat(SafeText.DNS_LABEL.of(bytes(label))).isEqualTo(expected);
  }

  @Test
  void shouldEscapeEachControlCharacterAndHighOctetOfALabel() {
    for (int octet = 0; octet < 256; octet++) {
      String text = SafeText.DNS_LABEL.of(new byte[] {(byte) octet});

      assertThat(text).matches("[!-~]+").hasSizeLessThanOrEqualTo(4);
      if (octet <= ' ' || octet > '~') {
        assertThat(text).isEqualTo("\\%03d".formatted(octet));
      }
    }
  }

  @Test
  void shouldHoldTheLongestLabelWhole() {
    assertThat(SafeText.DNS_LABEL.of(new byte[63])).isEqualTo("\\000".repeat(63));
  }

  @Test
  void shouldKeepTheScriptsOfTheWorldInText() {
    assertThat(SafeText.TEXT.of("Zoë 東京 мир 🐙 a=b c\\d")).isEqualTo("Zoë 東京 мир 🐙 a=b c\\d");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "1b5b326a, `\\027[2j`", // clears a terminal
        "0d0a, `\\013\\010`",
        "00, `\\000`",
        "7f, `\\127`",
        "c29b, `\\194\\155`", // CSI as a C1 control
        "e280ae78, `\\226\\128\\174x`", // right-to-left override
        "e2808b, `\\226\\128\\139`", // zero width space
        "e280a8, `\\226\\128\\168`", // line separator
        "c2a0, `\\194\\160`", // no-break space
        "ee8080, `\\238\\128\\128`", // private use
        "ff61, `\\255a`", // never in UTF-8
        "c3, `\\195`", // cut off
        "c0af, `\\192\\175`", // overlong slash
        "eda080, `\\237\\160\\128`", // a surrogate
        "f4908080, `\\244\\144\\128\\128`", // beyond Unicode
      })
  void shouldEscapeWhatIsNotVisibleText(String hex, String expected) {
    assertThat(SafeText.TEXT.of(java.util.HexFormat.of().parseHex(hex))).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void shouldBoundTheLengthAndCutNoEscapeInTwo(SafeText kind) {
    for (int length = 0; length < 2 * kind.maxLength(); length++) {
      String plain = kind.of("a".repeat(length));
      String escaped = kind.of(new byte[length]);

      assertThat(plain).hasSizeLessThanOrEqualTo(kind.maxLength()).matches("a*(\\.\\.\\.)?");
      assertThat(escaped)
          .hasSizeLessThanOrEqualTo(kind.maxLength())
          .matches("(\\\\000)*(\\.\\.\\.)?");
      assertThat(plain.endsWith(SafeText.CUT)).isEqualTo(length > kind.maxLength());
      assertThat(escaped.endsWith(SafeText.CUT)).isEqualTo(4 * length > kind.maxLength());
    }
  }

  @Test
  void shouldChangeNothingTheSecondTime() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);

      String once = SafeText.TEXT.of(bytes);

      assertThat(SafeText.TEXT.of(once)).isEqualTo(once);
    }
  }

  @Test
  void shouldAppendToWhatIsThere() {
    StringBuilder name = new StringBuilder();
    byte[] wire = bytes("?www?exa mple?");

    SafeText.DNS_LABEL.append(name, wire, 1, 3);
    name.append('.');
    SafeText.DNS_LABEL.append(name, wire, 5, 8);

    assertThat(name).hasToString("www.exa\\032mple");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
