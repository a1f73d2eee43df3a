package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.journal.JournalFixture.FakeClock;
import sh.retina.journal.JournalFixture.Heard;
import sh.retina.journal.JournalFixture.Span;

/** A journal on a volume of 24 MiB of its own. */
class JournalDiskFullIT {
  private static final int BATCH_RECORDS = 1024;

  private final FakeClock clock = new FakeClock();

  @TempDir Path volume;

  private Path ballast = Path.of("");

  @BeforeEach
  void mount() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting a tmpfs needs root");
    assertThat(run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", volume.toString())).isZero();
    ballast = volume.resolve("ballast");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", "-l", volume.toString());
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private void fillVolume() throws IOException {
    try (FileChannel channel =
        FileChannel.open(ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (volume.toFile().getUsableSpace() > 0) {
        channel.write(ByteBuffer.allocate(4096));
      }
    }
  }

  @Test
  void shouldSurviveAFullDiskCountTheLossAndGoOn() throws IOException {
    try (Journal journal = open(volume.resolve("journal"), 1 << 30, clock);
        Span span = new Span(BATCH_RECORDS)) {
      JournalSource flows = source(journal, "packetparser");
      Heard heard = new Heard();
      try (JournalReader reader = journal.reader(new Start.Oldest(), heard)) {
        for (int i = 0; i < 10; i++) {
          assertThat(span.append(journal, flows)).isTrue();
        }
        // Behind the journal's back: the next page faults of the mapped file end in SIGBUS.
        fillVolume();
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
          refused += span.append(journal, flows) ? 0 : 1;
        }
        assertThat(refused).isGreaterThan(900);
        assertThat(flows.lostRecords()).isEqualTo((long) refused * BATCH_RECORDS);
        heard.drain(reader);

        Files.delete(ballast);
        for (int i = 0; i < 10; i++) {
          assertThat(span.append(journal, flows)).isTrue();
        }
        heard.drain(reader);
      }

      assertThat(flows.lostRecords() + journal.appendedRecords()).isEqualTo(1020L * BATCH_RECORDS);
      long missed = heard.lost.values().stream().mapToLong(Long::longValue).sum();
      assertThat((long) heard.batches().size() * BATCH_RECORDS + missed)
          .isEqualTo(journal.appendedRecords());
      assertThat(missed).isZero();
    }
  }

  @Test
  void shouldFitItselfToASmallVolume() {
    try (Journal journal = open(volume.resolve("journal"), 1 << 30, clock);
        Span span = new Span(BATCH_RECORDS)) {
      JournalSource flows = source(journal, "packetparser");

      for (int i = 0; i < 2000; i++) {
        assertThat(span.append(journal, flows)).isTrue();
      }

      assertThat(flows.lostRecords()).isZero();
      assertThat(journal.bytesOnDisk()).isBetween(16L << 20, 24L << 20);
    }
  }

  @Test
  void shouldReplayFromAVolumeThatIsMountedReadOnly() throws Exception {
    Path directory = volume.resolve("journal");
    try (Journal journal = open(directory, 1 << 30, clock);
        Span span = new Span(BATCH_RECORDS)) {
      JournalSource flows = source(journal, "packetparser");
      for (int i = 0; i < 5; i++) {
        assertThat(span.append(journal, flows)).isTrue();
      }
    }
    // Chronicle unmaps what it wrote to in the background: until then the volume is busy.
    int tries = 100;
    while (run("mount", "-o", "remount,ro", volume.toString()) != 0) {
      assertThat(tries--).as("tries left").isPositive();
      LockSupport.parkNanos(100_000_000);
    }

    Heard heard = new Heard();
    try (JournalReader reader = JournalReader.replay(directory, new Start.Oldest(), heard)) {
      heard.drain(reader);
    }

    assertThat(heard.batches()).hasSize(5);
  }
}
