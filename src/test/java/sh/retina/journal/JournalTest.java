package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sh.retina.journal.JournalFixture.append;
import static sh.retina.journal.JournalFixture.bytes;
import static sh.retina.journal.JournalFixture.next;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.journal.JournalFixture.FakeClock;
import sh.retina.journal.JournalFixture.Heard;

class JournalTest {
  private final FakeClock clock = new FakeClock();

  @TempDir Path directory;

  @Test
  void shouldReadBackEveryByteAndNumber() {
    try (Journal journal = open(directory, clock)) {
      JournalSource drops = source(journal, "dropreason");
      JournalSource flows = source(journal, "packetparser");
      long records = 0;
      for (int i = 1; i <= 2000; i++) {
        assertThat(append(journal, i % 3 == 0 ? drops : flows, i % 97 + 1)).isTrue();
        records += i % 97 + 1;
      }

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        heard.drain(reader);

        assertThat(reader.lagRecords()).isZero();
      }
      assertThat(heard.batches())
          .hasSize(2000)
          .startsWith("packetparser:0-1", "packetparser:2-4", "dropreason:0-3");
      assertThat(heard.lost).isEmpty();
      assertThat(heard.positions).isSorted().doesNotHaveDuplicates();
      assertThat(journal.appendedRecords())
          .isEqualTo(records)
          .isEqualTo(drops.appendedRecords() + flows.appendedRecords());
    }
  }

  @Test
  void shouldTellWhatABatchIs() {
    try (Journal journal = open(directory, clock)) {
      JournalSource drops = source(journal, "dropreason");
      append(journal, drops, 5);

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        EventBatch batch = next(reader);

        assertThat(batch.records()).isEqualTo(5);
        assertThat(batch.byteCount()).isEqualTo(5 * JournalFixture.RECORD_BYTES);
        assertThat(batch.realtimeOffsetNs()).isEqualTo(42);
        assertThat(batch.appendedNs()).isEqualTo(JournalFixture.START.toEpochMilli() * 1_000_000);
        assertThat(batch.source()).isSameAs(heard.sources.getFirst());
        assertThat(batch.source().plugin()).isEqualTo("dropreason");
        assertThat(batch.source().btf()).isEqualTo(JournalFixture.BTF);
        assertThat(batch.source().attributes().get("reasons"))
            .isEqualTo(bytes("dropreason-reasons"));
      }
    }
  }

  @Test
  void shouldKeepContextInOrderWithBatches() {
    try (Journal journal = open(directory, clock)) {
      journal.appendContext(bytes("in the snapshot anyway"));
      JournalSource flows = source(journal, "packetparser");
      append(journal, flows, 1);
      journal.appendContext(bytes("pod a came"));
      append(journal, flows, 1);
      append(journal, flows, 1);
      journal.appendContext(bytes("pod a went"));

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        heard.drain(reader);
      }
      assertThat(heard.events)
          .containsExactly(
              "+packetparser",
              "=snapshot",
              "packetparser:0-0",
              "~pod a came",
              "packetparser:1-1",
              "packetparser:2-2",
              "~pod a went");
    }
  }

  @Test
  void shouldCarryContextLargerThanAnExcerpt() {
    byte[] large = new byte[5 * Journal.MAX_BATCH_BYTES + 3];
    Arrays.fill(large, (byte) 'x');
    try (Journal journal =
        Journal.open(
            new JournalSettings(directory, 64 << 20, Duration.ofHours(1)),
            clock.both(),
            () -> large)) {
      append(journal, source(journal, "packetparser"), 1);

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        heard.drain(reader);
      }
      assertThat(heard.events).hasSize(3);
      assertThat(heard.events.get(1)).hasSize(large.length + 1);
    }
  }

  @Test
  void shouldRepeatChangesMadeWhileTheSnapshotWasTaken() {
    AtomicReference<@Nullable Journal> self = new AtomicReference<>();
    try (Journal journal =
        Journal.open(
            new JournalSettings(directory, 64 << 20, Duration.ofHours(1)),
            clock.both(),
            () -> {
              // From another thread, as a pod watcher would: it must neither wait for the roll nor
              // be lost by it.
              Thread watcher =
                  Thread.ofPlatform()
                      .start(() ->
                          Objects.requireNonNull(self.get()).appendContext(bytes("meanwhile")));
              try {
                watcher.join();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return bytes("snapshot");
            })) {
      self.set(journal);
      append(journal, source(journal, "packetparser"), 1);

      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        heard.drain(reader);
      }
      assertThat(heard.events)
          .containsExactly("+packetparser", "=snapshot", "~meanwhile", "packetparser:0-0");
    }
  }

  @Test
  void shouldTakeTheLargestBatchAndRefuseALargerOne() {
    int largest = Journal.MAX_BATCH_BYTES / JournalFixture.RECORD_BYTES;
    try (Journal journal = open(directory, clock)) {
      JournalSource flows = source(journal, "packetparser");

      for (int i = 0; i < 40; i++) {
        assertThat(append(journal, flows, largest)).isTrue();
      }
      assertThat(append(journal, flows, largest + 1)).isFalse();
      assertThat(append(journal, flows, 1)).isTrue();

      assertThat(flows.lostRecords()).isEqualTo(largest + 1);
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        heard.drain(reader);
      }
      assertThat(heard.batches()).hasSize(41);
      assertThat(heard.lost).isEmpty();
    }
  }

  @Test
  void shouldNumberOnWhenAPluginComesBackWithAnotherObject() {
    try (Journal journal = open(directory, clock)) {
      JournalSource first = source(journal, "packetparser");
      append(journal, first, 3);
      JournalSource same = source(journal, "packetparser");
      JournalSource other = journal.addSource("packetparser", bytes("another BTF"), Map.of());
      append(journal, other, 2);

      assertThat(same).isSameAs(first);
      assertThat(other).isNotSameAs(first);
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        heard.drain(reader);
      }
      assertThat(heard.events)
          .containsExactly(
              "+packetparser",
              "=snapshot",
              "packetparser:0-2",
              "+packetparser",
              "packetparser:3-4");
    }
  }

  @Test
  void shouldRefuseADescriptionThatNoExcerptHolds() {
    try (Journal journal = open(directory, clock)) {
      byte[] tooLarge = new byte[Journal.MAX_BATCH_BYTES];

      assertThatThrownBy(() -> journal.addSource("packetparser", tooLarge, Map.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("packetparser");
      assertThat(append(journal, source(journal, "packetparser"), 1)).isTrue();
    }
  }

  @Test
  void shouldLetOnlyOneWriterIn() {
    try (Journal journal = open(directory, clock)) {
      assertThat(journal.bytesOnDisk()).isZero();

      assertThatThrownBy(() -> open(directory, clock))
          .isInstanceOf(JournalException.class)
          .hasMessageContaining("in use by another writer")
          .hasMessageContaining(directory.toString());
    }
    open(directory, clock).close();
  }

  @Test
  void shouldNotWaitForADeadWriterWhoseProcessNumberIsOurs() {
    open(directory, clock).close();
    // In a container, the killed agent and its successor have the same process number: for
    // Chronicle the holder lives.
    try (SingleChronicleQueue killed = QueueDirectory.open(directory, new CycleClock(0), false)) {
      killed.tableStorePut("chronicle.write.lock", ProcessHandle.current().pid());
    }

    try (Journal journal = open(directory, clock)) {
      assertThat(append(journal, source(journal, "packetparser"), 1)).isTrue();
    }
  }

  @Test
  void shouldLetAReaderFinishItsBatchWhenTheJournalCloses() {
    Journal journal = open(directory, clock);
    append(journal, source(journal, "packetparser"), 7);
    Heard heard = new Heard();
    JournalReader reader = journal.reader(new Start.Oldest(), heard);
    EventBatch batch = next(reader);

    journal.close();

    JournalFixture.assertWhole(batch);
    assertThat(reader.next()).isNull();
    reader.close();
  }
}
