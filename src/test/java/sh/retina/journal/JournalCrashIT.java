package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.journal.JournalFixture.append;
import static sh.retina.journal.JournalFixture.open;
import static sh.retina.journal.JournalFixture.source;

import java.io.File;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.journal.JournalFixture.Span;

/**
 * Kills a JVM with SIGKILL at a random moment of its writing, twenty times over on the same
 * directory, and reads on after each as the metrics do. {@code -Dretina.journal.kills=N} for more.
 */
class JournalCrashIT {
  private static final int KILLS = Integer.getInteger("retina.journal.kills", 20);
  private static final int BEGUN = 0;

  /** Files of 32 MiB: a life of the writer fills up to four, and earlier lives' files go. */
  private static final long MAX_BYTES = 256L << 20;

  private static final int FEWEST_BATCHES = 10;
  private static final int MOST_BATCHES = 1_500;
  private static final long LONGEST_REST_NS = 10_000_000;

  @TempDir Path directory;

  @Test
  void shouldKeepAllThatWasAcceptedAndNothingTornKillAfterKill() throws Exception {
    Path journalDirectory = directory.resolve("journal");
    List<String> child = preparedChild();
    RandomGenerator random = RandomGenerator.getDefault();
    for (int kill = 1; kill <= KILLS; kill++) {
      Path counter = directory.resolve("accepted");
      writeUntilKilled(
          child,
          journalDirectory,
          counter,
          random.nextInt(FEWEST_BATCHES, MOST_BATCHES),
          random.nextLong(LONGEST_REST_NS));
      long accepted = read(counter);

      // As the next agent: it opens, reads on from where the metrics were, and writes on.
      try (Journal journal = open(journalDirectory, MAX_BYTES, JournalClock.system())) {
        assertThat(append(journal, source(journal, "packetparser"), 1)).isTrue();
        RunCounter runs = new RunCounter();
        try (JournalReader reader = journal.reader(new Start.Named("metrics"), runs)) {
          for (EventBatch batch = reader.next(); batch != null; batch = reader.next()) {
            JournalFixture.assertWhole(batch);
            runs.add(batch);
          }
        }

        assertThat(runs.lost).as("lost, kill " + kill).isZero();
        // One batch may have been on disk when the writer died before it could count it.
        assertThat(runs.read.getFirst())
            .as("records of life " + kill)
            .isBetween(accepted, accepted + Writer.LARGEST);
        assertThat(runs.read).as("then this run's own").hasSize(2).endsWith(1L);
      }
      assertThat(journalDirectory.resolve("corrupt")).doesNotExist();
    }
  }

  private static long read(Path counter) throws IOException {
    return java.nio.ByteBuffer.wrap(Files.readAllBytes(counter))
        .order(java.nio.ByteOrder.nativeOrder())
        .getLong();
  }

  /**
   * The command of a JVM that starts fast, as it lives for a fraction of a second: our classes are
   * in a jar, which the JDK's class data sharing asks for, and one life that ends by itself makes
   * the archive.
   */
  private List<String> preparedChild() throws IOException, InterruptedException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String jar = directory.resolve("journal.jar").toString();
    List<String> toJar = new ArrayList<>(List.of("--create", "--file", jar));
    List<String> jars = new ArrayList<>(List.of(jar));
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      if (Files.isDirectory(Path.of(entry, "sh/retina/journal"))) {
        toJar.addAll(List.of("-C", entry, "sh/retina/journal"));
      } else if (!Files.isDirectory(Path.of(entry))) {
        jars.add(entry);
      }
    }
    assertThat(
            ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(System.out, System.err, toJar.toArray(String[]::new)))
        .isZero();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> !argument.startsWith("-javaagent"))
            .toList());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", String.join(File.pathSeparator, jars)));
    Path archive = directory.resolve("classes.jsa");
    List<String> once = new ArrayList<>(command);
    once.addAll(
        List.of(
            "-XX:ArchiveClassesAtExit=" + archive,
            "-Xlog:cds=off",
            Writer.class.getName(),
            directory.resolve("practice").toString(),
            directory.resolve("practised").toString(),
            "0"));
    assertThat(
            new ProcessBuilder(once)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor())
        .isZero();
    command.addAll(List.of("-XX:SharedArchiveFile=" + archive, Writer.class.getName()));
    return command;
  }

  private static void writeUntilKilled(
      List<String> child, Path journal, Path counter, int batches, long restNs) throws Exception {
    Files.deleteIfExists(counter);
    List<String> command = new ArrayList<>(child);
    command.addAll(List.of(journal.toString(), counter.toString(), Integer.toString(batches)));
    Process writer =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      assertThat(hasBegun(writer)).as("writer in full swing").isTrue();
      LockSupport.parkNanos(restNs);
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

  /** Counts records per run, from where the one before ended. */
  private static final class RunCounter implements JournalReader.Listener {
    private final List<Long> read = new ArrayList<>();
    private long run;
    private long next;
    private long lost;

    void add(EventBatch batch) {
      if (batch.source().runId() != run) {
        run = batch.source().runId();
        next = 0;
        read.add(0L);
      }
      assertThat(batch.firstSequence()).isEqualTo(next);
      next += batch.records();
      read.set(read.size() - 1, next);
    }

    @Override
    public void onSource(JournalSource source) {
      assertThat(source.plugin()).isEqualTo("packetparser");
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
      int batches = Integer.parseInt(arguments[2]);
      try (Journal journal = open(Path.of(arguments[0]), MAX_BYTES, JournalClock.system());
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
        for (int i = 1; i < batches + FEWEST_BATCHES * 50; i++) {
          if (!spans.get(i % spans.size()).append(journal, source)) {
            throw new IllegalStateException("refused");
          }
          accepted.set(ValueLayout.JAVA_LONG, 0, source.appendedRecords());
          if (i == batches) {
            out.write(BEGUN);
          }
        }
        // Whoever kills may be late: no more than the journal keeps until then.
        while (batches > 0) {
          LockSupport.park();
        }
      }
    }
  }
}
