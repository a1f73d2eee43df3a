package sh.retina.export.hubble.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoomTest {
  @Test
  void shouldCountWhatFindsNoRoom() {
    Room room = new Room(1);
    Family family = new Family("family", "help", List.of("label"), room);
    family.add(List.of("a"), 1);
    family.add(List.of("b"), 3);
    family.add(List.of("c"), 4);
    family.add(List.of("a"), 1);

    StringBuilder text = new StringBuilder();
    family.write(text);
    room.write(text);

    assertThat(text.toString().lines())
        .contains("family{label=\"a\"} 2", "retina_hubble_uncounted_total 7")
        .noneMatch(line -> line.contains("\"b\""));
  }
}
