package sh.retina.agent;

import java.util.ArrayList;
import java.util.List;

/** Faults of sockets, firewalls, routes and links, each at a port of its own. */
final class NetworkFaults {
  private static final String SERVER = ExplainIT.NAMESPACE + "/server";
  private static final String CLIENT = ExplainIT.NAMESPACE + "/client";

  private NetworkFaults() {}

  static List<Fault> all() {
    List<Fault> all = new ArrayList<>();
    all.addAll(sockets());
    all.addAll(firewalls());
    all.addAll(routes());
    all.addAll(names());
    return all;
  }

  private static Fault tcp(String name, String expected, String to, Fault.Setup setup) {
    return new Fault(name, expected, List.of(CLIENT, to), setup);
  }

  private static Fault udp(String name, String expected, String to, Fault.Setup setup) {
    return new Fault(name, expected, List.of(CLIENT, to, "--protocol", "udp"), setup);
  }

  private static List<Fault> sockets() {
    return List.of(
        tcp(
            "closed port",
            "CLOSED_PORT",
            SERVER + ":7001",
            (network, _) -> {
              network.probe(network.server(), 7001);
              return Fault.Undo.NOTHING;
            }),
        udp(
            "closed UDP port",
            "CLOSED_PORT",
            SERVER + ":7002",
            (network, _) -> {
              network.traffic("client", "udp-count", network.server(), "7002", "2", "64");
              return Fault.Undo.NOTHING;
            }),
        tcp(
            "server does not accept",
            "LISTEN_QUEUE_FULL",
            SERVER + ":7013",
            (network, _) -> {
              Process hoard = network.serve("server", "tcp-hoard", 7013);
              for (int i = 0; i < 3; i++) {
                network.probe(network.server(), 7013);
              }
              return hoard::destroyForcibly;
            }),
        tcp(
            "server resets",
            "RESET_BY_SERVER",
            SERVER + ":7014",
            (network, _) -> {
              Process slam = network.serve("server", "tcp-slam", 7014);
              network.traffic("client", "tcp-send", network.server(), "7014", "100");
              return slam::destroyForcibly;
            }),
        udp(
            "wrong checksum",
            "CHECKSUM",
            SERVER + ":7025",
            (network, _) -> {
              Process sink = network.serve("server", "udp-sink", 7025);
              network.traffic("client", "udp-badsum", network.server(), "7025", "3");
              return sink::destroyForcibly;
            }),
        udp(
            "receiver does not read",
            "RECEIVER_FULL",
            SERVER + ":7026",
            (network, _) -> {
              Process sink = network.serve("server", "dns-serve", 7026);
              network.sh("server", "kill -STOP " + sink.pid());
              network.traffic("client", "udp-count", network.server(), "7026", "3000", "1000");
              return sink::destroyForcibly;
            }));
  }

  private static List<Fault> firewalls() {
    return List.of(
        tcp(
            "firewall of the server",
            "FIREWALL",
            SERVER + ":7003",
            (network, _) -> {
              Fault.Undo wall = rule(network, "server", "input", "tcp dport 7003 drop");
              network.probe(network.server(), 7003);
              return wall;
            }),
        tcp(
            "firewall of the client",
            "FIREWALL",
            SERVER + ":7004",
            (network, _) -> {
              Fault.Undo wall = rule(network, "client", "output", "tcp dport 7004 drop");
              network.probe(network.server(), 7004);
              return wall;
            }),
        tcp(
            "firewall drops the answer",
            "FIREWALL",
            SERVER + ":7005",
            (network, _) -> {
              Process serve = network.serve("server", "tcp-serve", 7005);
              Fault.Undo wall = rule(network, "server", "output", "tcp sport 7005 drop");
              network.probe(network.server(), 7005);
              return () -> {
                serve.destroyForcibly();
                wall.close();
              };
            }),
        tcp(
            "firewall between",
            "FIREWALL",
            FaultNetwork.FAR + ":7016",
            (network, _) -> {
              Fault.Undo wall = rule(network, "gate", "forward", "tcp dport 7016 drop");
              network.probe(FaultNetwork.FAR, 7016);
              return wall;
            }),
        tcp(
            "reset in another's name",
            "RESET_ON_THE_WAY",
            SERVER + ":7015",
            (network, _) -> {
              Process serve = network.serve("server", "tcp-serve", 7015);
              network.sh(
                  "client",
                  "ip route add " + network.server() + " via " + network.pods.ip4("gate"));
              Fault.Undo wall =
                  rule(network, "gate", "forward", "tcp dport 7015 reject with tcp reset");
              network.probe(network.server(), 7015);
              return () -> {
                serve.destroyForcibly();
                network.sh("client", "ip route del " + network.server());
                wall.close();
              };
            }),
        udp(
            "queue that takes nothing",
            "TRAFFIC_CONTROL",
            SERVER + ":7027",
            (network, _) -> {
              network.sh("client", "tc qdisc add dev eth0 root bfifo limit 10");
              network.traffic("client", "udp-count", network.server(), "7027", "2", "64");
              return () -> network.sh("client", "tc qdisc del dev eth0 root");
            }));
  }

  /** A firewall of one rule. */
  private static Fault.Undo rule(FaultNetwork network, String space, String hook, String words) {
    network.sh(
        space,
        "nft add table inet fault && nft add chain inet fault c '{ type filter hook "
            + hook
            + " priority 0; }' && nft add rule inet fault c "
            + words);
    return () -> network.sh(space, "nft delete table inet fault");
  }

  /** Where something is wrong from the beginning. */
  private static Fault.Setup probed(String address, int port) {
    return (network, _) -> {
      network.probe(address, port);
      return Fault.Undo.NOTHING;
    };
  }

  private static List<Fault> routes() {
    return List.of(
        tcp("router without a route", "NO_ROUTE", "198.18.91.5:7006", probed("198.18.91.5", 7006)),
        tcp("unreachable route", "NO_ROUTE", "198.18.94.5:7009", probed("198.18.94.5", 7009)),
        tcp(
            "small TTL",
            "TTL_EXCEEDED",
            FaultNetwork.FAR + ":7010",
            (network, _) -> {
              network.sh("client", "sysctl -qw net.ipv4.ip_default_ttl=1");
              network.probe(FaultNetwork.FAR, 7010);
              return () -> network.sh("client", "sysctl -qw net.ipv4.ip_default_ttl=64");
            }),
        udp(
            "small MTU",
            "MTU",
            FaultNetwork.FAR + ":7017",
            (network, _) -> {
              network.sh("gate", "ip link set far0 mtu 600");
              network.traffic("client", "udp-count", FaultNetwork.FAR, "7017", "1", "1200");
              return () -> network.sh("gate", "ip link set far0 mtu 1500");
            }),
        tcp(
            "path MTU that nobody learns",
            "MTU",
            FaultNetwork.FAR + ":7018",
            (network, _) -> {
              Process receiver = network.serve("far", "tcp-recv", 7018);
              network.sh("client", "ip route flush cache");
              network.sh("gate", "ip link set far0 mtu 600");
              Fault.Undo wall =
                  rule(network, "client", "input", "icmp type destination-unreachable drop");
              Process sender =
                  network.pods.start(
                      "client", PodTraffic.TOOL, "tcp-send", FaultNetwork.FAR, "7018", "50000");
              return () -> {
                sender.destroyForcibly();
                receiver.destroyForcibly();
                wall.close();
                network.sh("gate", "ip link set far0 mtu 1500");
              };
            }),
        new Fault(
            "reverse path",
            "REVERSE_PATH",
            List.of("198.18.80.99", CLIENT + ":7011"),
            (network, _) -> {
              network.sh(
                  "gate",
                  "sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.far0.rp_filter=1");
              network.sh("far", "ip addr add 198.18.80.99/32 dev lo");
              network.sh(
                  "far", "ip route add " + network.client() + " via 198.18.90.1 src 198.18.80.99");
              network.traffic("far", "tcp-probe", network.client(), "7011", "1", "600");
              return () -> {
                network.sh("far", "ip route del " + network.client());
                network.sh("far", "ip addr del 198.18.80.99/32 dev lo");
              };
            }),
        tcp(
            "nobody has the address",
            "NO_NEIGHBOUR",
            "198.18.80.200:7012",
            (network, _) -> {
              network.traffic("client", "tcp-probe", "198.18.80.200", "7012", "1", "4500");
              return Fault.Undo.NOTHING;
            }),
        tcp(
            "ports of the bridge kept apart",
            "LOST_ON_THE_WAY",
            SERVER + ":7028",
            (network, _) -> {
              isolate(network, "on");
              network.probe(network.server(), 7028);
              return () -> isolate(network, "off");
            }),
        // Far from the other route that answers: the kernel tells a host so once a second, no more.
        tcp("prohibiting route", "PROHIBITED", "198.18.93.5:7008", probed("198.18.93.5", 7008)));
  }

  private static void isolate(FaultNetwork network, String onOrOff) {
    for (String port : List.of("v-client", "v-server")) {
      network.sh("node", "bridge link set dev " + port + " isolated " + onOrOff);
    }
  }

  private static List<Fault> names() {
    return List.of(
        tcp("unknown name", "DNS_NAME_UNKNOWN", "nosuch0.test:443", asked("nosuch", false)),
        tcp("name server fails", "DNS_SERVER_FAILED", "fail0.test:443", asked("fail", false)),
        tcp("name server is silent", "DNS_NO_ANSWER", "host0.test:443", asked("host", true)));
  }

  private static Fault.Setup asked(String name, boolean isSilent) {
    return (network, _) -> {
      Process names = network.serve("server", "dns-serve", 53);
      if (isSilent) {
        network.sh("server", "kill -STOP " + names.pid());
      }
      network.traffic("client", "dns-ask", network.server(), "udp", name, "1");
      return names::destroyForcibly;
    };
  }
}
