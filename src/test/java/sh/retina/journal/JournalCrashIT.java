package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.journal.JournalFixture.append;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.journal.JournalFixture.Span;

/** Kills a writing JVM with SIGKILL, several times over on the same directory. */
class JournalCrashIT {
  private static final int KILLS = 4;
  private static final int BEGUN = 0;
  private static final int BATCHES_BEFORE_KILL = 3000;
  private static final long MAX_BYTES = 2L << 30;

  @TempDir Path directory;

  @Test
  void shouldKeepAllThatWasAcceptedAndNothingTorn() throws Exception {
    Path journalDirectory = directory.resolve("journal");
    List<Long> accepted = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill++) {
      Path counter = directory.resolve("accepted-" + kill);
      writeUntilKilled(journalDirectory, counter);
      accepted.add(read(counter));
    }

    try (Journal journal = open(journalDirectory, MAX_BYTES, InstantSource.system())) {
      assertThat(append(journal, source(journal, "packetparser"), 1)).isTrue();
      List<Long> read = new ArrayList<>();
      RunCounter listener = new RunCounter(read);
      try (JournalReader reader = journal.reader(new Start.Oldest(), listener)) {
        for (EventBatch batch = reader.next(); batch != null; batch = reader.next()) {
          JournalFixture.assertWhole(batch);
          assertThat(batch.firstSequence()).isEqualTo(read.getLast());
          read.set(read.size() - 1, batch.firstSequence() + batch.records());
        }
      }

      assertThat(listener.lost).isZero();
      assertThat(read).hasSize(KILLS + 1);
      for (int kill = 0; kill < KILLS; kill++) {
        // One batch may have been on disk when the writer died before it could count it.
        assertThat(read.get(kill))
            .isBetween(accepted.get(kill), accepted.get(kill) + Writer.LARGEST);
      }
      assertThat(read.getLast()).isEqualTo(1);
    }
  }

  private static long read(Path counter) throws IOException {
    return java.nio.ByteBuffer.wrap(Files.readAllBytes(counter))
        .order(java.nio.ByteOrder.nativeOrder())
        .getLong();
  }

  private static void writeUntilKilled(Path journal, Path counter) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> !argument.startsWith("-javaagent"))
            .toList());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Writer.class.getName(),
            journal.toString(),
            counter.toString()));
    Process writer =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      assertThat(hasBegun(writer)).as("writer in full swing").isTrue();
    } finally {
      writer.destroyForcibly().waitFor();
    }
  }

  /** The writer says so by a byte that no log line has. */
  private static boolean hasBegun(Process writer) throws IOException {
    int told = writer.getInputStream().read();
    while (told > BEGUN) {
      told = writer.getInputStream().read();
    }
    return told == BEGUN;
  }

  /** Counts records per run; a run begins with its first source. */
  private static final class RunCounter implements JournalReader.Listener {
    private final List<Long> read;
    private long lost;

    RunCounter(List<Long> read) {
      this.read = read;
    }

    @Override
    public void onSource(JournalSource source) {
      read.add(0L);
    }

    @Override
    public void onContext(byte[] context, boolean isSnapshot) {
      assertThat(context).isNotEmpty();
    }

    @Override
    public void onLost(String plugin, long records) {
      lost += records;
    }
  }

  /**
   * Appends batches of changing size as fast as it can, and notes in a mapped file how many records
   * were accepted.
   */
  static final class Writer {
    static final int LARGEST = 5000;

    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      try (Journal journal = open(Path.of(arguments[0]), MAX_BYTES, InstantSource.system());
          FileChannel file =
              FileChannel.open(
                  Path.of(arguments[1]),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE);
          FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
        MemorySegment accepted =
            file.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES, Arena.global());
        JournalSource source = source(journal, "packetparser");
        List<Span> spans = Stream.of(1, 1700, 3, 40, LARGEST, 257, 8).map(Span::new).toList();
        for (int i = 1; ; i++) {
          if (!spans.get(i % spans.size()).append(journal, source)) {
            throw new IllegalStateException("refused");
          }
          accepted.set(ValueLayout.JAVA_LONG, 0, source.appendedRecords());
          if (i % BATCHES_BEFORE_KILL == 0) {
            out.write(BEGUN);
          }
        }
      }
    }
  }
}
