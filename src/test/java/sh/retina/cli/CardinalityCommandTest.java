package sh.retina.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sh.retina.cli.CardinalityCommand.Answer;
import sh.retina.cli.CardinalityCommand.Family;
import sh.retina.cli.CardinalityCommand.Label;
import sh.retina.cli.CardinalityCommand.Report;
import sh.retina.cli.CardinalityCommand.Value;

class CardinalityCommandTest {
  private static final String REPORT =
      """
      {"maxSeries":50000,"series":140,"metrics":[
        {"metric":"dns_request","names":["retina_pod_dns_request_total"],"series":20,
         "maxSeries":50000,"overflowed":3,"labels":[
           {"name":"query","values":20,"seriesWithout":1,
            "top":[{"value":"a\\u001b[31m.invalid","series":1}]}]},
        {"metric":"forwarded","names":["retina_pod_packets_forwarded_total"],"series":120,
         "maxSeries":50000,"overflowed":0,"labels":[
           {"name":"podname","values":30,"seriesWithout":12,"top":[{"value":"p0","series":4}]},
           {"name":"namespace","values":3,"seriesWithout":120,"top":[]}]}]}
      """;

  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final PrintStream realOutput = System.out;
  private final PrintStream realErrors = System.err;
  private HttpServer agent;
  private String body = REPORT;

  @BeforeEach
  void serve() throws IOException {
    agent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    agent.createContext(
        "/metrics/cardinality",
        exchange -> {
          byte[] bytes = body.getBytes(UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
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

  private int run(String... words) {
    String[] all = new String[words.length + 3];
    all[0] = "cardinality";
    all[1] = "--agent";
    all[2] = "http://127.0.0.1:" + agent.getAddress().getPort();
    System.arraycopy(words, 0, all, 3, words.length);
    return Cli.execute(all);
  }

  @Test
  void shouldShowTheCostliestLabelsFirst() {
    assertThat(run()).isZero();

    List<String> lines = output.toString(UTF_8).lines().toList();
    assertThat(lines.get(1)).matches("127\\.0\\.0\\.1:\\d+ +140 +50000 +0% +3");
    assertThat(lines.get(4)).matches("all +forwarded +120 +podname +30 +12 +90% +p0 4");
    assertThat(lines.get(5)).matches("all +forwarded +120 +namespace +3 +120 +0%");
    assertThat(lines.get(6))
        .matches("all +dns_request +20 +query +20 +1 +95% +a\\\\027\\[31m\\.invalid 1");
    assertThat(errors.toString(UTF_8)).isEmpty();
  }

  @Test
  void shouldShowOneMetricOnlyAndPrintJson() {
    assertThat(run("--metric", "dns_request", "--by-node")).isZero();
    assertThat(output.toString(UTF_8)).contains("dns_request").doesNotContain("forwarded");

    output.reset();
    assertThat(run("-o", "json")).isZero();
    assertThat(output.toString(UTF_8)).contains("\"seriesWithout\" : 12", "\"overflowed\" : 3");
  }

  @Test
  void shouldAddUpWhatSeveralAgentsSay() {
    Family here =
        new Family(
            "forwarded",
            List.of(),
            100,
            500,
            0,
            List.of(new Label("podname", 10, 20, List.of(new Value("a", 4), new Value("b", 3)))));
    Family there =
        new Family(
            "forwarded",
            List.of(),
            60,
            500,
            0,
            List.of(new Label("podname", 7, 10, List.of(new Value("b", 2)))));
    Family without = new Family("forwarded", List.of(), 40, 500, 0, List.of());

    String all =
        CardinalityCommand.labels(
                List.of(answer("n1", here), answer("n2", there), answer("n3", without)), false)
            .toString();

    // 20 + 10, and all of the agent that does not have the label.
    assertThat(all.lines().toList().getLast())
        .matches("all +forwarded +200 +podname +10 +70 +65% +b 5, a 4");
    assertThat(
            CardinalityCommand.labels(List.of(answer("n1", here), answer("n2", there)), true)
                .toString()
                .lines())
        .anyMatch(line -> line.matches("n2 +forwarded +60 +podname +7 +10 +83% +b 2"));
  }

  private static Answer answer(String node, Family family) {
    return new Answer(node, "", new Report(500, family.series(), List.of(family)));
  }

  @Test
  void shouldNameAnAgentThatDoesNotAnswerOrSaysSomethingElse() {
    body = "<html>";
    assertThat(run()).isEqualTo(1);
    assertThat(errors.toString(UTF_8)).contains("not a report");
    assertThat(output.toString(UTF_8)).contains("no answer");

    errors.reset();
    body = "{}";
    assertThat(run()).isEqualTo(1);
    assertThat(errors.toString(UTF_8)).contains("not a report");

    errors.reset();
    agent.stop(0);
    assertThat(run()).isEqualTo(1);
    assertThat(errors.toString(UTF_8)).contains("ConnectException");
  }
}
