package sh.retina.cli.explain;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What was seen of one attempt: both directions between two ends with one port of the source.
 *
 * @param forward oldest first
 * @param backward oldest first
 */
record Conversation(int sourcePort, List<Seen> forward, List<Seen> backward) {
  Conversation {
    forward = List.copyOf(forward);
    backward = List.copyOf(backward);
  }

  /** All of a question, the newest first. */
  static List<Conversation> of(Question question, List<Seen> seen) {
    Map<Integer, List<Seen>> forward = new LinkedHashMap<>();
    Map<Integer, List<Seen>> backward = new LinkedHashMap<>();
    for (Seen one : seen) {
      if (question.isForward(one)) {
        forward.computeIfAbsent(one.sourcePort(), _ -> new ArrayList<>()).add(one);
      } else if (question.isBackward(one)) {
        backward.computeIfAbsent(one.destinationPort(), _ -> new ArrayList<>()).add(one);
      }
    }
    Map<Integer, Conversation> all = new LinkedHashMap<>();
    Stream.concat(forward.keySet().stream(), backward.keySet().stream())
        .distinct()
        .forEach(port ->
            all.put(
                port,
                new Conversation(
                    port,
                    forward.getOrDefault(port, List.of()),
                    backward.getOrDefault(port, List.of()))));
    return all.values().stream()
        .sorted(Comparator.comparing(Conversation::start).reversed())
        .toList();
  }

  Instant start() {
    return all().map(Seen::time).min(Comparator.naturalOrder()).orElse(Instant.EPOCH);
  }

  Stream<Seen> all() {
    return Stream.concat(forward.stream(), backward.stream());
  }

  Optional<Seen> sent(Predicate<Seen> what) {
    return forward.stream().filter(what).findFirst();
  }

  Optional<Seen> answered(Predicate<Seen> what) {
    return backward.stream().filter(what).findFirst();
  }

  /** The destination took the connection, or said something. */
  Optional<Seen> answer() {
    return answered(one ->
        one.isPacket()
            && !one.has("RST")
            && (!"tcp".equals(one.protocol()) || one.has("SYN") || one.has("ACK")));
  }

  /** Came to the destination's own interface. */
  Optional<Seen> arrived() {
    return sent(one -> one.isPacket() && one.point().equals("TO_ENDPOINT"));
  }

  /** The destination's own interface sent it. */
  boolean wasSentByDestination(Predicate<Seen> what) {
    return backward.stream()
        .anyMatch(one -> one.isPacket() && one.point().equals("FROM_ENDPOINT") && what.test(one));
  }

  long retransmissions() {
    return all()
        .filter(one -> one.socketReport().equals("retransmission"))
        .mapToLong(Seen::packets)
        .sum();
  }
}
