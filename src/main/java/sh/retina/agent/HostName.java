package sh.retina.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine's own name, without asking a name server. */
final class HostName {
  private HostName() {}

  static String get() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "localhost";
    }
  }
}
