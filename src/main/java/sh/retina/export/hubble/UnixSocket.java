package sh.retina.export.hubble;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of a UNIX socket: made free before, restricted to root and Cilium's group after. */
final class UnixSocket {
  private static final Logger LOG = LoggerFactory.getLogger(UnixSocket.class);
  private static final String GROUP = "cilium";

  private UnixSocket() {}

  /** Removes the socket of a process that is gone, and makes the directory. */
  static void prepare(Path path) {
    try {
      Path directory = path.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        return;
      }
      if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isOther()) {
        throw new HubbleException(
            "retina.hubble.socket-path: " + path + " is there, and is no socket", null);
      }
      if (isAnswered(path)) {
        throw new HubbleException(
            "retina.hubble.socket-path: another process serves "
                + path
                + ": give this agent another path, or none",
            null);
      }
      Files.delete(path);
    } catch (IOException e) {
      throw new HubbleException("retina.hubble.socket-path: " + path + ": " + e, e);
    }
  }

  private static boolean isAnswered(Path path) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException _) {
      return false;
    }
  }

  static void restrict(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    Optional<GroupPrincipal> group = group(path);
    if (group.isPresent()) {
      try {
        Files.getFileAttributeView(path, PosixFileAttributeView.class).setGroup(group.get());
      } catch (IOException e) {
        LOG.warn("{} cannot be given to the group {}: {}", path, GROUP, e.toString());
      }
    }
  }

  private static Optional<GroupPrincipal> group(Path path) {
    try {
      return Optional.of(
          path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(GROUP));
    } catch (IOException _) {
      return Optional.empty();
    }
  }
}
