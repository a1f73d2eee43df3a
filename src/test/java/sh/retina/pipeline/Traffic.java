package sh.retina.pipeline;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.Protocol;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;

/** Endpoints and observations for tests: a node {@code here} with two pods, and others. */
public final class Traffic {
  public static final String HERE = "here";
  public static final Endpoint CLIENT = pod("shop", "client", "10.0.0.1", HERE);
  public static final Endpoint SERVER = pod("shop", "server", "10.0.0.2", HERE);
  public static final Endpoint FAR_POD = pod("shop", "far", "10.0.1.1", "there");
  public static final Endpoint NODE = node(HERE, "192.0.2.1");
  public static final Endpoint FAR_NODE = node("there", "192.0.2.2");

  private Traffic() {}

  public static Endpoint pod(String namespace, String name, String ip, String node) {
    return new Endpoint(
        Endpoint.Kind.POD,
        namespace,
        name,
        "Deployment",
        "app-" + name,
        node,
        "zone-1",
        List.of(),
        List.of(IpAddress.parse(ip)),
        List.of());
  }

  private static Endpoint node(String name, String ip) {
    return new Endpoint(
        Endpoint.Kind.NODE,
        "",
        name,
        "",
        "",
        "",
        "",
        List.of(),
        List.of(IpAddress.parse(ip)),
        List.of());
  }

  /** TCP packets of 100 bytes each, seen at a point. */
  public static Observation forwarded(
      ObservationPoint point, Endpoint source, Endpoint destination, long packets) {
    Observation o = new Observation();
    o.plugin = "packetparser";
    o.verdict = Verdict.FORWARDED;
    o.point = point;
    o.protocol = Protocol.TCP;
    o.packets = packets;
    o.bytes = packets * 100;
    o.reply = Observation.Reply.NO;
    address(o, source, destination);
    return o;
  }

  /** Packets of 100 bytes each, dropped. */
  public static Observation dropped(
      String reason, Direction direction, Endpoint source, Endpoint destination, long packets) {
    Observation o = forwarded(ObservationPoint.UNKNOWN, source, destination, packets);
    o.plugin = "dropreason";
    o.verdict = Verdict.DROPPED;
    o.dropReasonName = reason;
    o.direction = direction;
    return o;
  }

  public static Observation withFlags(Observation o, Map<TcpFlag, Integer> counts) {
    counts.forEach((flag, count) -> o.flagCounts[flag.ordinal()] = count);
    return o;
  }

  private static void address(Observation o, Endpoint source, Endpoint destination) {
    o.source = source;
    o.destination = destination;
    o.sourcePort = 40_000;
    o.destinationPort = 80;
    if (!source.addresses().isEmpty()) {
      o.sourceHigh = source.addresses().getFirst().high();
      o.sourceLow = source.addresses().getFirst().low();
    }
    if (!destination.addresses().isEmpty()) {
      o.destinationHigh = destination.addresses().getFirst().high();
      o.destinationLow = destination.addresses().getFirst().low();
    }
  }

  /** Series of a family as text, {@code label=value …} to its columns; no series twice. */
  static Map<String, List<Long>> series(Aggregate aggregate, SeriesFamily family) {
    List<String> names = aggregate.pods().labelNames(family);
    Map<String, List<Long>> series = new TreeMap<>();
    aggregate
        .pods()
        .read(
            family,
            (values, columns) -> {
              String labels =
                  IntStream.range(0, values.length)
                      .mapToObj(i -> names.get(i) + "=" + values[i])
                      .reduce((a, b) -> a + " " + b)
                      .orElse("");
              List<Long> row =
                  IntStream.range(0, columns.length).mapToObj(i -> columns[i]).toList();
              if (series.put(labels, row) != null) {
                throw new AssertionError("twice: " + labels);
              }
            });
    return series;
  }
}
