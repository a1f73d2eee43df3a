package sh.retina.cli.explain;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is asked: can the source reach the destination.
 *
 * @param source as it was asked for
 * @param sourceAddresses what it has
 * @param destination as it was asked for
 * @param destinationAddresses what it has; of a Service its own and those of its pods
 * @param name a DNS name that was asked for; empty: none
 * @param port that was asked for; 0: any
 * @param ports where it is to arrive: that, and what a Service makes of it; empty: any
 * @param protocol {@code tcp}, {@code udp} or {@code icmp}
 */
public record Question(
    String source,
    Set<String> sourceAddresses,
    String destination,
    Set<String> destinationAddresses,
    String name,
    int port,
    Set<Integer> ports,
    String protocol,
    @Nullable Instant from,
    @Nullable Instant until) {
  public Question {
    sourceAddresses = Set.copyOf(sourceAddresses);
    destinationAddresses = Set.copyOf(destinationAddresses);
    ports = Set.copyOf(ports);
  }

  boolean isForward(Seen seen) {
    return sourceAddresses.contains(seen.source())
        && destinationAddresses.contains(seen.destination())
        && isProtocol(seen)
        && isPort(seen.destinationPort());
  }

  boolean isBackward(Seen seen) {
    return destinationAddresses.contains(seen.source())
        && sourceAddresses.contains(seen.destination())
        && isProtocol(seen)
        && isPort(seen.sourcePort());
  }

  private boolean isProtocol(Seen seen) {
    return seen.protocol().isEmpty() || seen.protocol().startsWith(protocol);
  }

  private boolean isPort(int of) {
    return ports.isEmpty() || of == 0 || ports.contains(of);
  }
}
