package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

class IdentityTableTest {
  private final IdentityTable table = new IdentityTable();

  @Test
  void shouldFindAPodByEachOfItsAddressesAndItsCgroup() {
    Endpoint pod = pod("shop/web", "10.0.0.5", "fd00::5");

    up(pod);

    assertThat(owner("10.0.0.5")).isSameAs(pod);
    assertThat(owner("fd00::5")).isSameAs(pod);
    assertThat(table.endpointOfCgroup(77)).isSameAs(pod);
    assertThat(owner("10.0.0.6")).isSameAs(Endpoint.WORLD);
    assertThat(table.endpoint(0, 0)).isSameAs(Endpoint.UNKNOWN);
  }

  @Test
  void shouldGiveAReusedAddressToTheNewPod() {
    up(pod("shop/old", "10.0.0.5"));
    Endpoint young = pod("shop/young", "10.0.0.5");

    up(young);
    assertThat(owner("10.0.0.5")).isSameAs(young);

    table.apply(List.of(new ContextChange.EndpointGone("pod/shop/old")), false);
    assertThat(owner("10.0.0.5")).isSameAs(young);
  }

  @Test
  void shouldGiveAnAddressBackWhenItsLastOwnerGoesFirst() {
    Endpoint old = pod("shop/old", "10.0.0.5");
    up(old);
    up(pod("shop/young", "10.0.0.5"));

    gone("pod/shop/young");
    assertThat(owner("10.0.0.5")).isSameAs(old);

    gone("pod/shop/old");
    assertThat(owner("10.0.0.5")).isSameAs(Endpoint.WORLD);
  }

  @Test
  void shouldNotTakeAnAddressBackForAPodThatOnlyChanged() {
    up(pod("shop/old", "10.0.0.5"));
    Endpoint young = pod("shop/young", "10.0.0.5");
    up(young);

    up(pod("shop/old", "10.0.0.5", "10.0.0.6"));

    assertThat(owner("10.0.0.5")).isSameAs(young);
    assertThat(owner("10.0.0.6").name()).isEqualTo("old");
  }

  @Test
  void shouldTellApartPodsThatHadOneNameAfterAnother() {
    Endpoint first = Pods.pod("shop", "db-0", new UUID(1, 1), "10.0.0.5");
    Endpoint second = Pods.pod("shop", "db-0", new UUID(1, 2), "10.0.0.6");
    up(first);
    up(second);

    assertThat(owner("10.0.0.5")).isSameAs(first);
    assertThat(owner("10.0.0.6")).isSameAs(second);

    gone(first.key());
    assertThat(owner("10.0.0.5")).isSameAs(Endpoint.WORLD);
    assertThat(owner("10.0.0.6")).isSameAs(second);
  }

  @Test
  void shouldPreferTheApiServerToTheNodeThatItRunsOn() {
    Endpoint server = Pods.of(Endpoint.Kind.API_SERVER, "", "node-1", "192.0.2.1");
    Endpoint node = Pods.of(Endpoint.Kind.NODE, "", "node-1", "192.0.2.1");
    up(server);
    up(node);
    assertThat(owner("192.0.2.1")).isSameAs(server);

    gone(server.key());
    assertThat(owner("192.0.2.1")).isSameAs(node);
  }

  @Test
  void shouldFindThePodOfACgroupWhicheverIsKnownFirst() {
    UUID uid = UUID.fromString("6f1d2c34-0000-4000-8000-00000000abcd");
    ContextChange named = new ContextChange.CgroupNamed(4711, "pod/" + uid + "/" + "c".repeat(64));
    Endpoint pod = Pods.pod("shop", "host-pod", uid);

    table.apply(List.of(named), false);
    assertThat(table.endpointOfCgroup(4711)).isSameAs(Endpoint.UNKNOWN);
    up(pod);
    assertThat(table.endpointOfCgroup(4711)).isSameAs(pod);
    gone(pod.key());
    assertThat(table.endpointOfCgroup(4711)).isSameAs(Endpoint.UNKNOWN);

    IdentityTable other = new IdentityTable();
    other.apply(List.of(new ContextChange.EndpointUp(pod), named), false);
    assertThat(other.endpointOfCgroup(4711)).isSameAs(pod);
  }

  @Test
  void shouldCallAnAddressUnknownWhileTheClusterIsAwaited() {
    table.apply(List.of(new ContextChange.ClusterAwaited(true)), false);
    assertThat(owner("10.0.0.5")).isSameAs(Endpoint.UNKNOWN);

    IdentityTable copy = new IdentityTable();
    copy.apply(table.snapshot(), true);
    assertThat(copy.isWaiting()).isTrue();

    table.apply(List.of(new ContextChange.ClusterAwaited(false)), false);
    assertThat(owner("10.0.0.5")).isSameAs(Endpoint.WORLD);
  }

  @Test
  void shouldKeepItsObjectsThroughASnapshotOfTheSame() {
    UUID uid = new UUID(5, 6);
    up(Pods.pod("shop", "web", uid, "10.0.0.5"));
    table.apply(List.of(new ContextChange.CgroupNamed(9, "pod/" + uid)), false);
    Endpoint before = owner("10.0.0.5");

    table.apply(ContextCodec.decode(ContextCodec.encode(table.snapshot(), true)), true);

    assertThat(owner("10.0.0.5")).isSameAs(before);
    assertThat(table.endpointOfCgroup(9)).isSameAs(before);
  }

  @Test
  void shouldShareWhatOthersHold() {
    Endpoint held = Pods.pod("shop", "web", new UUID(5, 6), "10.0.0.5");
    IdentityTable sharing = new IdentityTable(given -> given.equals(held) ? held : given);

    sharing.apply(
        List.of(new ContextChange.EndpointUp(Pods.pod("shop", "web", new UUID(5, 6), "10.0.0.5"))),
        false);

    assertThat(sharing.known(held)).isSameAs(held);
  }

  @Test
  void shouldForgetTheAddressThatAPodLost() {
    up(pod("shop/web", "10.0.0.5", "10.0.0.6"));

    up(pod("shop/web", "10.0.0.6"));

    assertThat(owner("10.0.0.5")).isSameAs(Endpoint.WORLD);
    assertThat(owner("10.0.0.6").key()).isEqualTo("pod/shop/web");
  }

  @Test
  void shouldReplaceEverythingByASnapshot() {
    up(pod("shop/web", "10.0.0.5"));
    table.apply(List.of(new ContextChange.InterfaceNamed(3, "veth3")), false);

    table.apply(List.of(new ContextChange.SymbolNamed(0xffff_ffff_8100_0000L, "tcp_v4_rcv")), true);

    assertThat(owner("10.0.0.5")).isSameAs(Endpoint.WORLD);
    assertThat(table.interfaceName(3)).isEmpty();
    assertThat(table.symbol(0xffff_ffff_8100_0000L)).isEqualTo("tcp_v4_rcv");
  }

  @Test
  void shouldAgreeWithAPlainMapUnderChurn() {
    Random random = new Random(11);
    Map<String, Endpoint> truth = new HashMap<>();
    for (int i = 0; i < 5_000; i++) {
      String key = "ns/pod" + random.nextInt(300);
      if (random.nextInt(4) == 0) {
        truth.remove(key);
        table.apply(List.of(new ContextChange.EndpointGone("pod/" + key)), false);
      } else {
        // The address follows from the key: at any time an address has one owner at most.
        int number = Integer.parseInt(key.substring(6));
        Endpoint pod =
            pod(
                key,
                "10.1." + number / 250 + "." + number % 250,
                "fd00::" + Integer.toHexString(number + 1));
        truth.put(key, pod);
        up(pod);
      }
    }

    for (int number = 0; number < 300; number++) {
      Endpoint expected = truth.getOrDefault("ns/pod" + number, Endpoint.WORLD);
      assertThat(owner("10.1." + number / 250 + "." + number % 250)).isEqualTo(expected);
      assertThat(owner("fd00::" + Integer.toHexString(number + 1))).isEqualTo(expected);
    }
    assertThat(table.count(Endpoint.Kind.POD)).isEqualTo(truth.size());
  }

  @Test
  void shouldSurviveTheJournal() {
    up(pod("shop/web", "10.0.0.5", "fd00::5"));
    table.apply(
        List.of(
            new ContextChange.InterfaceNamed(9, "eth0"),
            new ContextChange.CgroupNamed(4711, "pod/uid/container"),
            new ContextChange.SymbolNamed(-1L, "last_function")),
        false);

    IdentityTable copy = new IdentityTable();
    copy.apply(ContextCodec.decode(ContextCodec.encode(table.snapshot(), true)), true);

    assertThat(copy.snapshot()).containsExactlyInAnyOrderElementsOf(table.snapshot());
    assertThat(copy.symbol(-1L)).isEqualTo("last_function");
    assertThat(copy.cgroup(4711)).isEqualTo("pod/uid/container");
  }

  @Test
  void shouldForgetTheOldestNamesOfCgroups() {
    for (long id = 1; id <= 10_000; id++) {
      table.apply(List.of(new ContextChange.CgroupNamed(id, "/" + id)), false);
    }

    assertThat(table.cgroup(1)).isEmpty();
    assertThat(table.cgroup(10_000)).isEqualTo("/10000");
    assertThat(table.snapshot()).hasSizeLessThan(10_000);
  }

  private void up(Endpoint endpoint) {
    table.apply(List.of(new ContextChange.EndpointUp(endpoint)), false);
  }

  private void gone(String key) {
    table.apply(List.of(new ContextChange.EndpointGone(key)), false);
  }

  private Endpoint owner(String address) {
    IpAddress ip = IpAddress.parse(address);
    return table.endpoint(ip.high(), ip.low());
  }

  private static Endpoint pod(String key, String... addresses) {
    return new Endpoint(
        Endpoint.Kind.POD,
        key.substring(0, key.indexOf('/')),
        key.substring(key.indexOf('/') + 1),
        "Deployment",
        "web",
        "node1",
        "zone1",
        List.of("app=web"),
        Stream.of(addresses).map(IpAddress::parse).toList(),
        List.of(77L));
  }
}
