package sh.retina.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sh.retina.bpf.PacketSourceException;

class NamedInterfacesTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Map<String, Integer> there = new HashMap<>(Map.of("a", 3, "b", 4, "c", 5));

  private NamedInterfaces of(String... names) {
    return NamedInterfaces.of(List.of(names), name -> there.getOrDefault(name, 0), 0);
  }

  @Test
  void shouldNarrowTheFilterToSeveral() {
    assertThat(of("a", "b").filter("")).isEqualTo("(ifindex 3 or ifindex 4)");
    assertThat(of("a", "b").filter("udp or tcp"))
        .isEqualTo("(ifindex 3 or ifindex 4) and (udp or tcp)");
    assertThat(of("a").filter("udp")).isEqualTo("udp");
    assertThat(of().filter("")).isEmpty();
    assertThatExceptionOfType(PacketSourceException.class)
        .isThrownBy(() -> of("a", "z"))
        .withMessage("interface z: no such interface here");
  }

  @Test
  void shouldTellWhichWentAndKeepItsName() {
    NamedInterfaces all = of("a", "b", "c");
    there.remove("b");
    all.look(SECOND - 1);
    assertThat(all.warning()).as("not looked yet").isEmpty();
    all.look(SECOND);
    assertThat(all.warning()).isEqualTo("gone while they were recorded: interfaces b");

    there.put("b", 9); // another one, which the filter does not let through
    there.put("c", 10);
    all.look(2 * SECOND);

    assertThat(all.warning()).isEqualTo("gone while they were recorded: interfaces b, c");
    assertThat(all.name(4)).isEqualTo("b");
    assertThat(all.name(9)).isEmpty();
  }

  @Test
  void shouldFailWhenAllAreGone() {
    NamedInterfaces all = of("a", "b");
    there.clear();

    assertThatExceptionOfType(PacketSourceException.class)
        .isThrownBy(() -> all.look(SECOND))
        .withMessage("interfaces a, b: all are gone");
    assertThat(all.warning()).as("said as the failure").isEmpty();
  }
}
