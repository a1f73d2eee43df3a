package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;

/** Against what ip(8) was told, in a namespace of its own. */
@RequiresRoot
@WholeMachine
class NetworkTablesIT {
  private final TestNetwork network = new TestNetwork();

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void shouldTellAddresses() {
    network.near("ip", "-6", "addr", "add", "fd00::5/64", "dev", "near0", "nodad");
    network.near("ip", "addr", "add", "10.99.0.9", "peer", "10.99.7.7/32", "dev", "near0");
    int index = network.nearIndex();

    assertThat(network.near.call(NetworkTables::addresses))
        .contains(
            new NetworkTables.Address(index, "10.99.0.1/24", "global"),
            new NetworkTables.Address(index, "10.99.0.9/32", "global"),
            new NetworkTables.Address(index, "fd00:0:0:0:0:0:0:5/64", "global"));
  }

  @Test
  void shouldTellRoutesOfEachKind() {
    int index = network.nearIndex();
    network.near("ip", "route", "add", "default", "via", "10.99.0.2", "metric", "7");
    network.near("ip", "route", "add", "blackhole", "10.5.0.0/16");
    network.near("ip", "route", "add", "10.6.0.0/16", "dev", "near0", "table", "777");
    network.near(
        "ip",
        "route",
        "add",
        "10.7.0.0/16",
        "nexthop",
        "via",
        "10.99.0.2",
        "dev",
        "near0",
        "nexthop",
        "via",
        "10.99.0.3",
        "dev",
        "near0");

    List<NetworkTables.Route> routes = network.near.call(NetworkTables::routes);

    assertThat(routes)
        .filteredOn(route -> route.destination().equals("default") && route.family().equals("ipv4"))
        .singleElement()
        .satisfies(route -> {
          assertThat(route.metric()).isEqualTo(7);
          assertThat(route.table()).isEqualTo(254);
          assertThat(route.hops()).containsExactly(new NetworkTables.Hop("10.99.0.2", index));
        });
    assertThat(routes)
        .anyMatch(
            route -> route.destination().equals("10.5.0.0/16") && route.type().equals("blackhole"));
    assertThat(routes)
        .anyMatch(route -> route.destination().equals("10.6.0.0/16") && route.table() == 777);
    assertThat(routes)
        .filteredOn(route -> route.destination().equals("10.7.0.0/16"))
        .singleElement()
        .satisfies(route ->
            assertThat(route.hops())
                .containsExactly(
                    new NetworkTables.Hop("10.99.0.2", index),
                    new NetworkTables.Hop("10.99.0.3", index)));
    assertThat(routes)
        .anyMatch(route ->
            route.destination().equals("10.99.0.0/24") && route.source().equals("10.99.0.1"));
  }

  @Test
  void shouldTellRulesAndNeighbours() {
    network.near(
        "ip",
        "rule",
        "add",
        "priority",
        "55",
        "from",
        "10.9.0.0/16",
        "iif",
        "near0",
        "fwmark",
        "3",
        "table",
        "777");
    network.near(
        "ip",
        "neigh",
        "add",
        "10.99.0.44",
        "lladdr",
        "02:00:00:00:00:44",
        "dev",
        "near0",
        "nud",
        "permanent");

    assertThat(network.near.call(NetworkTables::rules))
        .contains(new NetworkTables.Rule("ipv4", 55, "10.9.0.0/16", "", "near0", "", 3, 777, 1))
        .anyMatch(rule -> rule.priority() == 32_766 && rule.table() == 254);
    assertThat(network.near.call(NetworkTables::neighbours))
        .contains(
            new NetworkTables.Neighbour(
                network.nearIndex(), "10.99.0.44", "02:00:00:00:00:44", "permanent"));
  }

  @Test
  void shouldTellSockets() throws IOException {
    network.near("ip", "link", "set", "lo", "up");
    List<NetworkTables.Socket> sockets =
        network.near.<List<NetworkTables.Socket>, IOException>call(() -> {
          try (ServerSocket listener =
                  new ServerSocket(8_765, 5, InetAddress.ofLiteral("10.99.0.1"));
              java.net.Socket client =
                  new java.net.Socket(InetAddress.ofLiteral("10.99.0.1"), 8_765)) {
            client.getOutputStream().write(new byte[10]);
            return NetworkTables.sockets();
          }
        });

    assertThat(sockets)
        .anyMatch(socket ->
            socket.state().equals("listen")
                && socket.local().endsWith("10.99.0.1]:8765")
                && socket.protocol().equals("tcp")
                && socket.sendQueue() == 5);
    assertThat(sockets)
        .anyMatch(socket ->
            socket.state().equals("established") && socket.peer().endsWith("10.99.0.1]:8765"));
    assertThat(sockets).anyMatch(socket -> socket.receiveQueue() == 10);
  }
}
