package sh.retina.journal;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Keeps a journal to write to, whatever becomes of the configured directory: while that one cannot
 * be used (read-only, deleted, full), a small one in memory takes its place, so that events still
 * reach the metrics; history is what is missing. The directory is tried again with back-off, and
 * readers follow by {@link JournalReader#successor}.
 *
 * <p>{@link #maintain} and the appends come from one thread, all else from any.
 */
public final class JournalKeeper implements AutoCloseable {
  private static final Logger LOG = System.getLogger(JournalKeeper.class.getName());
  private static final String PREFIX = "retina-journal-";
  private static final long MEMORY_BYTES = 32L << 20;

  /** Free space that makes a return worth while. */
  private static final long RETURN_BYTES = 16L << 20;

  private static final long FIRST_PAUSE_NS = 1_000_000_000;
  private static final long LONGEST_PAUSE_NS = 60_000_000_000L;

  private final JournalSettings settings;
  private final Path memory;
  private final JournalClock clock;
  private final Supplier<byte[]> contextSnapshot;
  private volatile Journal current;
  private volatile boolean isDegraded;
  private long pauseNs = FIRST_PAUSE_NS;
  private long triedNs;

  /** A directory made anew must not have files named like those that readers may still look for. */
  private int lastCycle;

  private JournalKeeper(
      JournalSettings settings, Path memory, JournalClock clock, Supplier<byte[]> contextSnapshot) {
    this.settings = settings;
    this.memory = memory;
    this.clock = clock;
    this.contextSnapshot = contextSnapshot;
    sweep();
    this.current = openFirst();
  }

  /**
   * Opens the configured journal, or the one in memory.
   *
   * @param memory where it may be made: a tmpfs
   * @throws JournalException when the directory is another's, or neither can be had
   */
  public static JournalKeeper open(
      JournalSettings settings, Path memory, JournalClock clock, Supplier<byte[]> contextSnapshot) {
    return new JournalKeeper(settings, memory, clock, contextSnapshot);
  }

  /** The journal to append to now. */
  public Journal current() {
    return current;
  }

  /** A reader of the journal that is appended to now. */
  public JournalReader reader(Start start, JournalReader.Listener listener) {
    Journal of = current;
    try {
      return of.reader(start, listener);
    } catch (IllegalStateException e) {
      Journal now = current;
      if (now == of) {
        throw e;
      }
      return now.reader(start, listener);
    }
  }

  /** Whether there is no history: the journal is in memory, or refuses what it is given. */
  public boolean isDegraded() {
    return isDegraded;
  }

  /** Looks after the journal and changes it if need be. Appending thread, each second or so. */
  public void maintain() {
    if (isDegraded) {
      comeBack();
    } else if (current.isFailing()) {
      giveUp();
    }
    current.maintain();
  }

  private Journal openFirst() {
    try {
      return openConfigured();
    } catch (JournalException e) {
      if (e.isRefusal()) {
        throw e;
      }
      sayDegraded(e);
      return openInMemory();
    }
  }

  private Journal openConfigured() {
    Journal opened = Journal.open(settings, clock, contextSnapshot, lastCycle, () -> {});
    long free = settings.directory().toFile().getUsableSpace();
    if (free < ExcerptWriter.RESERVE_BYTES * 2) {
      opened.close();
      throw new JournalException(settings.directory(), "the disk is full: free some space");
    }
    return opened;
  }

  private Journal openInMemory() {
    try {
      Path directory = Files.createTempDirectory(memory, PREFIX);
      return Journal.open(
          new JournalSettings(directory, MEMORY_BYTES, settings.maxAge()),
          clock,
          contextSnapshot,
          0,
          () -> delete(directory));
    } catch (IOException e) {
      throw new JournalException(memory, "no journal in memory can be made either", e);
    }
  }

  private void giveUp() {
    Journal failed = current;
    lastCycle = failed.newestCycle();
    try {
      Journal inMemory = openInMemory();
      sayDegraded(new JournalException(settings.directory(), "is full, read-only or was changed"));
      switchTo(failed, inMemory);
    } catch (JournalException e) {
      // What it refuses is counted; it may take records again.
      LOG.log(Level.ERROR, "journal fails: {0}", e.getMessage());
    }
  }

  private void comeBack() {
    long nowNs = clock.runningNs();
    if (nowNs - triedNs < pauseNs) {
      return;
    }
    triedNs = nowNs;
    pauseNs = Math.min(pauseNs * 2, LONGEST_PAUSE_NS);
    Path existing = settings.directory().toAbsolutePath();
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null || existing.toFile().getUsableSpace() < RETURN_BYTES) {
      return;
    }
    try {
      switchTo(current, openConfigured());
      isDegraded = false;
      pauseNs = FIRST_PAUSE_NS;
      LOG.log(Level.WARNING, "journal is kept again: {0}", settings.directory());
    } catch (JournalException e) {
      LOG.log(Level.WARNING, "still no history: {0}", e.getMessage());
    }
  }

  private void switchTo(Journal from, Journal to) {
    from.continueIn(to);
    current = to;
    try {
      from.close();
    } catch (InternalError | Exception e) {
      LOG.log(Level.WARNING, "journal given up could not be closed", e);
    }
  }

  private void sayDegraded(JournalException cause) {
    isDegraded = true;
    pauseNs = FIRST_PAUSE_NS;
    triedNs = clock.runningNs();
    LOG.log(
        Level.ERROR,
        "no history until the journal can be written, metrics go on in memory: {0}",
        cause.getMessage());
  }

  /** What agents left in memory that were killed. */
  private void sweep() {
    try (Stream<Path> found = Files.list(memory)) {
      List<Path> left =
          found
              .filter(path -> String.valueOf(path.getFileName()).startsWith(PREFIX))
              .filter(path -> Files.isDirectory(path, java.nio.file.LinkOption.NOFOLLOW_LINKS))
              .toList();
      for (Path directory : left) {
        if (Files.getOwner(directory).getName().equals(System.getProperty("user.name"))) {
          DirectoryLock.take(directory).close();
          delete(directory);
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.DEBUG, "memory not swept: another agent's, or not readable", e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      LOG.log(Level.WARNING, "journal in memory cannot be deleted: " + directory, e);
    }
  }

  /** Closes the journal; readers keep theirs. */
  @Override
  public void close() {
    current.close();
  }
}
