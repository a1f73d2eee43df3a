package sh.retina.export.flowlog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;
import sh.retina.flow.FlowMask;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEvent;
import sh.retina.flow.proto.observer.ExportEvent;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowSource;
import sh.retina.pipeline.FlowStart;

/**
 * One export under way: a position in the journal of its own, kept in a file (beside the one that
 * it writes, {@code <file>.position}) after what lies before it has been written. So every flow is
 * written at least once, also over a restart or a full disk, as long as the journal keeps it; what
 * it no longer keeps is a line {@code lost_events}. Thread-safe.
 */
final class FlowLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowLog.class);

  /** Standard output: there is nowhere to note a position. */
  private static final Path DEVICES = Path.of("/dev");

  private static final int MOST_GROUPS = 50_000;

  private final FlowLogSpec spec;
  private final FlowNode node;
  private final FlowSource source;
  private final InstantSource clock;
  private final ExportCounts faults;
  private final FlowMask mask;
  private final FlowCounts counts;
  private final Path positionFile;
  private final boolean keepsPosition;
  private final Pauses pauses = new Pauses(Duration.ofSeconds(1), Duration.ofMinutes(1));
  private final Instant begun;
  private boolean isOpenedAgain;
  private final Disposable reader;
  private @Nullable FlowSink sink;
  private String position = "";
  private String savedPosition = "";
  private Instant written;
  private boolean isBroken;
  private boolean isClosed;

  /**
   * @param positions directory for positions of what is no file
   * @param faults where they are counted
   */
  FlowLog(
      FlowLogSpec spec,
      FlowNode node,
      FlowSource source,
      InstantSource clock,
      Path positions,
      ExportCounts faults) {
    this.spec = spec;
    this.node = node;
    this.source = source;
    this.clock = clock;
    this.faults = faults;
    this.mask = FlowMask.of(spec.mask());
    this.counts = new FlowCounts(FlowMask.of(spec.aggregate()));
    switch (spec.target()) {
      case FlowLogSpec.File(var path, _, _, _) -> {
        positionFile = path.resolveSibling(path.getFileName() + ".position");
        keepsPosition = !path.startsWith(DEVICES);
      }
      // By where it goes, too: another collector, another topic has seen nothing yet.
      case FlowLogSpec.Otlp(var url) -> {
        positionFile = positions.resolve(positionOf(spec.name(), url.hashCode()));
        keepsPosition = true;
      }
      // Not by the brokers, which come and go.
      case FlowLogSpec.Kafka(_, var topic, _, _) -> {
        positionFile = positions.resolve(positionOf(spec.name(), topic.hashCode()));
        keepsPosition = true;
      }
    }
    this.begun = clock.instant();
    this.written = begun;
    this.reader =
        Flux.defer(this::open)
            .doOnNext(this::accept)
            .doOnError(this::failed)
            .retryWhen(Retry.from(failures -> failures.concatMap(_ -> Mono.delay(pauses.next()))))
            .subscribe(_ -> {}, e -> LOG.error("flow log {} has ended", spec.name(), e));
  }

  private static String positionOf(String name, int target) {
    return name.replaceAll("[^A-Za-z0-9_-]", "_") + "-" + Integer.toHexString(target) + ".position";
  }

  private synchronized Flux<FlowItem> open() {
    try {
      sink = make();
      position =
          keepsPosition && Files.exists(positionFile) ? Files.readString(positionFile).strip() : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    savedPosition = position;
    // What could not be written before any place was noted is not forgotten either.
    FlowStart first = isOpenedAgain ? new FlowStart.Since(begun) : new FlowStart.Now();
    isOpenedAgain = true;
    try {
      return flows(position.isEmpty() ? first : new FlowStart.After(position));
    } catch (IllegalArgumentException e) {
      LOG.warn("flow log {}: {} is damaged, it begins anew", spec.name(), positionFile);
      return flows(new FlowStart.Now());
    }
  }

  private FlowSink make() throws IOException {
    return switch (spec.target()) {
      case FlowLogSpec.File(var path, var maxBytes, var maxBackups, var compresses) ->
          new FlowSink.Lines(new RotatingFile(path, maxBytes, maxBackups, compresses, clock));
      case FlowLogSpec.Otlp(var url) -> {
        makePlace();
        yield new OtlpSink(url, node, clock);
      }
      case FlowLogSpec.Kafka kafka -> {
        makePlace();
        yield KafkaSink.to(kafka, node, faults);
      }
    };
  }

  private void makePlace() throws IOException {
    Files.createDirectories(positionFile.toAbsolutePath().getParent());
  }

  private Flux<FlowItem> flows(FlowStart start) {
    return source.open(
        new FlowRequest(start, FlowChoice.filter(spec.choices(), node), spec.end(), true, 0));
  }

  private synchronized void failed(Throwable e) {
    if (!isBroken) {
      faults.failed();
    }
    isBroken = false;
    LOG.error("flow log {} cannot go on, it tries again: {}", spec.name(), e.toString());
    counts.take();
    closeSink();
  }

  private synchronized void accept(FlowItem item) {
    if (isClosed) {
      return;
    }
    switch (item) {
      case FlowItem.Item(var id, var flow) -> {
        if (spec.isAggregated()) {
          counts.add(flow);
          if (counts.size() >= MOST_GROUPS) {
            writeCounts();
          }
        } else {
          write(mask.apply(flow));
        }
        position = id;
      }
      case FlowItem.Lost(var lost, var count) ->
          write(
              ExportEvent.newBuilder()
                  .setLostEvents(LostEvent.newBuilder().setSource(lost).setNumEventsLost(count))
                  .setNodeName(node.name())
                  .setTime(timestamp(clock.instant()))
                  .build());
    }
  }

  private void write(Flow flow) {
    ExportEvent.Builder event =
        ExportEvent.newBuilder().setFlow(flow).setNodeName(flow.getNodeName());
    if (flow.hasTime()) {
      event.setTime(flow.getTime());
    }
    write(event.build());
  }

  private void write(ExportEvent event) {
    FlowSink to = sink;
    if (to == null) {
      throw new IllegalStateException(spec.target() + " could not be written");
    }
    try {
      to.write(event);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeCounts() {
    counts.take().forEach(this::write);
    written = clock.instant();
  }

  /** Called each second: brings to the file what waits, then notes how far that is. */
  synchronized void tick() {
    if (isClosed || sink == null) {
      return;
    }
    if (spec.isAggregated()) {
      if (written.plus(spec.interval()).isAfter(clock.instant())) {
        return;
      }
      writeCounts();
    }
    flush();
  }

  private void flush() {
    FlowSink to = sink;
    if (to == null) {
      return;
    }
    try {
      to.flush();
      if (position.equals(savedPosition)) {
        return;
      }
      if (keepsPosition) {
        Path part = positionFile.resolveSibling(positionFile.getFileName() + ".part");
        Files.write(part, position.getBytes(StandardCharsets.US_ASCII));
        Files.move(part, positionFile, StandardCopyOption.ATOMIC_MOVE);
        savedPosition = position;
      }
      pauses.begin();
    } catch (IOException e) {
      // What comes next ends the stream, and it goes on from the position that was noted.
      faults.failed();
      isBroken = true;
      LOG.warn("flow log {} cannot be written: {}", spec.name(), e.toString());
      counts.take();
      closeSink();
    }
  }

  private void closeSink() {
    FlowSink to = sink;
    sink = null;
    if (to == null) {
      return;
    }
    try {
      to.close();
    } catch (IOException e) {
      LOG.warn("flow log {} could not be closed: {}", spec.name(), e.toString());
    }
  }

  FlowLogSpec spec() {
    return spec;
  }

  private static com.google.protobuf.Timestamp timestamp(Instant at) {
    return com.google.protobuf.Timestamp.newBuilder()
        .setSeconds(at.getEpochSecond())
        .setNanos(at.getNano())
        .build();
  }

  /** Writes what is counted. */
  @Override
  public void close() {
    reader.dispose();
    synchronized (this) {
      isClosed = true;
      if (sink != null) {
        writeCounts();
        flush();
        closeSink();
      }
    }
  }
}
