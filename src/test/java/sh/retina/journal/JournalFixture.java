package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Records as a ring buffer holds them, each carrying its number, and a listener that writes down
 * what it is told.
 */
final class JournalFixture {
  static final int RECORD_BYTES = 64;
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  static final byte[] BTF = {(byte) 0x9f, (byte) 0xeb, 1, 0};

  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private JournalFixture() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Journal open(Path directory, FakeClock clock) {
    return open(directory, 64 << 20, clock);
  }

  static Journal open(Path directory, long maxBytes, FakeClock clock) {
    return open(directory, maxBytes, clock.both());
  }

  static Journal open(Path directory, long maxBytes, JournalClock clock) {
    return Journal.open(
        new JournalSettings(directory, maxBytes, Duration.ofHours(1)),
        clock,
        () -> bytes("snapshot"));
  }

  static JournalSource source(Journal journal, String plugin) {
    return journal.addSource(plugin, BTF, Map.of("reasons", bytes(plugin + "-reasons")));
  }

  /** A span of numbered records in native memory. */
  static final class Span implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory;
    private final int records;

    Span(int records) {
      this.records = records;
      this.memory = arena.allocate((long) records * RECORD_BYTES, 8);
    }

    long byteCount() {
      return memory.byteSize();
    }

    /** Numbers the records from the source's next one on and appends them. */
    boolean append(Journal journal, JournalSource source) {
      long next = source.appendedRecords();
      for (int i = 0; i < records; i++) {
        long at = (long) i * RECORD_BYTES;
        memory.set(ValueLayout.JAVA_INT, at, RECORD_BYTES - 8);
        memory.set(ValueLayout.JAVA_LONG, at + 8, next + i);
        memory.set(ValueLayout.JAVA_LONG, at + RECORD_BYTES - 8, ~(next + i));
      }
      return journal.append(source, memory.address(), memory.byteSize(), records, 42);
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  static boolean append(Journal journal, JournalSource source, int records) {
    try (Span span = new Span(records)) {
      return span.append(journal, source);
    }
  }

  /** The next batch, of which there must be one. */
  static EventBatch next(JournalReader reader) {
    return Objects.requireNonNull(reader.next(), "no batch");
  }

  /** Checks each byte that tells of a record that is not whole or not where its number says. */
  static void assertWhole(EventBatch batch) {
    assertThat(batch.byteCount()).isEqualTo(batch.records() * RECORD_BYTES);
    assertThat(batch.address() % 8).isZero();
    for (int i = 0; i < batch.records(); i++) {
      long at = batch.address() + (long) i * RECORD_BYTES;
      long number = batch.firstSequence() + i;
      if (MEMORY.get(ValueLayout.JAVA_INT, at) != RECORD_BYTES - 8
          || MEMORY.get(ValueLayout.JAVA_LONG, at + 8) != number
          || MEMORY.get(ValueLayout.JAVA_LONG, at + RECORD_BYTES - 8) != ~number) {
        throw new AssertionError("torn record number=" + number + " position=" + batch.position());
      }
    }
  }

  /** A clock that moves when told. */
  static final class FakeClock implements InstantSource {
    private Instant now = START;
    private long runningNs = -5; // any origin will do

    @Override
    public Instant instant() {
      return now;
    }

    JournalClock both() {
      return new JournalClock(this, () -> runningNs);
    }

    void pass(Duration time) {
      now = now.plus(time);
      runningNs += time.toNanos();
    }

    /** Somebody sets the wall clock. */
    void step(Duration by) {
      now = now.plus(by);
    }
  }

  /**
   * What a reader delivered, in order, one word per thing: {@code +plugin}, {@code snapshot},
   * {@code plugin:from-to}.
   */
  static final class Heard implements JournalReader.Listener {
    final List<String> events = new ArrayList<>();
    final Map<String, Long> lost = new TreeMap<>();
    final List<JournalSource> sources = new ArrayList<>();
    final List<Long> positions = new ArrayList<>();

    @Override
    public void onSource(JournalSource source) {
      sources.add(source);
      events.add("+" + source.plugin());
    }

    @Override
    public void onContext(byte[] context, boolean isSnapshot) {
      events.add((isSnapshot ? "=" : "~") + new String(context, StandardCharsets.UTF_8));
    }

    @Override
    public void onLost(String plugin, long records) {
      lost.merge(plugin, records, Long::sum);
    }

    Heard drain(JournalReader reader) {
      for (EventBatch batch = reader.next(); batch != null; batch = reader.next()) {
        add(batch);
      }
      return this;
    }

    void add(EventBatch batch) {
      assertWhole(batch);
      positions.add(batch.position());
      long last = batch.firstSequence() + batch.records() - 1;
      events.add(batch.source().plugin() + ":" + batch.firstSequence() + "-" + last);
    }

    List<String> batches() {
      return events.stream().filter(event -> event.contains(":")).toList();
    }
  }
}
