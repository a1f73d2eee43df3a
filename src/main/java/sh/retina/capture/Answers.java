package sh.retina.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import sh.retina.cli.Console;
import tools.jackson.databind.json.JsonMapper;

/**
 * Says what becomes of a capture: a line of JSON each time, the last of them in a file too. A
 * stream's standard output is the packets', so its lines go to standard error.
 */
final class Answers {
  /** What a kubelet takes of a container's last words (terminationMessagePath). */
  private static final int MOST_BYTES = 4_096;

  private final CaptureSettings.Answer settings;

  Answers(CaptureSettings.Answer settings) {
    this.settings = settings;
  }

  void progress(CaptureStatus status) {
    say(json(status));
  }

  void last(CaptureStatus status) {
    say(json(status));
    Path file = settings.file();
    if (file != null) {
      write(file, status);
    }
    if (!status.isCompleted()) {
      Console.complain("capture " + status.name() + ": " + status.reason());
    }
  }

  private void say(String line) {
    if (settings.isStream()) {
      Console.complain(line);
    } else {
      Console.answer(line);
    }
  }

  private static void write(Path file, CaptureStatus status) {
    try {
      Files.write(file, fitting(status));
    } catch (IOException e) {
      Console.complain("--status-file " + file + ": " + e);
    }
  }

  /** The files go first, then the oldest outputs, then the end of a long reason. */
  static byte[] fitting(CaptureStatus status) {
    byte[] bytes = utf8(json(status));
    int kept = 2 * status.outputs().size();
    while (bytes.length > MOST_BYTES && kept > 0) {
      kept /= 2;
      bytes = utf8(json(status.brief(kept)));
    }
    return bytes.length <= MOST_BYTES ? bytes : utf8(json(status.brief(0).cut(MOST_BYTES / 8)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String json(CaptureStatus status) {
    return JsonMapper.shared().writeValueAsString(status);
  }
}
