package sh.retina.cli.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
  @ParameterizedTest
  @CsvSource({
    "web, '', dflt, web, ''",
    "shop/web, '', shop, web, ''",
    "shop/web:80, '', shop, web, 80",
    "pod/web, pod, dflt, web, ''",
    "svc/shop/web:http, svc, shop, web, http",
    "service/web, svc, dflt, web, ''",
    "10.0.0.1, '', '', 10.0.0.1, ''",
    "10.0.0.1:53, '', '', 10.0.0.1, 53",
    "fd00::1, '', '', fd00::1, ''",
    "[fd00::1]:443, '', '', fd00::1, 443",
    "api.example.com:443, '', '', api.example.com, 443",
    "shop/web.v1, '', shop, web.v1, ''",
  })
  void shouldReadWhatPeopleWrite(
      String text, String kind, String namespace, String name, String port) {
    assertThat(Target.parse(text, "dflt")).isEqualTo(new Target(kind, namespace, name, port));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b/c/d", "web:", "web:0", "web:65536", "[::1", "we\u001bb"})
  void shouldSayWhatIsWanted(String text) {
    assertThatThrownBy(() -> Target.parse(text, "dflt"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldTakeANameOfTheClusterForAService() {
    Target service = new Target("svc", "shop", "web", "80");
    assertThat(Target.parse("web.shop:80", "d").asService()).isEqualTo(service);
    assertThat(Target.parse("web.shop.svc.cluster.local:80", "d").asService()).isEqualTo(service);
    Target other = Target.parse("api.example.com:80", "d");
    assertThat(other.asService()).isEqualTo(other);
  }
}
