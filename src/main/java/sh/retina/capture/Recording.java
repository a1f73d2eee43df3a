package sh.retina.capture;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import sh.retina.bpf.PacketSource;
import sh.retina.bpf.PacketSourceException;

/**
 * One capture from its begin to its complete files. Runs on one thread, in the network namespace of
 * that thread; {@link #stop} is for others.
 */
final class Recording {
  /** What is in the ring when the end comes is read, but not for longer. */
  private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(2);

  private static final PacketSource.Statistics NOTHING = new PacketSource.Statistics(0, 0, 0);

  private final CaptureSettings settings;
  private final InstantSource clock;
  private final AtomicBoolean isStopped = new AtomicBoolean();
  private String ended = "failure";
  private String reason = "";
  private PacketSource.Statistics statistics = NOTHING;

  Recording(CaptureSettings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** Ends it as if its time were over. Thread-safe. */
  void stop() {
    isStopped.set(true);
  }

  /** Records; whatever fails is in the status. */
  CaptureStatus run() {
    Instant start = clock.instant();
    List<CaptureStatus.Recorded> files = List.of();
    long unwritten = 0;
    try (OutputDirectory directory = OutputDirectory.open(settings.directory(), settings.path());
        PacketSource source = open()) {
      FileRing ring =
          new FileRing(directory, settings, clock, source.linkType(), Recording::interfaceName);
      record(source, ring);
      files = ring.files();
      unwritten = ring.unwrittenPackets();
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
    return new CaptureStatus(
        settings.name(),
        settings.node(),
        reason.isEmpty() ? "Completed" : "Failed",
        reason,
        reason.isEmpty() ? ended : "failure",
        start,
        clock.instant(),
        files.stream().mapToLong(CaptureStatus.Recorded::packets).sum(),
        unwritten,
        statistics,
        files);
  }

  private void fail(Exception e) {
    String what = e.getMessage() == null ? e.toString() : e.getMessage();
    reason = reason.isEmpty() ? what : reason + "; " + what;
  }

  private PacketSource open() {
    return PacketSource.open(
        new PacketSource.Options(
            settings.device(),
            settings.snapLength(),
            settings.bufferBytes(),
            settings.promiscuous(),
            filter()));
  }

  /** Several interfaces are all of them, narrowed by the kernel's filter. */
  private String filter() {
    if (settings.interfaces().size() < 2) {
      return settings.filter();
    }
    List<String> wanted = new ArrayList<>();
    for (String name : settings.interfaces()) {
      int index = PacketSource.interfaceIndex(name);
      if (index == 0) {
        throw new PacketSourceException("interface " + name + ": no such interface here");
      }
      wanted.add("ifindex " + index);
    }
    String interfaces = "(" + String.join(" or ", wanted) + ")";
    return settings.filter().isEmpty()
        ? interfaces
        : interfaces + " and (" + settings.filter() + ")";
  }

  private static String interfaceName(int index) {
    String name = PacketSource.interfaceName(index);
    return name.isEmpty() ? "interface " + index : name;
  }

  private void record(PacketSource source, FileRing ring) throws IOException {
    try {
      ring.begin();
      ended = follow(source, ring);
    } catch (IOException | PacketSourceException e) {
      fail(e);
    }
    try {
      statistics = source.statistics();
    } catch (PacketSourceException e) {
      // of an interface that is gone: that was said
      if (reason.isEmpty()) {
        fail(e);
      }
    }
    ring.end(statistics);
  }

  private String follow(PacketSource source, FileRing ring) throws IOException {
    Duration duration = settings.duration();
    long startNs = System.nanoTime();
    long lengthNs = duration == null ? Long.MAX_VALUE : duration.toNanos();
    while (!isStopped.get() && System.nanoTime() - startNs < lengthNs) {
      if (source.next() && !ring.append(source)) {
        return "size";
      }
    }
    String why = isStopped.get() ? "signal" : "duration";
    long endNs = System.nanoTime();
    while (source.next() && System.nanoTime() - endNs < DRAIN_NS) {
      if (!ring.append(source)) {
        return "size";
      }
    }
    return why;
  }
}
