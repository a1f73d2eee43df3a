package sh.retina.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands on a pseudo-terminal, which script(1) makes, and beside it to a pipe. */
class TerminalTest {
  private static final String HOME_AND_CLEAR = "\u001b[H\u001b[J";
  private static final String RED = "\u001b[31m";
  private static final String FAILED =
      """
      retina_agent_plugin_status{plugin="a-plugin-with-a-long-name",status="running"} 1.0
      retina_agent_plugin_status{plugin="another-plugin-with-a-name",status="failed"} 1.0
      """;
  private static final int CTRL_C = 3;

  /** What runs on a terminal, with the environment that {@code before} sets. */
  private static Process onTerminal(String before, String... words) throws IOException {
    return PseudoTerminal.run(before + " exec " + PseudoTerminal.program(words));
  }

  private static String whole(Process terminal) throws IOException {
    return new String(terminal.getInputStream().readAllBytes(), UTF_8);
  }

  @Test
  void shouldRefreshTopInPlaceUntilCtrlC() throws Exception {
    try (ScriptedAgent agent = new ScriptedAgent().scrapes(TopCommandTest.scrapes())) {
      Process top = onTerminal("", "top", "--interval=1", "--agent=" + agent.address());

      String shown = PseudoTerminal.until(top.getInputStream(), HOME_AND_CLEAR + "POD", 2);
      assertThat(shown).contains("shop/web", "2.0Ki");
      top.getOutputStream().write(CTRL_C);
      top.getOutputStream().flush();
      String rest = whole(top);

      assertThat(top.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(top.exitValue()).isEqualTo(130);
      assertThat(shown + rest).doesNotContain("retina:", "Exception");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"observe --follow", "trace"})
  void shouldEndAStreamByCtrlCWithoutAWord(String words) throws Exception {
    try (ScriptedAgent agent = new ScriptedAgent().flows(TraceCommandTest.DROP).endless()) {
      Process stream = onTerminal("", (words + " --agent=" + agent.address()).split(" ", -1));

      String shown = PseudoTerminal.until(stream.getInputStream(), "DROPPED", 1);
      stream.getOutputStream().write(CTRL_C);
      stream.getOutputStream().flush();
      String rest = whole(stream);

      assertThat(stream.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(stream.exitValue()).isEqualTo(130);
      assertThat(shown + rest).contains("10.0.0.1", "10.0.0.2").doesNotContain("Exception");
    }
  }

  @Test
  void shouldColourAndFitOnATerminalOnly() throws Exception {
    try (ScriptedAgent agent = new ScriptedAgent().scrapes(FAILED)) {
      String[] words = {"status", "--agent=" + agent.address()};

      String coloured = whole(onTerminal("", words));
      assertThat(coloured).contains(RED + "127.0.0.1:", "…");
      assertThat(coloured.replaceAll("\u001b\\[[0-9]+m", "").lines().limit(2))
          .allMatch(line -> line.length() <= 72);
      String plain = whole(onTerminal("NO_COLOR=1 COLUMNS=200", words));
      assertThat(plain).doesNotContain("\u001b", "…").contains("another-plugin-with-a-name=failed");
      assertThat(agent.run("status").output())
          .doesNotContain("\u001b", "…")
          .contains("another-plugin-with-a-name=failed");
    }
  }
}
