package sh.retina.agent;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;

/** Settings of any name and value: a list of faults, never a stack trace. */
class ConfigurationCheckFuzz {
  static Stream<byte[]> settings() {
    return Stream.of(
            "retina.report-interval=5m\nretina.plugins=packetparser,dropreason",
            "retina.journal.max-bytes=1GB\nretina.jurnal=1\nretina.sse.max-clients=-1",
            "retina.dropreason.excluded-reasons[0]=A\nretina.pod-level.labels=ip+zone\nretina.http.port=1")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @DictionaryEntries({
    "retina.",
    "retina.metrics.",
    "${",
    "}",
    "[0]",
    "retina.overhead.",
    "true",
    "low"
  })
  @MethodSource("settings")
  @FuzzTest
  void shouldListTheFaults(byte[] settings) {
    Map<String, Object> map = new HashMap<>();
    for (String line : new String(settings, StandardCharsets.UTF_8).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        map.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    List<String> faults = ConfigurationCheck.faults(environment(map));

    if (faults.stream().anyMatch(String::isBlank)) {
      throw new AssertionError("a fault that says nothing");
    }
  }

  private static StandardEnvironment environment(Map<String, Object> map) {
    return new StandardEnvironment() {
      @Override
      protected void customizePropertySources(MutablePropertySources sources) {
        sources.addFirst(new MapPropertySource("fuzz", map));
      }
    };
  }
}
