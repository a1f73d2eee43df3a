package sh.retina.capture.output;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The key of a bucket, as a Secret that is mounted. */
record S3Secret(String id, String key) {
  static final String ID_NAME = "s3-access-key-id";
  static final String KEY_NAME = "s3-secret-access-key";

  static S3Secret read(Path directory) throws IOException {
    return new S3Secret(text(directory.resolve(ID_NAME)), text(directory.resolve(KEY_NAME)));
  }

  /** What stands in a key of a Secret; what is wrong with it is said without it. */
  static String text(Path file) throws IOException {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8).strip();
      if (!text.isEmpty()) {
        return text;
      }
    } catch (IOException e) {
      throw new IOException(
          file + " cannot be read: has the Secret the key " + file.getFileName() + "?", e);
    }
    throw new IOException(
        file + " is empty: the Secret's key " + file.getFileName() + " has no value");
  }
}
