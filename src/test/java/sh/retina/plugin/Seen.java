package sh.retina.plugin;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import sh.retina.bpf.RingRecords;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.SocketReport;
import sh.retina.event.TcpOutcome;

/** Adds up what the events of plugins say, by what tells them apart in {@link KernelCheck}. */
final class Seen implements RecordSink {
  private static final int FIRST_OF_CLIENTS = 32_768; // net.ipv4.ip_local_port_range

  /**
   * Events with the same of all these are added up.
   *
   * @param port of the server
   */
  record Fact(
      String plugin,
      int ip,
      int port,
      String reason,
      String function,
      Direction direction,
      SocketReport report,
      TcpOutcome outcome) {
    boolean is(int atPort, String by, String of, Direction way) {
      return port == atPort && reason.equals(by) && function.equals(of) && direction == way;
    }
  }

  /** Not thread-safe by itself. */
  private static final class Sum {
    private long packets;
    private long events;

    @Override
    public String toString() {
      return packets + " in " + events;
    }
  }

  private final List<Plugin> plugins;
  private final Map<Fact, Sum> sums = new HashMap<>();

  Seen(List<Plugin> plugins) {
    this.plugins = List.copyOf(plugins);
  }

  @Override
  public Writer open(String name, byte[] btf, Map<String, byte[]> attributes) {
    EventDecoder decoder = new PluginDecoders(plugins).decoder(name, btf, attributes).orElseThrow();
    RingRecords records = new RingRecords();
    Observation event = new Observation();
    return (address, byteCount, _) -> {
      records.over(address, byteCount);
      while (records.next()) {
        event.clear();
        if (decoder.decode(records.address(), records.length(), event)) {
          add(name, event);
        }
      }
    };
  }

  @Override
  public void maintain() {}

  private synchronized void add(String plugin, Observation event) {
    Fact fact =
        new Fact(
            plugin,
            event.ipVersion,
            event.destinationPort < FIRST_OF_CLIENTS ? event.destinationPort : event.sourcePort,
            event.dropReasonName,
            event.dropFunction,
            event.direction,
            event.socketReport,
            event.tcpOutcome);
    Sum sum = sums.computeIfAbsent(fact, _ -> new Sum());
    sum.packets += event.packets;
    sum.events++;
  }

  synchronized long packets(String plugin, Predicate<Fact> which) {
    return sums.entrySet().stream()
        .filter(entry -> entry.getKey().plugin.equals(plugin) && which.test(entry.getKey()))
        .mapToLong(entry -> entry.getValue().packets)
        .sum();
  }

  synchronized long events(String plugin, Predicate<Fact> which) {
    return sums.entrySet().stream()
        .filter(entry -> entry.getKey().plugin.equals(plugin) && which.test(entry.getKey()))
        .mapToLong(entry -> entry.getValue().events)
        .sum();
  }

  /** What a plugin said, for people. */
  synchronized String of(String plugin) {
    Map<Fact, String> text = new HashMap<>();
    sums.forEach((fact, sum) -> {
      if (fact.plugin.equals(plugin)) {
        text.put(fact, sum.toString());
      }
    });
    return text.toString();
  }
}
