package sh.retina.capture.output;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** versitygw on loopback: a store that speaks S3 and checks signatures; objects are files. */
public final class S3Store implements AutoCloseable {
  public static final String KEY_ID = "retina-test";
  public static final String KEY = "not-a-secret-of-anybody";

  private final Process process;
  private final Path directory;
  private final int port;

  private S3Store(Process process, Path directory, int port) {
    this.process = process;
    this.directory = directory;
    this.port = port;
  }

  /** With one bucket, below the directory. */
  public static S3Store start(Path directory, String bucket) throws IOException {
    Path objects = directory.resolve("objects");
    Files.createDirectories(objects.resolve(bucket));
    int port = ObjectStores.freePort();
    Process process =
        ObjectStores.start(
            List.of(
                ObjectStores.programs().resolve("versitygw").toString(),
                "--port",
                "127.0.0.1:" + port,
                "posix",
                objects.toString()),
            Map.of("ROOT_ACCESS_KEY", KEY_ID, "ROOT_SECRET_KEY", KEY),
            directory.resolve("versitygw.log"),
            port);
    return new S3Store(process, objects, port);
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Its bytes, as the store keeps them. */
  public Path object(String bucket, String key) {
    return directory.resolve(bucket).resolve(key);
  }

  /** A mounted Secret with a key that may write. */
  public static Path secret(Path directory) throws IOException {
    return secret(directory, KEY_ID, KEY);
  }

  static Path secret(Path directory, String id, String key) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("s3-access-key-id"), id + "\n");
    Files.writeString(directory.resolve("s3-secret-access-key"), key + "\n");
    return directory;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
