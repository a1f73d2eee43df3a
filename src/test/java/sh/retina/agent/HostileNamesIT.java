package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/**
 * Names that somebody chose to do harm (of pods, workloads, labels, and of an interface, which may
 * hold any byte but a slash, a colon and white space) reach metrics, flows and the answer to a bad
 * query escaped and bounded.
 */
@RequiresKernel
@WholeMachine
class HostileNamesIT {
  private static final String HOSTILE =
      "\u001b[2J\u001b]0;x\u0007\r\nretina_fake_total 1\ndata: {}\"}'`</script>\\\u202e\u200b\u0085\u2028";
  private static final String LONG = "x".repeat(10_000);
  private static final String INTERFACE = "eth\u001b[31m\"<";
  private static final int LONGEST_LINE = 16_384;

  /** A sample: name, labels whose values have no bare quote, value. */
  private static final Pattern SAMPLE =
      Pattern.compile(
          "[a-z_]+(\\{[a-z_]+=\"([^\"\\\\]|\\\\[\\\\\"n])*\"(,[a-z_]+=\"([^\"\\\\]|\\\\[\\\\\"n])*\")*\\})? [-+0-9.EINFNa]+");

  @TempDir private Path directory;

  @Test
  void shouldReachNobodyUnescapedOrUnbounded() throws IOException {
    try (TestNetwork network = new TestNetwork("names", "a", "b")) {
      network.inside("node", "ip", "link", "set", "v-a", "down");
      network.inside("node", "ip", "link", "set", "v-a", "name", INTERFACE);
      network.inside("node", "ip", "link", "set", INTERFACE, "up");
      Path names = Files.writeString(directory.resolve("hostile.yaml"), contextYaml(network));
      try (RunningAgent agent =
          new RunningAgent(
              List.of(
                  "agent",
                  "--retina.http.port=0",
                  "--retina.plugins=packetparser,dropreason",
                  "--retina.network-namespace=" + network.nodeNamespace(),
                  "--retina.context.file=" + names,
                  "--retina.journal.directory=" + directory.resolve("journal"),
                  "--retina.pod-level.enabled=true",
                  "--retina.report-interval=1s"))) {
        new PodTraffic(network).udp("a", network.ip4("b"), 6001, 20, 100);
        agent.scrapeUntil(
            scrape ->
                RunningAgent.sum(scrape, "retina_pod_packets_forwarded_total", "podname=") >= 40,
            () -> "packets of the hostile pods");

        String metrics = agent.get("/metrics");
        String flows = agent.get("/flows?last=50&protocol=udp");

        assertHarmless("/metrics", metrics);
        assertThat(metrics.lines().filter(line -> !line.startsWith("#")))
            .allMatch(SAMPLE.asMatchPredicate())
            .noneMatch(line -> line.startsWith("retina_fake_total"));
        assertHarmless("/flows", flows);
        List<String> data = flows.lines().filter(line -> line.startsWith("data:")).toList();
        assertThat(data).isNotEmpty();
        assertThat(data)
            .allMatch(
                line -> JsonParser.parseString(line.substring("data:".length())).isJsonObject());
        assertThat(flows)
            .contains("\"name\":\"eth\\\\027[31m\\\"\\u003c\"")
            .doesNotContain("</script>");
        assertThat(flows.lines()).noneMatch(line -> line.startsWith("data: "));
      }
    }
  }

  private static void assertHarmless(String what, String text) {
    assertThat(text.lines().mapToInt(String::length).max().orElse(0))
        .as("longest line of %s", what)
        .isLessThan(LONGEST_LINE);
    assertThat(text.codePoints().filter(HostileNamesIT::isHarmful).mapToObj(Integer::toHexString))
        .as("code points of %s that steer a terminal", what)
        .isEmpty();
  }

  private static boolean isHarmful(int c) {
    int type = Character.getType(c);
    return c != '\n'
        && (type == Character.CONTROL
            || type == Character.FORMAT
            || type == Character.LINE_SEPARATOR
            || type == Character.PARAGRAPH_SEPARATOR);
  }

  private static String contextYaml(TestNetwork network) {
    return "endpoints:\n"
        + pod(HOSTILE, LONG, network.ip4("a"))
        + pod(LONG + HOSTILE, HOSTILE, network.ip4("b"));
  }

  private static String pod(String name, String workload, String ip) {
    return "- {kind: pod, namespace: %s, name: %s, workload: {kind: %s, name: %s}, labels: {%s: %s}, ips: [%s]}%n"
        .formatted(
            quoted(HOSTILE),
            quoted(name),
            quoted(HOSTILE),
            quoted(workload),
            quoted("k" + HOSTILE),
            quoted(LONG),
            ip);
  }

  /** In YAML's double quotes, where everything can be said. */
  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return new String(
        quoted.append('"').toString().getBytes(StandardCharsets.US_ASCII),
        StandardCharsets.US_ASCII);
  }
}
