package sh.retina.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import sh.retina.bpf.RingRecords;
import sh.retina.event.Observation;
import sh.retina.identity.IdentityTable;
import sh.retina.journal.EventBatch;
import sh.retina.journal.Start;
import sh.retina.plugin.EventDecoder;

/**
 * The hops of the user path, ns and bytes allocated per event: each on events of 6,000 connections
 * between 250 pods. {@code bin/bench micro UserPath}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class UserPathBench {
  private static final int KEPT = 500;
  private static final int REPLAYED = 50;

  private final Observation event = new Observation();
  private final Observation[] observations = new Observation[KEPT];
  private final RingRecords walker = new RingRecords();
  private final List<Path> directories = new ArrayList<>();
  private UserPath path;
  private UserPath recorded;
  private EventDecoder decoder;
  private IdentityTable identities;

  @Setup
  public void open() throws IOException {
    path = new UserPath(directory(), 512L << 20);
    recorded = new UserPath(directory(), 512L << 20);
    decoder = path.decoder();
    identities = path.identities;
    for (int i = 0; i < REPLAYED; i++) {
      recorded.take(recorded.refilled());
    }
    walker.over(path.records.address(), path.records.byteCount());
    for (int i = 0; i < KEPT && walker.next(); i++) {
      observations[i] = new Observation();
      decoder.decode(walker.address(), walker.length(), observations[i]);
      Enrich.apply(observations[i], identities);
    }
  }

  private Path directory() throws IOException {
    Path parent = Path.of(System.getProperty("retina.bench.directory", "target"));
    Path directory = Files.createTempDirectory(Files.createDirectories(parent), "bench-journal");
    directories.add(directory);
    return directory;
  }

  @TearDown
  public void close() throws IOException {
    path.close();
    recorded.close();
    for (Path directory : directories) {
      try (var files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    }
  }

  /** Finding the span of committed records and freeing it. */
  @Benchmark
  @OperationsPerInvocation(UserPath.EVENTS)
  public int ringScan() {
    return path.refilled().drain((_, _, _) -> {}, Long.MAX_VALUE);
  }

  /** The scan and each event decoded. */
  @Benchmark
  @OperationsPerInvocation(UserPath.EVENTS)
  public long ringDecode() {
    path.refilled().drain(this::decode, Long.MAX_VALUE);
    return event.bytes;
  }

  private void decode(long address, long byteCount, int records) {
    walker.over(address, byteCount);
    while (walker.next()) {
      event.clear();
      decoder.decode(walker.address(), walker.length(), event);
    }
  }

  /** The scan and one copy per batch into the journal. */
  @Benchmark
  @OperationsPerInvocation(UserPath.EVENTS)
  public int ringToJournal() {
    int taken = path.take(path.refilled());
    path.journal.maintain();
    return taken;
  }

  /** Batches of the journal, and a walk over their records. */
  @Benchmark
  @OperationsPerInvocation(UserPath.EVENTS * REPLAYED)
  public long journalRead() {
    long sum = 0;
    try (EventReader reader = recorded.open(new Start.Oldest())) {
      for (EventBatch batch = reader.poll(); batch != null; batch = reader.poll()) {
        walker.over(batch.address(), batch.byteCount());
        while (walker.next()) {
          sum += walker.length();
        }
      }
    }
    return sum;
  }

  /** The journal read, decoded and enriched. */
  @Benchmark
  @OperationsPerInvocation(UserPath.EVENTS * REPLAYED)
  public long journalReadDecodeEnrich() {
    long sum = 0;
    try (EventReader reader = recorded.open(new Start.Oldest())) {
      for (EventBatch batch = reader.poll(); batch != null; batch = reader.poll()) {
        reader.open(batch);
        while (reader.next(event)) {
          sum += event.bytes;
        }
      }
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(KEPT)
  public Observation enrich() {
    for (Observation observation : observations) {
      Enrich.apply(observation, identities);
    }
    return observations[0];
  }

  @Benchmark
  @OperationsPerInvocation(KEPT)
  public long aggregate() {
    for (Observation observation : observations) {
      path.aggregate.accept(observation);
    }
    return path.aggregate.node().sentPackets();
  }

  /** Ring, journal, decode, enrich, filter, aggregate. */
  @Benchmark
  @OperationsPerInvocation(UserPath.EVENTS)
  public int whole() {
    int taken = path.take(path.refilled());
    path.journal.maintain();
    return path.count() + taken;
  }
}
