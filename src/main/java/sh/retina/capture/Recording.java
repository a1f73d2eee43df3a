package sh.retina.capture;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.PacketSource;
import sh.retina.bpf.PacketSourceException;
import sh.retina.capture.CaptureStatus.State;
import sh.retina.capture.output.OutputDirectory;
import sh.retina.capture.output.OutputSettings;

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
  private final AgentWatch watch;
  private final Consumer<CaptureStatus> progress;
  private final AtomicBoolean isStopped = new AtomicBoolean();
  private final Instant start;
  private String ended = "failure";
  private String reason = "";
  private PacketSource.Statistics statistics = NOTHING;
  private final List<CaptureStatus.Recorded> metadata = new ArrayList<>();
  private @Nullable Recorder recorder;
  private NamedInterfaces interfaces = NamedInterfaces.of(List.of(), _ -> 0, 0);
  private long toldNs = System.nanoTime();

  /** {@code progress} hears of it while it runs, on its thread, as often as the settings say. */
  Recording(
      CaptureSettings settings,
      InstantSource clock,
      AgentWatch watch,
      Consumer<CaptureStatus> progress) {
    this.settings = settings;
    this.clock = clock;
    this.watch = watch;
    this.progress = progress;
    this.start = clock.instant();
  }

  /** Ends it as if its time were over. Thread-safe. */
  void stop() {
    isStopped.set(true);
  }

  /** Records; whatever fails is in the status. */
  CaptureStatus run() {
    try {
      if (settings.answer().isStream()) {
        stream();
      } else {
        toFiles();
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
    return status(reason.isEmpty() ? State.Completed : State.Failed, clock.instant());
  }

  /** How it stands. */
  CaptureStatus status(State state) {
    return status(state, null);
  }

  /** It could not begin. */
  CaptureStatus failed(Exception why) {
    fail(why);
    return status(State.Failed, clock.instant());
  }

  private CaptureStatus status(State state, @Nullable Instant end) {
    Recorder to = recorder;
    boolean isRunning = state == State.Running;
    List<CaptureStatus.Recorded> files = new ArrayList<>(metadata);
    if (to != null) {
      files.addAll(0, to.files());
    }
    return new CaptureStatus(
        settings.name(),
        settings.node(),
        state,
        reason,
        isRunning ? "" : reason.isEmpty() ? ended : "failure",
        start,
        end,
        to == null ? 0 : to.packets(),
        to == null ? 0 : to.unwrittenPackets(),
        statistics,
        watch.cause(),
        Stream.of(interfaces.warning(), watch.fault())
            .filter(warning -> !warning.isEmpty())
            .collect(Collectors.joining("; ")),
        files,
        List.of(),
        0);
  }

  private void toFiles() throws IOException {
    OutputSettings outputs = settings.outputs();
    try (OutputDirectory directory = OutputDirectory.open(outputs.directory(), outputs.hostPath());
        PacketSource source = open()) {
      FileRing ring =
          new FileRing(directory, settings, clock, source.linkType(), this::interfaceName);
      record(source, ring);
      if (settings.hasMetadata() && !ring.files().isEmpty()) {
        metadata.add(MetadataFile.write(directory, ring.baseName() + "-metadata.zip"));
      }
    }
  }

  private void stream() throws IOException {
    try (FileOutputStream out = new FileOutputStream(FileDescriptor.out);
        PacketSource source = open()) {
      record(
          source,
          new LiveStream(
              out.getChannel(), settings, clock, source.linkType(), this::interfaceName));
    }
  }

  private void fail(Exception e) {
    String what = e.getMessage() == null ? e.toString() : e.getMessage();
    reason = reason.isEmpty() ? what : reason + "; " + what;
  }

  /** Several interfaces are all of them, narrowed by the kernel's filter. */
  private PacketSource open() {
    interfaces =
        NamedInterfaces.of(settings.interfaces(), PacketSource::interfaceIndex, System.nanoTime());
    return PacketSource.open(
        new PacketSource.Options(
            settings.device(),
            settings.snapLength(),
            settings.bufferBytes(),
            settings.promiscuous(),
            interfaces.filter(settings.filter())));
  }

  private String interfaceName(int index) {
    String name = interfaces.name(index);
    String now = name.isEmpty() ? PacketSource.interfaceName(index) : name;
    return now.isEmpty() ? "interface " + index : now;
  }

  private void record(PacketSource source, Recorder plain) throws IOException {
    Recorder to =
        watch.isCommented()
            ? new CommentedRecorder(
                plain,
                packet -> watch.comment(packet, source.linkType()),
                clock,
                settings.snapLength())
            : plain;
    recorder = to;
    try {
      ended = watch.isTriggered() ? followTriggered(source, to) : follow(source, to);
    } catch (LiveStream.ReaderGone _) {
      ended = "reader";
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
    to.end(statistics);
  }

  /** Keeps the newest packets in memory until it is told to begin; these come first then. */
  private String followTriggered(PacketSource source, Recorder to) throws IOException {
    PacketRing before = new PacketRing(settings.watch().beforeBytes(), settings.snapLength());
    while (watch.cause().isEmpty()) {
      if (isStopped.get()) {
        return "signal";
      }
      if (source.next()) {
        before.add(source);
      }
      look(source, System.nanoTime());
    }
    to.begin();
    while (before.take()) {
      if (!to.append(before, "", source::statistics)) {
        return "size";
      }
    }
    return followBegun(source, to);
  }

  private String follow(PacketSource source, Recorder to) throws IOException {
    to.begin();
    return followBegun(source, to);
  }

  private String followBegun(PacketSource source, Recorder to) throws IOException {
    long startNs = System.nanoTime();
    long lengthNs = nanoseconds(settings.duration());
    for (long now = startNs; !isStopped.get() && now - startNs < lengthNs; ) {
      if (!source.next()) {
        to.idle(source::statistics);
      } else if (!to.append(source, "", source::statistics)) {
        return "size";
      }
      now = System.nanoTime();
      look(source, now);
    }
    String why = isStopped.get() ? "signal" : "duration";
    long endNs = System.nanoTime();
    while (source.next() && System.nanoTime() - endNs < DRAIN_NS) {
      if (!to.append(source, "", source::statistics)) {
        return "size";
      }
    }
    return why;
  }

  /** At what time changes: whether the interfaces are there, and who wants to hear of it. */
  private void look(PacketSource source, long nowNs) {
    interfaces.look(nowNs);
    Duration interval = settings.answer().progress();
    if (interval != null && nowNs - toldNs >= interval.toNanos()) {
      toldNs = nowNs;
      statistics = source.statistics();
      progress.accept(status(State.Running, null));
    }
  }

  private static long nanoseconds(@Nullable Duration time) {
    return time == null ? Long.MAX_VALUE : time.toNanos();
  }
}
