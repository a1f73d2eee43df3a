package sh.retina.journal;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Files of a journal that cannot be read, kept in its folder {@code corrupt} for whoever wants to
 * look: the newest few, so that they do not fill the disk.
 */
final class CorruptFiles {
  static final String FOLDER = "corrupt";
  static final int MOST = 4;
  private static final Logger LOG = System.getLogger(CorruptFiles.class.getName());

  private CorruptFiles() {}

  static void moveAside(Path file, String what) {
    Path folder = file.resolveSibling(FOLDER);
    Path aside = folder.resolve(String.valueOf(file.getFileName()));
    try {
      Files.createDirectories(folder);
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      LOG.log(Level.ERROR, "journal file damaged, moved to {0}: {1}", aside, what);
      List<Path> kept;
      try (Stream<Path> files = Files.list(folder)) {
        kept = files.sorted().toList();
      }
      for (Path oldest : kept.subList(0, Math.max(0, kept.size() - MOST))) {
        Files.delete(oldest);
      }
    } catch (IOException e) {
      throw new JournalException(file, "damaged, and cannot be moved to " + folder, e);
    }
  }
}
