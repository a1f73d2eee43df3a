package sh.retina.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands against an agent's answers: what is printed, where, and the exit code. */
class CliTest {
  private static final String SCRAPE =
      """
      # TYPE retina_agent_plugin_status gauge
      retina_agent_plugin_status{plugin="dns",status="running"} 1.0
      retina_agent_plugin_status{plugin="dns",status="failed"} 0.0
      retina_agent_plugin_status{plugin="dropreason",status="degraded"} 1.0
      retina_agent_version{control_plane="hubble",version="1.2.3"} 1.0
      retina_agent_aggregation_level{plugin="dns"} 1.0
      retina_agent_events_total{plugin="dns",stage="kernel"} 12.0
      retina_agent_events_total{plugin="dropreason",stage="kernel"} 30.0
      retina_agent_events_total{plugin="dropreason",stage="ring"} 29.0
      retina_agent_lost_events_total{plugin="dropreason",stage="kernel_ring_full"} 1.0
      retina_agent_cpu_seconds_total{part="user"} 1.5
      retina_agent_overhead_memory_bytes 1.048576E8
      """;
  private static final String DETAILS =
      """
      {"components":{"plugins":{"status":"UP","details":{"dns":"Running[]",\
      "dropreason":"Degraded[reason=kfree_skb has no\\u001b reason]"}}}}\
      """;
  private static final String FLOW =
      """
      {"time":"2026-01-01T00:00:00Z","verdict":"DROPPED","node_name":"n1","is_reply":false,\
      "IP":{"source":"10.0.0.1","destination":"10.0.0.2"},"l4":{"TCP":{"source_port":4000,\
      "destination_port":80}},"source":{"namespace":"shop","pod_name":"web\\u001b[31m"},\
      "Type":"L3_L4","Summary":"TCP Flags: SYN"}\
      """;

  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final List<String> queries = new ArrayList<>();
  private final PrintStream realOutput = System.out;
  private final PrintStream realErrors = System.err;
  private HttpServer agent;
  private String metrics = SCRAPE;

  @BeforeEach
  void serve() throws IOException {
    agent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    agent.createContext("/metrics", exchange -> answer(exchange, 200, metrics));
    agent.createContext("/actuator/health/details", exchange -> answer(exchange, 200, DETAILS));
    agent.createContext(
        "/flows",
        exchange -> {
          String query = exchange.getRequestURI().getRawQuery();
          queries.add(query);
          if (query.contains("bogus")) {
            answer(exchange, 400, "bogus: unknown parameter");
          } else {
            answer(exchange, 200, ": flows\n\nid:1\nevent:flow\ndata:" + FLOW + "\n\n");
          }
        });
    agent.start();
    System.setOut(new PrintStream(output, true, UTF_8));
    System.setErr(new PrintStream(errors, true, UTF_8));
  }

  @AfterEach
  void stop() {
    System.setOut(realOutput);
    System.setErr(realErrors);
    agent.stop(0);
  }

  private static void answer(com.sun.net.httpserver.HttpExchange exchange, int code, String text)
      throws IOException {
    byte[] body = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String address() {
    return "http://127.0.0.1:" + agent.getAddress().getPort();
  }

  @Test
  void shouldShowWhatAnAgentSaysOfItself() {
    assertThat(Cli.execute("status", "--agent", address())).isZero();

    assertThat(output.toString(UTF_8).lines().toList().get(1))
        .matches(
            "127\\.0\\.0\\.1:\\d+ +1\\.2\\.3 +42 +1 +1\\.5s +100Mi +0 +dns dropreason=degraded");
    assertThat(errors.toString(UTF_8))
        .contains("dropreason degraded: kfree_skb has no\\027 reason")
        .doesNotContain("dns running");

    output.reset();
    assertThat(Cli.execute("status", "--agent", address(), "-o", "wide")).isZero();
    assertThat(output.toString(UTF_8).lines().toList())
        .element(0, as(STRING))
        .matches("NODE +VERSION +CONTROL-PLANE +LEVEL +EVENTS +LOST +LOST-PACKETS .*");
    assertThat(output.toString(UTF_8).lines().toList().get(1))
        .contains("  1.2.3    hubble         high   42 ");
  }

  @Test
  void shouldSayWhoCannotSayWhyAPluginDoesNotRun() {
    agent.removeContext("/actuator/health/details");

    assertThat(Cli.execute("status", "--agent", address())).isZero();

    assertThat(errors.toString(UTF_8))
        .contains("dropreason degraded: why cannot be asked (", "404", "the agent's log says it");
  }

  @Test
  void shouldFailForAPluginThatFailedAndPrintJson() {
    metrics = SCRAPE.replace("\"degraded\"", "\"failed\"");

    assertThat(Cli.execute("status", "--agent", address(), "-o", "json")).isEqualTo(1);

    assertThat(output.toString(UTF_8)).contains("\"dropreason\" : \"failed\"", "\"events\" : 42");
  }

  @Test
  void shouldNameAnAgentThatDoesNotAnswer() {
    agent.stop(0);

    assertThat(Cli.execute("status", "--agent", address())).isEqualTo(1);

    assertThat(output.toString(UTF_8)).contains("no answer");
    assertThat(errors.toString(UTF_8)).contains("ConnectException");
  }

  @Test
  void shouldPrintFlowsInOneLineThatSteersNoTerminal() {
    assertThat(
            Cli.execute(
                "observe",
                "--agent",
                address(),
                "--pod",
                "shop/web",
                "--filter",
                "not.port=9090",
                "--since",
                "5m"))
        .isZero();

    assertThat(queries).containsExactly("follow=false&since=5m&pod=shop%2Fweb&not.port=9090");
    assertThat(output.toString(UTF_8).strip())
        .isEqualTo(
            "2026-01-01T00:00:00Z [n1]: shop/web\\027[31m:4000 -> 10.0.0.2:80 L3_L4 DROPPED"
                + " (TCP Flags: SYN)");
  }

  @Test
  void shouldHandOnJsonAsItIs() {
    assertThat(Cli.execute("observe", "--agent", address(), "-o", "json")).isZero();

    assertThat(output.toString(UTF_8).strip()).isEqualTo(FLOW);
  }

  @Test
  void shouldTellWrongWordsFromFailure() {
    assertThat(Cli.execute("observe", "--agent", address(), "--filter", "bogus=1")).isEqualTo(2);
    assertThat(errors.toString(UTF_8)).contains("bogus: unknown parameter");
    assertThat(Cli.execute("observe", "--agent", address(), "--filter", "bogus")).isEqualTo(2);
    assertThat(Cli.execute("observe", "--agent", "10.0.0.1:1")).isEqualTo(2);
    assertThat(Cli.execute("nosuch")).isEqualTo(2);
    assertThat(Cli.execute()).isEqualTo(2);
    assertThat(output.toString(UTF_8)).isEmpty();
  }

  @Test
  void shouldPrintHelpAndCompletion() {
    assertThat(Cli.execute("--help")).isZero();
    assertThat(output.toString(UTF_8)).contains("status", "observe", "version", "completion");
    assertThat(Cli.execute("completion")).isZero();
    assertThat(output.toString(UTF_8)).contains("complete -F _complete_retina");
    assertThat(Cli.execute("version")).isZero();
    assertThat(output.toString(UTF_8)).contains("retina ");
    output.reset();
    assertThat(Cli.execute("version", "-o", "yaml")).isZero();
    assertThat(output.toString(UTF_8)).startsWith("version: ").contains("\njava: ");
    output.reset();
    assertThat(Cli.execute("version", "-o", "wide")).isZero();
    assertThat(output.toString(UTF_8)).startsWith("VERSION").hasLineCount(2);
  }
}
