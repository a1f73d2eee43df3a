package sh.retina.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObservationTest {
  @Test
  void shouldForgetEveryFieldWhenCleared() throws IllegalAccessException {
    Observation fresh = new Observation();
    Observation used = new Observation();
    for (Field field : Observation.class.getFields()) {
      switch (field.get(used)) {
        case String _ -> field.set(used, "used");
        case Long _ -> field.setLong(used, 7);
        case Integer _ -> field.setInt(used, 7);
        case Boolean _ -> field.setBoolean(used, true);
        case null -> field.set(used, unused(field.getType()));
        case List<?> _ -> field.set(used, List.of("used"));
        case Endpoint _ -> field.set(used, Endpoint.WORLD);
        case long[] counts -> Arrays.fill(counts, 7);
        case Enum<?> value ->
            field.set(used, Array.get(value.getDeclaringClass().getEnumConstants(), 1));
        default ->
            throw new AssertionError("a kind of field that this test does not know: " + field);
      }
    }

    used.clear();

    assertThat(used).usingRecursiveComparison().isEqualTo(fresh);
  }

  private static Object unused(Class<?> type) {
    if (type == HttpMessage.class) {
      return new HttpMessage(200, "GET", "/", "HTTP/1.1", List.of(), 7);
    }
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (_, method, _) -> {
          throw new AssertionError(method + " is not to be called");
        });
  }

  @Test
  void shouldKnowPointsByHubblesNumbers() {
    for (ObservationPoint point : ObservationPoint.values()) {
      assertThat(ObservationPoint.of(point.id())).isEqualTo(point);
    }
    assertThat(ObservationPoint.of(12)).isEqualTo(ObservationPoint.UNKNOWN);
    assertThat(ObservationPoint.of(-1)).isEqualTo(ObservationPoint.UNKNOWN);
    assertThat(ObservationPoint.of(4711)).isEqualTo(ObservationPoint.UNKNOWN);
  }
}
