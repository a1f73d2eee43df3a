package sh.retina.journal;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;

/**
 * The files of a journal directory, looked at before Chronicle does: it waits seconds for a file
 * whose start was never finished, renames what it cannot read, and takes a stranger's file for its
 * own.
 */
final class JournalFiles {
  private static final Logger LOG = System.getLogger(JournalFiles.class.getName());

  static final String METADATA = "metadata.cq4t";

  /** Minutes since 1970, as Chronicle names the files of a minutely cycle. */
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmm").withResolverStyle(ResolverStyle.STRICT);

  private static final int HEAD_BYTES = 512;
  private static final int NOT_COMPLETE = 0x8000_0000;

  /** Of a file's first excerpt: its length, a code, a length, and "header". */
  private static final int FIRST_WORD_END = Integer.BYTES + 2 + "header".length();

  private JournalFiles() {}

  static int cycle(long epochMs) {
    return Math.toIntExact(epochMs / 60_000);
  }

  /** The first file is named after the time; from then on names only count. */
  static CycleClock clock(Path directory, long epochMs, int afterCycle) {
    return new CycleClock(Math.max(afterCycle, newest(directory).orElse(cycle(epochMs))));
  }

  static Path file(Path directory, int cycle) {
    LocalDateTime minute = LocalDateTime.ofEpochSecond(cycle * 60L, 0, ZoneOffset.UTC);
    return directory.resolve(NAME.format(minute) + SingleChronicleQueue.SUFFIX);
  }

  /** Every queue file by its cycle, oldest first. */
  static NavigableMap<Integer, Path> list(Path directory) {
    NavigableMap<Integer, Path> files = new TreeMap<>();
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(directory, "*" + SingleChronicleQueue.SUFFIX)) {
      for (Path file : found) {
        String name = String.valueOf(file.getFileName());
        String minute = name.substring(0, name.length() - SingleChronicleQueue.SUFFIX.length());
        try {
          files.put(
              cycle(LocalDateTime.parse(minute, NAME).toEpochSecond(ZoneOffset.UTC) * 1000), file);
        } catch (DateTimeException e) {
          throw JournalException.refusal(
              file,
              "not a file of this journal: move it away, or give the journal a directory of its own",
              e);
        }
      }
    } catch (IOException e) {
      throw new JournalException(
          directory, "cannot be listed: check that it exists and may be read", e);
    }
    return files;
  }

  /**
   * Refuses what is foreign, and what is damaged when it is only read. A journal opened for writing
   * moves what is damaged aside ({@link CorruptFiles}) and goes on with the rest; a file whose
   * writer died before its first header was finished holds no record and is renamed.
   */
  static void check(Path directory, boolean writable) {
    for (Map.Entry<Integer, Path> file : list(directory).entrySet()) {
      checkHead(
          file.getValue(),
          "SCQStore",
          "its records are lost to this journal: move it away and start again",
          writable);
    }
    Path metadata = directory.resolve(METADATA);
    if (Files.exists(metadata)) {
      checkHead(
          metadata,
          "STStore",
          "it holds only the positions of named readers: move it away and they start at the oldest record",
          writable);
    }
  }

  private static void checkHead(Path file, String type, String remedy, boolean writable) {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(HEAD_BYTES);
    } catch (IOException e) {
      throw new JournalException(file, "cannot be read: check its owner and mode", e);
    }
    int header =
        head.length < Integer.BYTES
            ? 0
            : ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt();
    boolean isBlank = isBlank(head, 0);
    if (isBlank || ((header & NOT_COMPLETE) != 0 && isBegun(head))) {
      if (writable) {
        setAside(file);
      }
    } else if (!contains(head, type) && writable) {
      CorruptFiles.moveAside(file, remedy);
    } else if (!contains(head, type)) {
      throw new JournalException(file, "damaged, or not written by this agent; " + remedy);
    }
  }

  /** A writer that was killed may have come no further than into the first word. */
  private static boolean isBegun(byte[] head) {
    return contains(head, "header") || isBlank(head, FIRST_WORD_END);
  }

  private static boolean isBlank(byte[] head, int from) {
    for (int i = from; i < head.length; i++) {
      if (head[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean contains(byte[] head, String word) {
    return new String(head, StandardCharsets.ISO_8859_1).contains(word);
  }

  private static void setAside(Path file) {
    Path aside = file.resolveSibling(file.getFileName() + ".unfinished");
    try {
      Files.move(file, aside, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new JournalException(
          file, "was never finished and cannot be renamed to " + aside.getFileName(), e);
    }
  }

  /**
   * Files from that cycle on that hold something, oldest first. Chronicle opens a file for writing
   * to read it: one that is deleted in that moment is there again, with nothing in it.
   */
  static NavigableMap<Integer, Path> begun(Path directory, int fromCycle) {
    NavigableMap<Integer, Path> files = list(directory).tailMap(fromCycle, true);
    files.values().removeIf(JournalFiles::isEmptyOrGone);
    return files;
  }

  /**
   * Deletes the files before that cycle that hold nothing; whether there were any. One that cannot
   * be deleted costs readers a while and no record.
   */
  static boolean deleteEmpty(Path directory, int beforeCycle) {
    boolean deleted = false;
    for (Path file : list(directory).headMap(beforeCycle).values()) {
      try {
        deleted |= Files.size(file) == 0 && Files.deleteIfExists(file);
      } catch (NoSuchFileException e) {
        // somebody else has deleted it
      } catch (IOException e) {
        LOG.log(Level.WARNING, "empty journal file cannot be deleted: file=" + file, e);
      }
    }
    return deleted;
  }

  private static boolean isEmptyOrGone(Path file) {
    try {
      return Files.size(file) == 0;
    } catch (IOException e) {
      return true;
    }
  }

  /** The cycle of the newest file. */
  static OptionalInt newest(Path directory) {
    NavigableMap<Integer, Path> files = list(directory);
    return files.isEmpty() ? OptionalInt.empty() : OptionalInt.of(files.lastKey());
  }
}
