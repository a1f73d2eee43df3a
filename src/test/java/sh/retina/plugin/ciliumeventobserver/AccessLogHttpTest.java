package sh.retina.plugin.ciliumeventobserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.event.HttpMessage;

class AccessLogHttpTest {
  @ParameterizedTest
  @CsvSource({
    "http://web/a, http://web/a",
    "http://joe@web/a, http://joe@web/a",
    "http://joe:p@web/a, http://joe:HUBBLE_REDACTED@web/a",
    "http://joe:p@q@web:80/a, http://joe:HUBBLE_REDACTED@web:80/a",
    "http://web:80/a?mail=x@y, http://web:80/a?mail=x@y",
    "http://web:80?mail=x@y, http://web:80?mail=x@y",
    "http://joe:p@web, http://joe:HUBBLE_REDACTED@web",
    "/a//b:c@d, /a//b:c@d",
    "//joe:p@web, //joe:HUBBLE_REDACTED@web",
    "'', ''",
  })
  void shouldLeaveOutThePasswordOfAUrl(String url, String shown) {
    assertThat(of(Map.of("URL", url.getBytes(StandardCharsets.UTF_8))).url()).isEqualTo(shown);
  }

  @Test
  void shouldBelieveNothing() {
    HttpMessage odd =
        AccessLogHttp.of(
            Map.of(
                "Code",
                7_000L,
                "Method",
                "GET\u001b[2J",
                "URL",
                "no bytes",
                "Headers",
                Map.of("A\n", List.of("b\rc", 5L), "No list", "x")),
            true,
            "yesterday");

    assertThat(odd.code()).isZero();
    assertThat(odd.method()).isEqualTo("GET\\027[2J");
    assertThat(odd.url()).isEmpty();
    assertThat(odd.protocol()).isEmpty();
    assertThat(odd.headers())
        .containsExactly(
            new HttpMessage.Header("A\\010", "b\\013c"), new HttpMessage.Header("A\\010", ""));
    assertThat(odd.timeNs()).isZero();
    assertThat(of(Map.of("Headers", "none", "Code", 200L)).code()).as("of a request").isZero();
  }

  private static HttpMessage of(Map<?, ?> http) {
    return AccessLogHttp.of(http, false, "2026-01-02T03:04:05+01:00");
  }
}
