package sh.retina.export.hubble.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoomTest {
  @Test
  void shouldCountWhatFindsNoRoom() {
    Room room = new Room(1);
    Counter family = new Counter("family", "help", List.of("label"), room);
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

  @Test
  void shouldHaveRoomForAWholeHistogramOrNone() {
    Room room = new Room(15);
    Histogram times = new Histogram("times", "help", List.of("label"), room);
    times.add(List.of("a"), 30_000_000);
    times.add(List.of("b"), 1);
    times.add(List.of("a"), 2_000_000_000);

    StringBuilder text = new StringBuilder();
    times.write(text);
    room.write(text);

    assertThat(text.toString().lines())
        .hasSize(2 + times.size() + 3)
        .contains(
            "times_bucket{label=\"a\",le=\"0.025\"} 0",
            "times_bucket{label=\"a\",le=\"0.05\"} 1",
            "times_bucket{label=\"a\",le=\"1\"} 1",
            "times_bucket{label=\"a\",le=\"2.5\"} 2",
            "times_bucket{label=\"a\",le=\"+Inf\"} 2",
            "times_sum{label=\"a\"} 2.03",
            "times_count{label=\"a\"} 2",
            "retina_hubble_uncounted_total 1");
  }
}
