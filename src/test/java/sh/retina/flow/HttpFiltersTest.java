package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.event.Observation;

class HttpFiltersTest {
  private static final Observation ANSWER = Observations.httpAnswer();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"http_status_code\":[\"503\"]}",
        "{\"http_status_code\":[\"404\",\"5+\"]}",
        "{\"http_status_code\":[\"50+\"],\"event_type\":[{\"type\":129}]}",
        "{\"http_method\":[\"get\"]}",
        "{\"http_path\":[\"^/a b$\"]}",
        "{\"http_url\":[\"a%20b.q=1$\"]}",
        "{\"http_header\":[{\"key\":\"Accept\",\"value\":\"*/*\"}]}",
        "{\"trace_id\":[\"0af7651916cd43dd8448eb211c80319c\"]}",
        "{\"protocol\":[\"HTTP\"]}",
        "{\"protocol\":[\"tcp\"]}",
      })
  void shouldMatchAnAnswer(String json) {
    assertThat(FilterQuestion.matches(json, ANSWER)).isTrue();
    assertThat(FilterQuestion.matches(json.replace("\"tcp\"", "\"http\""), Observations.tcp()))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"http_status_code\":[\"500\",\"4+\"]}",
        "{\"http_method\":[\"POST\"]}",
        "{\"http_path\":[\"q=1\"]}",
        "{\"http_path\":[\"web\"]}",
        "{\"http_url\":[\"^web\"]}",
        "{\"http_header\":[{\"key\":\"accept\",\"value\":\"*/*\"}]}",
        "{\"http_header\":[{\"key\":\"Accept\"}]}",
        "{\"trace_id\":[\"\"]}",
      })
  void shouldNotMatchIt(String json) {
    assertThat(FilterQuestion.matches(json, ANSWER)).isFalse();
  }

  @Test
  void shouldFindNoStatusInARequest() {
    Observation request = Observations.httpRequest();
    assertThat(FilterQuestion.matches("{\"http_status_code\":[\"1+\"]}", request)).isFalse();
    assertThat(FilterQuestion.matches("{\"http_method\":[\"GET\"]}", request)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "http://web/a%20b?x=/c, /a b",
    "/a?b#c, /a",
    "//a/b, //a/b",
    "http://web, ''",
    "http://web?x=/c, ''",
    "web/a,",
    "://a/b,",
    "/a%2,",
    "/a%zz,",
    "/%c3%a4, /ä",
  })
  void shouldFindThePathOfAUrl(String url, String path) {
    assertThat(HttpFilters.path(url)).isEqualTo(path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"http_status_code\":[\"600\"]} | http_status_code",
        "{\"http_status_code\":[\"+\"]} | http_status_code",
        "{\"http_method\":[\"\"]} | http_method",
        "{\"http_path\":[\"(\"]} | http_path",
        "{\"http_url\":[\"*\"]} | http_url",
        "{\"http_method\":[\"GET\"],\"event_type\":[{\"type\":4}]} | needs event type l7",
      })
  void shouldNameTheFieldThatIsWrong(String json, String field) {
    assertThatThrownBy(() -> FilterQuestion.matches(json, ANSWER))
        .isInstanceOf(FlowFilterException.class)
        .hasMessageContaining(field);
  }
}
