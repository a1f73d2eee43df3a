package sh.retina.journal;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes the oldest files of a journal: by size of all together, and by age. Never the newest. */
final class Retention {
  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

  private final JournalSettings settings;

  Retention(JournalSettings settings) {
    this.settings = settings;
  }

  /** Files of a journal, oldest first: their names sort by time. */
  static List<Path> files(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".cq4"))
          .sorted(Comparator.comparing(file -> file.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw new JournalException(
          "the journal in " + directory + " cannot be listed: " + e.getMessage(), e);
    }
  }

  /** Whether any file was deleted. */
  boolean apply(long nowMillis) {
    List<Path> files = new ArrayList<>(files(settings.directory()));
    long bytes = bytes(files);
    boolean any = false;
    while (files.size() > 1) {
      File oldest = files.getFirst().toFile();
      boolean tooOld = nowMillis - oldest.lastModified() > settings.maxAge().toMillis();
      if (bytes <= settings.maxBytes() && !tooOld) {
        break;
      }
      long length = oldest.length();
      if (!oldest.delete()) {
        LOG.warn("journal file {} cannot be deleted", oldest);
        break;
      }
      bytes -= length;
      files.removeFirst();
      any = true;
    }
    return any;
  }

  static long bytes(List<Path> files) {
    long bytes = 0;
    for (Path file : files) {
      bytes += file.toFile().length();
    }
    return bytes;
  }
}
