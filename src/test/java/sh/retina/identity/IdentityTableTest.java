package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

    table.apply(List.of(new ContextChange.EndpointGone("shop/old")), false);
    assertThat(owner("10.0.0.5")).isSameAs(young);
  }

  @Test
  void shouldForgetTheAddressThatAPodLost() {
    up(pod("shop/web", "10.0.0.5", "10.0.0.6"));

    up(pod("shop/web", "10.0.0.6"));

    assertThat(owner("10.0.0.5")).isSameAs(Endpoint.WORLD);
    assertThat(owner("10.0.0.6").key()).isEqualTo("shop/web");
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
        table.apply(List.of(new ContextChange.EndpointGone(key)), false);
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

  private Endpoint owner(String address) {
    IpAddress ip = IpAddress.parse(address);
    return table.endpoint(ip.high(), ip.low());
  }

  private static Endpoint pod(String key, String... addresses) {
    return new Endpoint(
        key,
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
