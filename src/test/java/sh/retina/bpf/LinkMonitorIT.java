package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;

@RequiresRoot
@WholeMachine
class LinkMonitorIT {
  private final TestNetwork network = new TestNetwork();
  private final LinkMonitor monitor = network.near.call(LinkMonitor::open);

  @AfterEach
  void close() {
    monitor.close();
    network.close();
  }

  private static NetworkLink named(Iterable<NetworkLink> links, String name) {
    for (NetworkLink link : links) {
      if (link.name().equals(name)) {
        return link;
      }
    }
    throw new AssertionError("no " + name + " in " + links);
  }

  private LinkEvent await(Predicate<LinkEvent> wanted) {
    List<LinkEvent> seen = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      for (LinkEvent event : monitor.poll(Duration.ofMillis(100))) {
        seen.add(event);
        if (wanted.test(event)) {
          return event;
        }
      }
    }
    throw new AssertionError("not among " + seen);
  }

  @Test
  void shouldListTheInterfacesOfItsNamespaceOnly() {
    assertThat(monitor.links()).extracting(NetworkLink::name).containsExactly("lo", "near0");
  }

  @Test
  void shouldKnowAVethWhosePeerIsInAnotherNamespace() {
    NetworkLink near = named(monitor.links(), "near0");

    assertThat(near.kind()).isEqualTo("veth");
    assertThat(near.isUp()).isTrue();
    assertThat(near.leadsElsewhere()).isTrue();
    assertThat(network.far("ip", "-o", "link", "show", "far0"))
        .startsWith(near.peerIndex() + ": far0@if" + near.index());
  }

  @Test
  void shouldKnowAPairWithinOneNamespaceAndABridge() {
    network.near("ip", "link", "add", "br0", "type", "bridge");
    network.near("ip", "link", "add", "left0", "type", "veth", "peer", "name", "right0");
    network.near("ip", "link", "set", "left0", "master", "br0");

    NetworkLink left = named(monitor.links(), "left0");
    NetworkLink right = named(monitor.links(), "right0");

    assertThat(left.leadsElsewhere()).isFalse();
    assertThat(left.peerIndex()).isEqualTo(right.index());
    assertThat(left.masterIndex()).isEqualTo(named(monitor.links(), "br0").index());
    assertThat(left.isUp()).isFalse();
  }

  @Test
  void shouldTellOfInterfacesThatComeAndGo() {
    network.near("ip", "link", "add", "new0", "type", "bridge");
    LinkEvent came =
        await(e -> e instanceof LinkEvent.Changed(var link) && link.name().equals("new0"));
    network.near("ip", "link", "del", "new0");
    LinkEvent went = await(e -> e instanceof LinkEvent.Removed(_, var name) && name.equals("new0"));

    assertThat(((LinkEvent.Removed) went).index())
        .isEqualTo(((LinkEvent.Changed) came).link().index());
  }

  @Test
  void shouldFindTheInterfacesOfTheDefaultRoutes() {
    assertThat(monitor.defaultRouteInterfaces()).isEmpty();
    network.near("ip", "route", "add", "default", "via", "10.99.0.2");
    network.near("ip", "link", "add", "six0", "type", "bridge");
    network.near("ip", "link", "set", "six0", "up");
    network.near("ip", "-6", "addr", "add", "fd99::1/64", "dev", "six0", "nodad");
    network.near("ip", "-6", "route", "add", "default", "dev", "six0");

    assertThat(monitor.defaultRouteInterfaces())
        .containsExactlyInAnyOrder(
            named(monitor.links(), "near0").index(), named(monitor.links(), "six0").index());
  }

  @Test
  void shouldReportADefaultRouteAndNoOther() {
    monitor.poll(Duration.ZERO);
    network.near("ip", "route", "add", "198.18.0.0/24", "via", "10.99.0.2");
    assertThat(monitor.poll(Duration.ofMillis(100))).isEmpty();

    network.near("ip", "route", "add", "default", "via", "10.99.0.2");
    await(LinkEvent.DefaultRoute.class::isInstance);
    network.near("ip", "route", "del", "default");
    await(LinkEvent.DefaultRoute.class::isInstance);
    assertThat(monitor.defaultRouteInterfaces()).isEmpty();
  }

  @Test
  void shouldSayThatNewsWereLostAndGoOn() {
    // 2,000 changes without a reader are more than the socket holds.
    network.near(
        "sh",
        "-c",
        "ip link add noisy0 type bridge; i=0; while [ $i -lt 2000 ]; do"
            + " echo link set noisy0 mtu $((1000 + i)); i=$((i + 1)); done > /tmp/bpfjava-noise;"
            + " ip -batch /tmp/bpfjava-noise; rm /tmp/bpfjava-noise");

    await(LinkEvent.Overrun.class::isInstance);

    assertThat(named(monitor.links(), "noisy0").kind()).isEqualTo("bridge");
    network.near("ip", "link", "del", "noisy0");
    await(e -> e instanceof LinkEvent.Removed(_, var name) && name.equals("noisy0"));
  }

  @Test
  void shouldReturnNothingWhenTheTimeIsOver() {
    monitor.poll(Duration.ZERO);

    assertThat(monitor.poll(Duration.ofMillis(1))).isEmpty();
  }

  @Test
  void shouldLeaveTheCallersNamespaceAlone() {
    String before = NetworkNamespace.currentId();

    String inside = network.near.call(NetworkNamespace::currentId);

    assertThat(inside).startsWith("net:[").isNotEqualTo(before);
    assertThat(NetworkNamespace.currentId()).isEqualTo(before);
    assertThatThrownBy(() -> NetworkNamespace.enter(Path.of("/run/netns/bpfjava-none")))
        .isInstanceOf(BpfException.class)
        .hasMessageContaining("ENOENT");
  }

  @Test
  void shouldPassOnTheExceptionOfATask() {
    assertThatThrownBy(() ->
            network.near.call(() -> {
              throw new IOException("no such file");
            }))
        .isInstanceOf(IOException.class)
        .hasMessage("no such file");
  }
}
