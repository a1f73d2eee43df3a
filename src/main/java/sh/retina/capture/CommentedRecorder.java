package sh.retina.capture;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import sh.retina.bpf.Packet;
import sh.retina.bpf.PacketSource;

/**
 * Holds packets back for a second, in which an agent says what it knows of them, and passes them on
 * with that. When more come than there is room for, the oldest go on sooner. Not thread-safe.
 */
final class CommentedRecorder implements Recorder {
  private static final int ROOM_BYTES = 32 << 20;
  private static final long DELAY_NS = TimeUnit.SECONDS.toNanos(1);

  private final Recorder to;
  private final Function<Packet, String> comments;
  private final InstantSource clock;
  private final PacketRing held;
  private boolean isFull;

  CommentedRecorder(
      Recorder to, Function<Packet, String> comments, InstantSource clock, int snapLength) {
    this.to = to;
    this.comments = comments;
    this.clock = clock;
    this.held = new PacketRing(ROOM_BYTES, snapLength);
  }

  @Override
  public void begin() throws IOException {
    to.begin();
  }

  @Override
  public boolean append(Packet packet, String comment, Supplier<PacketSource.Statistics> statistics)
      throws IOException {
    passOn(packet.timeNs() - DELAY_NS, statistics);
    while (!isFull && !held.isEmpty() && held.isFull(packet)) {
      passOn(held.oldestNs(), statistics);
    }
    if (!isFull) {
      held.add(packet);
    }
    return !isFull;
  }

  /** All that came until then. */
  private void passOn(long untilNs, Supplier<PacketSource.Statistics> statistics)
      throws IOException {
    while (!isFull && !held.isEmpty() && held.oldestNs() <= untilNs) {
      held.take();
      isFull = !to.append(held, comments.apply(held), statistics);
    }
  }

  @Override
  public void idle(Supplier<PacketSource.Statistics> statistics) throws IOException {
    Instant now = clock.instant();
    long ns = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    passOn(ns - DELAY_NS, statistics);
    to.idle(statistics);
  }

  @Override
  public void end(PacketSource.Statistics statistics) throws IOException {
    if (!held.isEmpty()) {
      LockSupport.parkNanos(DELAY_NS);
      passOn(Long.MAX_VALUE, () -> statistics);
    }
    to.end(statistics);
  }

  @Override
  public List<CaptureStatus.Recorded> files() {
    return to.files();
  }

  @Override
  public long packets() {
    return to.packets();
  }

  @Override
  public long unwrittenPackets() {
    return to.unwrittenPackets();
  }
}
