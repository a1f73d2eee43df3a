package sh.retina.capture;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import sh.retina.capture.metadata.NodeMetadata;
import sh.retina.capture.output.OutputDirectory;
import sh.retina.capture.output.Sha256;

/** The archive of a node's metadata beside a capture's files, under its name when it is whole. */
final class MetadataFile {
  private MetadataFile() {}

  static CaptureStatus.Recorded write(OutputDirectory directory, String name) throws IOException {
    String temporary = name + WholeFile.TEMPORARY;
    boolean isWhole = false;
    try (SeekableByteChannel channel = directory.create(temporary)) {
      OutputStream stream = new BufferedOutputStream(Channels.newOutputStream(channel));
      NodeMetadata.write(stream);
      stream.flush();
      if (channel instanceof FileChannel file) {
        file.force(false);
      }
      String digest = Sha256.of(channel);
      directory.rename(temporary, name);
      isWhole = true;
      return new CaptureStatus.Recorded(
          directory.path().resolve(name).toString(), channel.size(), digest, 0);
    } finally {
      if (!isWhole && directory.exists(temporary)) {
        directory.delete(temporary);
      }
    }
  }
}
