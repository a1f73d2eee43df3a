package sh.retina.export.flowlog;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * A file of lines that is put aside when the next line would make it too large: {@code
 * <name>-2026-01-02T15-04-05.000<extension>} in UTC, with {@code .gz} if compressed; the oldest of
 * these go. A line that a dead process wrote half of is cut off at the start. Not thread-safe.
 */
final class RotatingFile implements AutoCloseable {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS").withZone(ZoneOffset.UTC);
  private static final int BUFFER_BYTES = 64 << 10;

  /** Longer lines there are not. */
  private static final int LONGEST_LINE = 1 << 20;

  private final Path path;
  private final long maxBytes;
  private final int maxBackups;
  private final boolean compresses;
  private final InstantSource clock;
  private OutputStream out;
  private long bytes;

  /**
   * @param maxBackups how many to keep of those put aside; 0: all
   */
  RotatingFile(Path path, long maxBytes, int maxBackups, boolean compresses, InstantSource clock)
      throws IOException {
    this.path = path.toAbsolutePath();
    this.maxBytes = maxBytes;
    this.maxBackups = maxBackups;
    this.compresses = compresses;
    this.clock = clock;
    Files.createDirectories(directory());
    cutHalfLine();
    this.out = open();
  }

  private Path directory() {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }

  private void cutHalfLine() throws IOException {
    if (!Files.isRegularFile(path)) {
      return;
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      byte[] end = new byte[(int) Math.min(file.length(), LONGEST_LINE)];
      long from = file.length() - end.length;
      file.seek(from);
      file.readFully(end);
      int length = end.length;
      while (length > 0 && end[length - 1] != '\n') {
        length--;
      }
      file.setLength(from + length);
    }
  }

  private OutputStream open() throws IOException {
    OutputStream opened =
        Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    bytes = Files.isRegularFile(path) ? Files.size(path) : 0;
    return new BufferedOutputStream(opened, BUFFER_BYTES);
  }

  /** Appends a line; it may not be in the file before {@link #flush}. */
  void write(String line) throws IOException {
    byte[] text = (line + "\n").getBytes(StandardCharsets.UTF_8);
    if (bytes > 0 && bytes + text.length > maxBytes && Files.isRegularFile(path)) {
      rotate();
    }
    out.write(text);
    bytes += text.length;
  }

  void flush() throws IOException {
    out.flush();
  }

  private void rotate() throws IOException {
    out.close();
    Path aside = free();
    Files.move(path, aside);
    if (compresses) {
      compress(aside);
    }
    out = open();
    prune();
  }

  /** A name that is not taken: two files may be full within a millisecond. */
  private Path free() {
    for (long later = 0; ; later++) {
      String stamp = STAMP.format(clock.instant().plusMillis(later));
      Path aside = path.resolveSibling(stem() + "-" + stamp + extension());
      if (!Files.exists(aside) && !Files.exists(compressed(aside))) {
        return aside;
      }
    }
  }

  private static Path compressed(Path file) {
    return file.resolveSibling(file.getFileName() + ".gz");
  }

  private static void compress(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        OutputStream packed = new GZIPOutputStream(Files.newOutputStream(compressed(file)))) {
      in.transferTo(packed);
    }
    Files.delete(file);
  }

  private String name() {
    return String.valueOf(path.getFileName());
  }

  private String extension() {
    int dot = name().lastIndexOf('.');
    return dot < 0 ? "" : name().substring(dot);
  }

  private String stem() {
    return name().substring(0, name().length() - extension().length());
  }

  private void prune() throws IOException {
    if (maxBackups == 0) {
      return;
    }
    for (Path old : backups().reversed().stream().skip(maxBackups).toList()) {
      Files.deleteIfExists(old);
    }
  }

  /** Those put aside, oldest first: their names sort by time. */
  List<Path> backups() throws IOException {
    try (Stream<Path> all = Files.list(directory())) {
      return all.filter(file -> isBackup(String.valueOf(file.getFileName())))
          .sorted(Comparator.comparing(Path::toString))
          .toList();
    }
  }

  private boolean isBackup(String file) {
    String plain = file.endsWith(".gz") ? file.substring(0, file.length() - 3) : file;
    String start = stem() + "-";
    if (!plain.startsWith(start)
        || !plain.endsWith(extension())
        || plain.length() < start.length() + extension().length()) {
      return false;
    }
    String stamp = plain.substring(start.length(), plain.length() - extension().length());
    return stamp.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d\\.\\d{3}");
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
