package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import sh.retina.bpf.NetworkLink;

class KnownLinksTest {
  private static final long MINUTE_NS = 60_000_000_000L;

  private final KnownLinks known = new KnownLinks();

  private Map<Integer, String> after(long nowNs, NetworkLink... links) {
    Map<Integer, String> changes = known.changes(List.of(links), nowNs);
    known.announced(changes);
    return changes;
  }

  @Test
  void shouldAnnounceWhatIsNewOrRenamed() {
    assertThat(after(0, link(7, "a"), link(8, "b"))).isEqualTo(Map.of(7, "a", 8, "b"));
    assertThat(after(1, link(7, "a"), link(8, "c"))).isEqualTo(Map.of(8, "c"));
    assertThat(known.name(8)).isEqualTo("c");
    assertThat(known.name(9)).isEqualTo("9");
  }

  @Test
  void shouldForgetWhatWentTenMinutesAgo() {
    after(0, link(7, "a"), link(8, "b"));

    assertThat(after(MINUTE_NS, link(8, "b"))).isEmpty();
    assertThat(known.name(7)).isEqualTo("a");
    assertThat(after(11 * MINUTE_NS, link(8, "b"))).isEqualTo(Map.of(7, ""));
    assertThat(after(12 * MINUTE_NS, link(8, "b"))).isEmpty();
  }

  @Test
  void shouldKeepTheNameOfOneThatCameBack() {
    after(0, link(7, "a"));
    after(MINUTE_NS);
    after(2 * MINUTE_NS, link(7, "a"));
    after(9 * MINUTE_NS);

    assertThat(after(12 * MINUTE_NS)).isEmpty();
    assertThat(known.name(7)).isEqualTo("a");
  }

  @Test
  void shouldAnnounceAgainWhatWasNotTaken() {
    known.changes(List.of(link(7, "a")), 0);

    assertThat(after(1, link(7, "a"))).isEqualTo(Map.of(7, "a"));
  }

  private static NetworkLink link(int index, String name) {
    return new NetworkLink(index, name, "veth", 0, 0, true, OptionalInt.empty());
  }
}
