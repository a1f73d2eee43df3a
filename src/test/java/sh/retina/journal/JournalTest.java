package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final byte[] BTF = "type information".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path directory;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment records = arena.allocate(1 << 20, 8);
  private Instant now = Instant.parse("2026-11-23T10:00:00Z");
  private final InstantSource clock = () -> now;
  private String context = "nobody";

  @AfterEach
  void free() {
    arena.close();
  }

  /** What a reader heard and read, as words. */
  private static final class Heard implements JournalReader.Listener {
    final List<String> words = new ArrayList<>();

    @Override
    public void onSource(JournalSource source) {
      words.add(
          "source " + source.plugin() + " " + new String(source.btf(), StandardCharsets.UTF_8));
    }

    @Override
    public void onContext(byte[] excerpt, boolean isSnapshot) {
      words.add((isSnapshot ? "all " : "change ") + new String(excerpt, StandardCharsets.UTF_8));
    }

    @Override
    public void onLost(String plugin, long count) {
      words.add("lost " + plugin + " " + count);
    }

    List<String> readAll(JournalReader reader) {
      for (EventBatch batch = reader.next(); batch != null; batch = reader.next()) {
        words.add("batch " + batch.firstSequence() + "+" + batch.records() + " " + first(batch));
      }
      return words;
    }
  }

  private static long first(EventBatch batch) {
    assertThat(batch.address() % 8).isZero();
    return MemorySegment.ofAddress(batch.address())
        .reinterpret(batch.byteCount())
        .get(ValueLayout.JAVA_LONG, 0);
  }

  private static EventBatch next(JournalReader reader) {
    return Objects.requireNonNull(reader.next(), "a batch was expected");
  }

  private Journal open(long maxBytes) {
    return Journal.open(
        new JournalSettings(directory, maxBytes, Duration.ofHours(1)),
        clock,
        () -> context.getBytes(StandardCharsets.UTF_8));
  }

  private boolean append(Journal journal, JournalSource source, long value, long bytes, int count) {
    records.set(ValueLayout.JAVA_LONG, 0, value);
    records.set(ValueLayout.JAVA_LONG_UNALIGNED, bytes - 8, ~value);
    return journal.append(source, records.address(), bytes, count, 5);
  }

  @Test
  void shouldGiveBackWhatWasAppendedInOrder() {
    try (Journal journal = open(64 << 20)) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of("names", new byte[] {1, 2}));
      append(journal, flows, 11, 64, 2);
      journal.appendContext("web is 10.0.0.5".getBytes(StandardCharsets.UTF_8));
      append(journal, flows, 22, 1000, 3);
      JournalSource drops = journal.addSource("drops", BTF, Map.of());
      append(journal, drops, 33, 16, 1);

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        assertThat(heard.readAll(reader))
            .containsExactly(
                "all nobody",
                "source flows type information",
                "batch 0+2 11",
                "change web is 10.0.0.5",
                "batch 2+3 22",
                "source drops type information",
                "batch 0+1 33");

        append(journal, flows, 44, 16, 1);
        EventBatch live = next(reader);
        assertThat(live.source().plugin()).isEqualTo("flows");
        assertThat(live.source().attributes().get("names")).containsExactly(1, 2);
        assertThat(live.realtimeOffsetNs()).isEqualTo(5);
        assertThat(live.appendedNs()).isEqualTo(now.toEpochMilli() * 1_000_000);
        assertThat(live.byteCount()).isEqualTo(16);
        MemorySegment bytes = MemorySegment.ofAddress(live.address()).reinterpret(16);
        assertThat(bytes.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(~44L);
        assertThat(reader.next()).isNull();
      }
    }
  }

  @Test
  void shouldBeginEachFileWithAllThatItNeeds() throws Exception {
    context = "web is 10.0.0.5";
    try (Journal journal = open(16 << 20)) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of());
      for (int i = 0; i < 80; i++) {
        append(journal, flows, i, 100_000, 10); // a file holds 2 MiB
      }
      List<Path> files = Retention.files(directory);
      assertThat(files).hasSizeGreaterThan(2);
      Files.delete(files.getFirst());
    }

    Heard heard = new Heard();
    try (JournalReader reader = JournalReader.open(directory, new Start.Oldest(), heard)) {
      heard.readAll(reader);
    }

    assertThat(heard.words).startsWith("source flows type information", "all web is 10.0.0.5");
    assertThat(heard.words.getLast()).isEqualTo("batch 790+10 79");
    assertThat(heard.words).noneMatch(word -> word.startsWith("lost"));
  }

  @Test
  void shouldKeepToItsBytesAndTellASlowReaderExactlyWhatItLost() {
    try (Journal journal = open(16 << 20)) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of());
      append(journal, flows, 0, 100_000, 10);
      Heard heard = new Heard();
      try (JournalReader slow = journal.reader(new Start.Oldest(), heard)) {
        assertThat(slow.next()).isNotNull();
        for (int i = 1; i < 600; i++) {
          append(journal, flows, i, 100_000, 10);
        }
        assertThat(Retention.bytes(Retention.files(directory))).isLessThanOrEqualTo(24 << 20);

        heard.readAll(slow);
      }

      long read = 10 + heard.words.stream().filter(word -> word.startsWith("batch")).count() * 10;
      long lost =
          heard.words.stream()
              .filter(word -> word.startsWith("lost flows "))
              .mapToLong(word -> Long.parseLong(word.substring(11)))
              .sum();
      assertThat(lost).isPositive();
      assertThat(read + lost).isEqualTo(6_000);
      assertThat(heard.words.getLast()).isEqualTo("batch 5990+10 599");
    }
  }

  @Test
  void shouldForgetFilesThatAreTooOld() throws Exception {
    try (Journal journal = open(64 << 20)) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of());
      append(journal, flows, 1, 64, 1);
      Path old = Retention.files(directory).getFirst();
      Files.setLastModifiedTime(old, java.nio.file.attribute.FileTime.from(now));

      now = now.plus(Duration.ofMinutes(59));
      append(journal, flows, 2, 64, 1);
      assertThat(Retention.files(directory)).hasSize(2).contains(old);

      now = now.plus(Duration.ofMinutes(11));
      append(journal, flows, 3, 64, 1);
      assertThat(Retention.files(directory)).doesNotContain(old);
    }
  }

  @Test
  void shouldGoOnWhereANamedReaderStoppedInAnEarlierRun() {
    try (Journal journal = open(64 << 20)) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of());
      append(journal, flows, 1, 64, 1);
      append(journal, flows, 2, 64, 1);
      try (JournalReader reader = journal.reader(new Start.Named("metrics"), new Heard())) {
        assertThat(reader.next()).isNotNull();
      }
    }
    try (Journal journal = open(64 << 20)) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of());
      append(journal, flows, 3, 64, 1);

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Named("metrics"), heard)) {
        assertThat(heard.readAll(reader))
            .containsSubsequence(
                "source flows type information",
                "batch 1+1 2",
                "source flows type information",
                "batch 0+1 3")
            .doesNotContain("batch 0+1 1");
      }
    }
  }

  @Test
  void shouldStartSinceATimeAfterAPositionAndFromNowOn() {
    try (Journal journal = open(64 << 20)) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of());
      append(journal, flows, 1, 64, 1);
      now = now.plusSeconds(700); // another file
      append(journal, flows, 2, 64, 1);
      now = now.plusSeconds(10);
      append(journal, flows, 3, 64, 1);

      long second;
      try (JournalReader reader =
          journal.reader(new Start.Since(now.minusSeconds(10)), new Heard())) {
        EventBatch batch = next(reader);
        assertThat(first(batch)).isEqualTo(2);
        second = batch.position();
      }
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.After(second), heard)) {
        assertThat(heard.readAll(reader))
            .containsSubsequence("source flows type information", "batch 2+1 3")
            .doesNotContain("batch 1+1 2");
      }
      try (JournalReader reader = journal.reader(new Start.Since(Instant.EPOCH), new Heard())) {
        EventBatch batch = next(reader);
        assertThat(first(batch)).isEqualTo(1);
      }
      try (JournalReader reader = journal.reader(new Start.Newest(), new Heard())) {
        assertThat(reader.next()).isNull();
        append(journal, flows, 4, 64, 1);
        EventBatch batch = next(reader);
        assertThat(first(batch)).isEqualTo(4);
      }
    }
  }

  @Test
  void shouldAllocateNextToNothingPerRecord() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Journal journal = open(256 << 20);
        JournalReader reader = journal.reader(new Start.Oldest(), new Heard())) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of());
      int batches = 4_000;
      int records = 100;
      long least = Long.MAX_VALUE;
      // The first rounds run interpreted, which allocates what the compiler later removes.
      for (int round = 0; round < 8; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < batches; i++) {
          append(journal, flows, i, 160L * records, records);
          next(reader);
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }

      // The list of files, once in four mebibytes, and a mapping per block: nothing that grows with
      // records.
      assertThat(least / (batches * records)).as("bytes per record").isLessThan(8);
    }
  }

  @Test
  void shouldRefuseWhatDoesNotFit() {
    try (Journal journal = open(64 << 20)) {
      JournalSource flows = journal.addSource("flows", BTF, Map.of());

      assertThatIllegalArgumentException()
          .isThrownBy(() -> journal.append(flows, records.address(), 2 << 20, 1, 0))
          .withMessageContaining("byteCount=2097152");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> journal.reader(new Start.Named("../metrics"), new Heard()))
          .withMessageContaining("'../metrics'");
    }
  }

  @Test
  void shouldSayWhereThereIsNoJournal() {
    assertThatExceptionOfType(JournalException.class)
        .isThrownBy(() -> JournalReader.open(directory, new Start.Oldest(), new Heard()))
        .withMessageContaining(directory.toString());
  }
}
