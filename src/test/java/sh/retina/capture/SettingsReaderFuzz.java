package sh.retina.capture;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Arguments and variables of any text: settings within their bounds, or a list of faults. */
class SettingsReaderFuzz {
  private static final int LONGEST_NAME = 253;

  static Stream<byte[]> settings() {
    return Stream.of(
            "--name=web\n--duration=1h30m\n--interfaces=eth0,any\nPCAP_FILTER=udp",
            "--max-size=1\n--host-path=../x\nS3_BUCKET=b\nS3_ENDPOINT=http://[::1]:9000/",
            "--stdout\n--names=10.0.0.1=a/b,fd00::1%1=c\nCAPTURE_DURATION=0.5ms1e3s\n--progress=9999999999h",
            "--claim-directory=/a/../b\n--directory=\u0000\n--file-count=2147483648\nHOSTPATH=~")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @DictionaryEntries({"--", "=", "CAPTURE_", "\\x0A", "0x", "%", "://", "any", "true"})
  @MethodSource("settings")
  @FuzzTest
  void shouldReadOrListTheFaults(byte[] text) {
    List<String> arguments = new ArrayList<>();
    Map<String, String> environment = new HashMap<>();
    for (String line : new String(text, StandardCharsets.UTF_8).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (line.startsWith("-") || equals < 0) {
        arguments.add(line);
      } else {
        environment.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    try {
      CaptureSettings settings = SettingsReader.read(arguments, environment);
      if (settings.snapLength() < 1
          || settings.name().length() > LONGEST_NAME
          || settings.name().contains("/")
          || settings.node().contains("/")
          || settings.bufferBytes() < 1) {
        throw new AssertionError("out of bounds: " + settings);
      }
    } catch (IllegalArgumentException e) {
      if (String.valueOf(e.getMessage()).isBlank()) {
        throw new AssertionError("a fault that says nothing", e);
      }
    }
  }
}
