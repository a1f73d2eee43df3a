package sh.retina.plugin;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import sh.retina.bpf.RingRecords;
import sh.retina.event.Direction;
import sh.retina.event.Observation;

/** Adds up what a plugin's events say, by what tells them apart in {@link KernelCheck}. */
final class Seen implements RecordSink {
  /** Packets with the same of all these are added up. */
  record Fact(int ip, int port, String reason, String function, Direction direction) {
    boolean is(int atPort, String by, String of, Direction way) {
      return port == atPort && reason.equals(by) && function.equals(of) && direction == way;
    }
  }

  private final EventPlugin plugin;
  private final Map<Fact, Long> packets = new HashMap<>();

  Seen(EventPlugin plugin) {
    this.plugin = plugin;
  }

  @Override
  public Writer open(String name, byte[] btf, Map<String, byte[]> attributes) {
    EventDecoder decoder =
        new PluginDecoders(List.of(plugin)).decoder(name, btf, attributes).orElseThrow();
    RingRecords records = new RingRecords();
    Observation event = new Observation();
    return (address, byteCount, _) -> {
      records.over(address, byteCount);
      while (records.next()) {
        event.clear();
        if (decoder.decode(records.address(), records.length(), event)) {
          add(event);
        }
      }
    };
  }

  @Override
  public void maintain() {}

  private synchronized void add(Observation event) {
    packets.merge(
        new Fact(
            event.ipVersion,
            event.destinationPort,
            event.dropReasonName,
            event.dropFunction,
            event.direction),
        event.packets,
        Long::sum);
  }

  synchronized long packets(Predicate<Fact> which) {
    return packets.entrySet().stream()
        .filter(entry -> which.test(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  synchronized Map<Fact, Long> facts() {
    return Map.copyOf(packets);
  }
}
