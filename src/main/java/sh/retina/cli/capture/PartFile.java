package sh.retina.cli.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A file that has its name only when all of it is there, and is what it should be. */
final class PartFile implements AutoCloseable {
  private final Path place;
  private final Path part;
  private final DigestOutputStream stream;

  private PartFile(Path place, Path part, DigestOutputStream stream) {
    this.place = place;
    this.part = part;
    this.stream = stream;
  }

  static PartFile create(Path place) throws IOException {
    Path directory = place.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    if (Files.exists(place)) {
      throw new FileAlreadyExistsException(place + " is there already");
    }
    Path part = place.resolveSibling(place.getFileName() + ".part");
    try {
      return new PartFile(
          place,
          part,
          new DigestOutputStream(
              Files.newOutputStream(part), MessageDigest.getInstance("SHA-256")));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  OutputStream stream() {
    return stream;
  }

  /**
   * Gives it its name.
   *
   * @param size null: not known, as the digest
   * @throws IOException when it is not what it should be
   */
  void complete(@Nullable Long size, @Nullable String sha256) throws IOException {
    stream.close();
    long here = Files.size(part);
    if (size != null && size != here) {
      throw new IOException(place + ": " + here + " bytes came, and " + size + " were recorded");
    }
    String digest = HexFormat.of().formatHex(stream.getMessageDigest().digest());
    if (sha256 != null && !sha256.equals(digest)) {
      throw new IOException(
          place + ": its SHA-256 is " + digest + ", and that of what was recorded is " + sha256);
    }
    Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    stream.close();
    Files.deleteIfExists(part);
  }
}
