package sh.retina.capture.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;

/** A mounted volume: a copy that is read back before it gets its name. */
final class ClaimOutput implements Output {
  private static final String TEMPORARY = ".part";
  private static final int BUFFER_BYTES = 512 << 10;

  private final OutputSettings.Claim claim;
  private final OutputDirectory directory;

  private ClaimOutput(OutputSettings.Claim claim, OutputDirectory directory) {
    this.claim = claim;
    this.directory = directory;
  }

  static ClaimOutput open(OutputSettings.Claim claim) throws IOException {
    if (!Files.isDirectory(claim.directory())) {
      throw new IOException(claim.directory() + " is not there: is the volume mounted?");
    }
    return new ClaimOutput(claim, OutputDirectory.open(claim.directory(), ""));
  }

  @Override
  public String type() {
    return Delivery.CLAIM;
  }

  @Override
  public String location(String name) {
    return location(claim, name);
  }

  static String location(OutputSettings.Claim claim, String name) {
    return claim.name().isEmpty()
        ? claim.directory().resolve(name).toString()
        : claim.name() + ":" + name;
  }

  @Override
  public void put(CapturedFile file) throws IOException {
    String temporary = file.name() + TEMPORARY;
    if (directory.exists(temporary)) {
      directory.delete(temporary); // of a worker that was killed
    }
    try {
      copy(file, temporary);
      directory.rename(temporary, file.name());
    } catch (IOException e) {
      if (directory.exists(temporary)) {
        directory.delete(temporary);
      }
      throw e;
    }
  }

  private void copy(CapturedFile file, String temporary) throws IOException {
    try (SeekableByteChannel from = file.directory().read(file.name());
        SeekableByteChannel to = directory.create(temporary)) {
      ByteBuffer part = ByteBuffer.allocate(BUFFER_BYTES);
      while (from.read(part) >= 0) {
        part.flip();
        while (part.hasRemaining()) {
          to.write(part);
        }
        part.clear();
      }
      if (to instanceof FileChannel disk) {
        disk.force(true);
      }
      file.expectSize(to.size());
      String found = Sha256.of(to);
      if (!found.equals(file.sha256())) {
        throw new IOException("what the volume gives back has SHA-256 " + found);
      }
    }
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
