package sh.retina.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Packet;
import sh.retina.bpf.PacketSource;
import sh.retina.capture.output.OutputDirectory;

/** The files of a capture: one, or the last so many of a size. Not thread-safe. */
final class FileRing implements Recorder {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** A packet's header, and what stands behind the last packet of a file. */
  private static final int ROOM = 256;

  private final OutputDirectory directory;
  private final CaptureSettings settings;
  private final InstantSource clock;
  private final int linkType;
  private final IntFunction<String> interfaceNames;
  private final Deque<CaptureStatus.Recorded> complete = new ArrayDeque<>();
  private String base = "";
  private @Nullable WholeFile file;
  private @Nullable PacketFormat format;
  private int opened;
  private long packets;
  private long unwritten;

  FileRing(
      OutputDirectory directory,
      CaptureSettings settings,
      InstantSource clock,
      int linkType,
      IntFunction<String> interfaceNames) {
    this.directory = directory;
    this.settings = settings;
    this.clock = clock;
    this.linkType = linkType;
    this.interfaceNames = interfaceNames;
  }

  /** Of the files, without what tells them apart; empty before there is one. */
  String baseName() {
    return base;
  }

  @Override
  public void begin() throws IOException {
    if (opened == 0) {
      base = settings.name() + "-" + settings.node() + "-" + TIME.format(clock.instant());
    }
    String number = settings.fileCount() > 0 ? String.format(Locale.ROOT, "-%05d", opened + 1) : "";
    WholeFile next = WholeFile.create(directory, base + number + "." + settings.format().suffix());
    opened++;
    packets = 0;
    file = next;
    PacketFormat opening = PacketFormat.of(next, settings, linkType, clock, interfaceNames);
    format = opening;
    opening.begin();
  }

  @Override
  public boolean append(Packet packet, String comment, Supplier<PacketSource.Statistics> statistics)
      throws IOException {
    WholeFile current = file;
    if (current != null && isFull(current, packet.length() + 4 * comment.length())) {
      if (settings.fileCount() == 0) {
        return false;
      }
      end(statistics.get());
      begin();
    }
    PacketFormat writing = format;
    if (writing == null) {
      throw new IOException("no file is open");
    }
    packets++;
    writing.packet(packet, comment);
    return true;
  }

  @Override
  public void idle(Supplier<PacketSource.Statistics> statistics) {}

  private boolean isFull(WholeFile current, int bytes) {
    return settings.maxBytes() > 0
        && packets > 0
        && current.bytes() + bytes + ROOM > settings.maxBytes();
  }

  /**
   * Completes the file that is open.
   *
   * @throws IOException when the disk did not take all of it; what it took is a complete file
   */
  @Override
  public void end(PacketSource.Statistics statistics) throws IOException {
    WholeFile ending = file;
    PacketFormat writing = format;
    if (ending == null || writing == null) {
      return;
    }
    file = null;
    format = null;
    try (ending) {
      IOException failure = null;
      try {
        writing.end(statistics);
        ending.flush();
      } catch (IOException e) {
        failure = e;
      }
      unwritten += ending.lostPackets();
      packets -= ending.lostPackets();
      if (failure == null || packets > 0) {
        complete(ending);
      }
      if (failure != null) {
        throw failure;
      }
    }
  }

  private void complete(WholeFile ending) throws IOException {
    String digest = ending.complete();
    Path path = directory.path().resolve(ending.name());
    complete.add(new CaptureStatus.Recorded(path.toString(), ending.bytes(), digest, packets));
    if (settings.fileCount() > 0 && complete.size() > settings.fileCount()) {
      directory.delete(Path.of(complete.removeFirst().path()).getFileName().toString());
    }
  }

  @Override
  public List<CaptureStatus.Recorded> files() {
    return List.copyOf(complete);
  }

  @Override
  public long packets() {
    long open = file == null ? 0 : packets;
    return open + complete.stream().mapToLong(CaptureStatus.Recorded::packets).sum();
  }

  @Override
  public long unwrittenPackets() {
    return unwritten;
  }
}
