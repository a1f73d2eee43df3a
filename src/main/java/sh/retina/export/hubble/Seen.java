package sh.retina.export.hubble;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.pipeline.EventListener;

/**
 * What has passed since the start: how many flows, how many of late, and between which namespaces.
 * One thread tells it of events, any may ask.
 */
final class Seen implements EventListener {
  private static final long MINUTE_NS = Duration.ofMinutes(1).toNanos();
  private static final long NAMESPACE_NS = Duration.ofHours(1).toNanos();
  private static final long SAMPLE_NS = Duration.ofSeconds(1).toNanos();
  private static final int LOOK_EACH = 0xf;
  private static final int MAX_NAMESPACES = 65_536;

  private final LongSupplier nanoClock;
  private final long startedNs;
  private final AtomicLong flows = new AtomicLong();
  private final Map<String, Long> namespaces = new ConcurrentHashMap<>();
  private final Deque<Sample> samples = new ArrayDeque<>();

  /** How many flows there had been at a moment. */
  private record Sample(long atNs, long flows) {}

  // Of the event before: most come in runs between the same two.
  private String lastSource = "";
  private String lastDestination = "";
  private long lastNs;

  /**
   * @param nanoClock monotonic
   */
  Seen(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.startedNs = nanoClock.getAsLong();
    samples.add(new Sample(startedNs, 0));
  }

  @Override
  public void accept(Observation event) {
    long now = flows.getPlain() + 1;
    flows.setRelease(now);
    if ((now & LOOK_EACH) == 0
        || !event.source.namespace().equals(lastSource)
        || !event.destination.namespace().equals(lastDestination)) {
      note(event);
    }
  }

  private void note(Observation event) {
    long nowNs = nanoClock.getAsLong();
    boolean isOld = nowNs - lastNs > SAMPLE_NS;
    lastNs = nowNs;
    if (isOld || !event.source.namespace().equals(lastSource)) {
      lastSource = name(event.source, nowNs);
    }
    if (isOld || !event.destination.namespace().equals(lastDestination)) {
      lastDestination = name(event.destination, nowNs);
    }
  }

  private String name(Endpoint owner, long nowNs) {
    String namespace = owner.namespace();
    if (!namespace.isEmpty() && namespaces.size() < MAX_NAMESPACES) {
      namespaces.put(namespace, nowNs);
    }
    return namespace;
  }

  /** Flows since the start. */
  long flows() {
    return flows.getAcquire();
  }

  long uptimeNs() {
    return nanoClock.getAsLong() - startedNs;
  }

  /** Flows per second over the last minute, or since the start if that was later. */
  synchronized double rate() {
    sample();
    Sample oldest = samples.getFirst();
    long spanNs = nanoClock.getAsLong() - oldest.atNs();
    return spanNs <= 0 ? 0 : (flows() - oldest.flows()) * 1e9 / spanNs;
  }

  /** Called each few seconds, so that the last minute is known when somebody asks. */
  synchronized void sample() {
    long nowNs = nanoClock.getAsLong();
    if (nowNs - samples.getLast().atNs() >= SAMPLE_NS) {
      samples.add(new Sample(nowNs, flows()));
    }
    while (samples.size() > 1 && nowNs - samples.getFirst().atNs() > MINUTE_NS) {
      samples.removeFirst();
    }
    namespaces.values().removeIf(atNs -> nowNs - atNs > NAMESPACE_NS);
  }

  /** Namespaces of the last hour's flows, sorted. */
  List<String> namespaces() {
    return namespaces.keySet().stream().sorted().toList();
  }
}
