package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.plugin.AttachPoint.Links.LOWEST_HARDWARE;
import static sh.retina.plugin.AttachPoint.Links.LOWEST_SOFTWARE;
import static sh.retina.plugin.AttachPoint.Links.NETWORK;
import static sh.retina.plugin.AttachPoint.Links.PODS;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sh.retina.bpf.NetworkLink;

class WatchedLinksTest {
  private static final NetworkLink CARD = link(2, "eth0", "", 0, 0);

  private static NetworkLink link(int index, String name, String kind, int lower, int master) {
    return new NetworkLink(index, name, kind, lower, master, true, OptionalInt.empty());
  }

  private static NetworkLink veth(int index, int peer, OptionalInt namespace) {
    return new NetworkLink(index, "veth" + index, "veth", peer, 0, true, namespace);
  }

  @Test
  void shouldTellPodsFromNetworks() {
    NetworkLink pod = veth(5, 2, OptionalInt.of(0));
    NetworkLink uplink = veth(6, 9, OptionalInt.of(1));
    NetworkLink inside = veth(7, 8, OptionalInt.empty());

    WatchedLinks watched = WatchedLinks.of(List.of(CARD, pod, uplink, inside), Set.of(6));

    assertThat(watched.are(PODS)).containsExactly(5);
    assertThat(watched.are(NETWORK)).containsExactly(6);
    assertThat(watched.are(LOWEST_SOFTWARE)).containsExactly(6);
    assertThat(watched.are(LOWEST_HARDWARE)).isEmpty();
  }

  @Test
  void shouldCountABondAsItsCards() {
    WatchedLinks watched =
        WatchedLinks.of(List.of(CARD, link(3, "bond0", "bond", 0, 0)), Set.of(2, 3));

    assertThat(watched.are(LOWEST_HARDWARE)).containsExactly(2, 3);
  }

  @Test
  void shouldLeaveOutAVlanAboveAnotherOfThem() {
    NetworkLink vlan = link(4, "eth0.7", "vlan", 2, 0);

    WatchedLinks both = WatchedLinks.of(List.of(CARD, vlan), Set.of(2, 4));
    assertThat(both.are(LOWEST_HARDWARE)).containsExactly(2);
    assertThat(both.are(LOWEST_SOFTWARE)).isEmpty();
    assertThat(both.are(NETWORK)).containsExactlyInAnyOrder(2, 4);

    assertThat(WatchedLinks.of(List.of(CARD, vlan), Set.of(4)).are(LOWEST_SOFTWARE))
        .containsExactly(4);
  }

  @Test
  void shouldLeaveOutABridgeAndItsVlanAboveAPort() {
    NetworkLink port = link(2, "eth0", "", 0, 3);
    NetworkLink bridge = link(3, "br0", "bridge", 0, 0);
    NetworkLink onBridge = link(4, "br0.7", "vlan", 3, 0);

    WatchedLinks watched = WatchedLinks.of(List.of(port, bridge, onBridge), Set.of(2, 3, 4));

    assertThat(watched.are(LOWEST_HARDWARE)).containsExactly(2);
    assertThat(watched.are(LOWEST_SOFTWARE)).isEmpty();
    assertThat(WatchedLinks.of(List.of(port, bridge, onBridge), Set.of(2, 4)).are(LOWEST_SOFTWARE))
        .isEmpty();
  }

  @Test
  void shouldNotTakeAPeerForWhatIsBelow() {
    WatchedLinks watched =
        WatchedLinks.of(
            List.of(veth(5, 6, OptionalInt.empty()), veth(6, 5, OptionalInt.empty())),
            Set.of(5, 6));

    assertThat(watched.are(LOWEST_SOFTWARE)).containsExactly(5, 6);
  }

  @Test
  void shouldEndOnLinksThatGoRound() {
    List<NetworkLink> round = List.of(link(2, "a", "x", 3, 3), link(3, "b", "x", 2, 2));

    assertThat(WatchedLinks.of(round, Set.of(2, 3)).are(NETWORK)).containsExactlyInAnyOrder(2, 3);
  }

  @Test
  void shouldLetADefaultRouteBeWithoutItsInterface() {
    assertThat(WatchedLinks.of(List.of(CARD), Set.of(2, 77)).are(LOWEST_HARDWARE))
        .containsExactly(2);
  }
}
