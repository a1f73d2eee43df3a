package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LabelIdentityTest {
  private static final FlowNode NODE = new FlowNode("n1", "", "0.1.0");

  @Test
  void shouldBeTheSameOnEveryNodeOfACluster() {
    int here = LabelIdentity.of(NODE, "shop", List.of("app=web", "tier=1"));

    assertThat(
            LabelIdentity.of(
                new FlowNode("n2", "default", "9"), "shop", List.of("app=web", "tier=1")))
        .isEqualTo(here)
        .as("for ever: numbers are compared over upgrades")
        .isEqualTo(2_016_402_344);
  }

  @Test
  void shouldTellApartWhatDiffers() {
    Set<Integer> all = new HashSet<>();
    all.add(LabelIdentity.of(NODE, "shop", List.of("a=b", "c=d")));
    all.add(LabelIdentity.of(NODE, "shop", List.of("a=bc", "=d")));
    all.add(LabelIdentity.of(NODE, "shop", List.of("a=b")));
    all.add(LabelIdentity.of(NODE, "shop2", List.of("a=b", "c=d")));
    all.add(LabelIdentity.of(NODE, "shop", List.of()));
    all.add(LabelIdentity.of(new FlowNode("n1", "east", "1"), "shop", List.of()));

    assertThat(all).hasSize(6);
  }

  @Test
  void shouldNeverLookLikeOneOfCiliums() {
    Set<Integer> all = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      int identity =
          LabelIdentity.of(NODE, "ns" + i % 10, List.of("app=a" + i, "version=" + i % 3));
      assertThat(identity).isPositive();
      assertThat(identity & 0x4300_0000).isEqualTo(0x4000_0000);
      all.add(identity);
    }
    assertThat(all).hasSizeGreaterThanOrEqualTo(998);
  }
}
