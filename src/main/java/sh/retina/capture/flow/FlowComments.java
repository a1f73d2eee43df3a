package sh.retina.capture.flow;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Packet;
import tools.jackson.databind.JsonNode;

/**
 * What an agent knows of packets: why the kernel drops those of a connection, on each of them, and
 * whose connection it is, on its first. An agent tells the first drop of a connection at once and
 * further ones together, so a comment says of a connection what it knows only of that. Thread-safe.
 */
public final class FlowComments {
  /** A packet is dropped within microseconds after it was seen; the clocks differ by less. */
  private static final long NEAR_NS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final long SLACK_NS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LASTS_NS = TimeUnit.SECONDS.toNanos(30);
  private static final int MOST = 20_000;

  /** Of several drops; the others are of one packet each. */
  private static final Set<String> REPORTS = Set.of("interval", "end");

  /** {@code oneNs}: when the newest single one was; 0: unknown. */
  private record Drops(long sinceNs, long oneNs, long untilNs, long count, String reason) {}

  private final Map<PacketTuple, Drops> drops = bounded();
  private final Map<PacketTuple, String> contexts = bounded();

  /** The oldest goes. */
  private static <V> Map<PacketTuple, V> bounded() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<PacketTuple, V> oldest) {
        return size() > MOST;
      }
    };
  }

  /** A flow in Hubble's JSON. */
  public synchronized void flow(JsonNode flow) {
    PacketTuple tuple = PacketTuple.of(flow);
    if (tuple == null) {
      return;
    }
    String reason = FlowText.extension(flow, "drop_reason").asString("");
    if (!flow.path("verdict").asString("").equals("DROPPED")) {
      contexts.putIfAbsent(tuple, FlowText.of(flow));
    } else if (!reason.isEmpty()) {
      drop(tuple, flow, reason);
    }
  }

  private void drop(PacketTuple tuple, JsonNode flow, String reason) {
    long ns = time(flow);
    long count = FlowText.packets(flow);
    String function = FlowText.extension(flow, "drop_function").asString("");
    String where =
        function.isEmpty() ? FlowText.extension(flow, "drop_location").asString("") : function;
    String text = where.isEmpty() ? reason : reason + " in " + where;
    // Its time is a drop's, or that of a report of several.
    boolean isOne = !REPORTS.contains(FlowText.extension(flow, "report_reason").asString(""));
    Drops known = drops.get(tuple);
    drops.put(
        tuple,
        known == null
            ? new Drops(ns, isOne ? ns : 0, ns, count, text)
            : new Drops(
                known.sinceNs(),
                isOne ? ns : known.oneNs(),
                Math.max(known.untilNs(), ns),
                known.count() + count,
                text));
  }

  private static long time(JsonNode flow) {
    try {
      Instant time = Instant.parse(flow.path("time").asString(""));
      return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    } catch (DateTimeParseException _) {
      return 0;
    }
  }

  /** What to say of a packet; empty: nothing. */
  public synchronized String of(Packet packet, int linkType) {
    if (drops.isEmpty() && contexts.isEmpty()) {
      return "";
    }
    PacketTuple tuple = PacketTuple.of(packet, linkType);
    if (tuple == null) {
      return "";
    }
    String drop = drop(drops.get(tuple), packet.timeNs());
    String context = contexts.get(tuple);
    if (context == null || context.isEmpty()) {
      return drop;
    }
    contexts.put(tuple, ""); // said
    return drop.isEmpty() ? context : drop + "; " + context;
  }

  private static String drop(@Nullable Drops known, long ns) {
    if (known == null || ns > known.untilNs() + LASTS_NS) {
      return "";
    }
    if (isNear(known.oneNs(), ns)) {
      return "dropped by the kernel: " + known.reason();
    }
    return ns < known.sinceNs()
        ? ""
        : "the kernel drops packets of this connection ("
            + known.count()
            + " so far): "
            + known.reason();
  }

  private static boolean isNear(long dropNs, long ns) {
    return dropNs - ns <= NEAR_NS && dropNs - ns >= -SLACK_NS;
  }
}
