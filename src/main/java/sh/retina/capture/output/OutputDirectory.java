package sh.retina.capture.output;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A directory below one of the node's that files cannot leave: the way to it is taken step by step
 * by open directories (openat(2)), no step of it is a symbolic link, and files are made and renamed
 * by their place in the directory that was opened, whatever becomes of the path meanwhile. Not
 * thread-safe.
 */
public final class OutputDirectory implements AutoCloseable {
  private final Path path;
  private final SecureDirectoryStream<Path> directory;

  private OutputDirectory(Path path, SecureDirectoryStream<Path> directory) {
    this.path = path;
    this.directory = directory;
  }

  /**
   * Opens it, and makes what is not there.
   *
   * @param below relative, without {@code ..}; may be empty
   * @throws IOException that says what is wrong with the path, or with the directory
   */
  public static OutputDirectory open(Path base, String below) throws IOException {
    Path relative = Path.of(below).normalize();
    if (Path.of(below).isAbsolute()) {
      throw new IOException("host path '" + below + "' is absolute: it is below " + base);
    }
    for (Path step : Path.of(below)) {
      if (step.toString().equals("..")) {
        throw new IOException("host path '" + below + "' has '..': it stays below " + base);
      }
    }
    Files.createDirectories(base);
    Path path = base.toRealPath();
    SecureDirectoryStream<Path> open = secure(path, Files.newDirectoryStream(path));
    for (Path step : relative) {
      if (step.toString().isEmpty()) {
        continue;
      }
      path = path.resolve(step);
      try {
        open = step(open, path);
      } catch (IOException | RuntimeException e) {
        open.close();
        throw e;
      }
    }
    return new OutputDirectory(path, open);
  }

  private static SecureDirectoryStream<Path> secure(Path path, DirectoryStream<Path> stream)
      throws IOException {
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException(path + ": this file system has no directories that stay what they are");
  }

  private static SecureDirectoryStream<Path> step(SecureDirectoryStream<Path> from, Path path)
      throws IOException {
    try {
      Files.createDirectory(path);
    } catch (FileAlreadyExistsException _) {
      // or a link, which the next line refuses
    }
    try {
      SecureDirectoryStream<Path> next =
          from.newDirectoryStream(path.getFileName(), LinkOption.NOFOLLOW_LINKS);
      from.close();
      return next;
    } catch (IOException e) {
      throw new IOException(
          path + " is no directory of its own: a host path has no symbolic links", e);
    }
  }

  public Path path() {
    return path;
  }

  /** A new file, which only its owner may read. */
  public SeekableByteChannel create(String name) throws IOException {
    return directory.newByteChannel(
        Path.of(name),
        Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.READ,
            LinkOption.NOFOLLOW_LINKS),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** A file that is there, for reading. */
  public SeekableByteChannel read(String name) throws IOException {
    return directory.newByteChannel(
        Path.of(name), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }

  /** The names of what is in it. */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    // A stream is read once; this one is another of the same directory.
    try (SecureDirectoryStream<Path> again =
        directory.newDirectoryStream(Path.of("."), LinkOption.NOFOLLOW_LINKS)) {
      again.forEach(entry -> names.add(entry.getFileName().toString()));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /** Bytes of a file. */
  public long size(String name) throws IOException {
    return attributes(name).size();
  }

  private BasicFileAttributes attributes(String name) throws IOException {
    return directory
        .getFileAttributeView(
            Path.of(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  public boolean exists(String name) throws IOException {
    try {
      attributes(name);
      return true;
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  public void rename(String from, String to) throws IOException {
    directory.move(Path.of(from), directory, Path.of(to));
  }

  public void delete(String name) throws IOException {
    directory.deleteFile(Path.of(name));
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
