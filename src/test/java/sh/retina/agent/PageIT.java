package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/** The node's page in a real browser, with real traffic of pods. */
@RequiresKernel
@WholeMachine
class PageIT {
  private static final Path PICTURES =
      Path.of(System.getProperty("build.basedir", ""), "target").toAbsolutePath();

  @Test
  void shouldShowFlowsDropsAndNamesAndFilterThem(@TempDir Path directory) throws Exception {
    Path profile = Files.createTempDirectory("retina-browser-");
    try (TestNetwork network = new TestNetwork("page", 70, "client", "server");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=packetparser,dropreason,dns,tcpretrans,tcplife");
        Browser browser = new Browser(profile)) {
      PodTraffic traffic = new PodTraffic(network);
      browser.open("http://127.0.0.1:" + agent.port() + "/");
      browser.awaitText("#status", "live");

      traffic.tcp("client", "server", network.ip4("server"), 5001, 200_000);
      traffic.tcpProbe("client", network.ip4("server"), 5002, 1, 500);
      Process names = network.start("server", PodTraffic.TOOL, "dns-serve", "53", "60");
      network.inside(
          "client", PodTraffic.TOOL, "dns-query", network.ip4("server"), "20", "1", "4", "2");
      names.destroyForcibly();

      assertThat(browser.awaitText("#talkers", "KiB")).contains("test/client → test/server");
      assertThat(browser.awaitText("#drops", "NO_SOCKET")).contains("test/client → test/server");
      browser.awaitText("#dns", "Non-Existent Domain");
      browser.awaitText("#latency", "test/client → test/server");
      browser.awaitText("#flows", "5001");
      assertThat(browser.awaitText("#agent", "packetparser")).contains("CPU", "Lost events");
      assertThat(browser.value("document.querySelectorAll('#map circle').length + ''"))
          .isNotEqualTo("0");
      look(browser.picture(), PICTURES.resolve("page-light.png"), false);
      assertThat(browser.barriers()).isEmpty();

      browser.click("#port");
      browser.type("5002");
      browser.click("#range");
      browser.value("document.querySelector('#range').value='5m'");
      browser.click("button[type=submit]");
      browser.awaitText("#status", "flows of the last 5 minutes");
      browser.awaitGone("#flows", ":5001"); // it is drawn a little later
      assertThat(browser.awaitText("#flows", ":5002"))
          .as("from the journal, of this port only")
          .doesNotContain(":5001");

      browser.click("#port");
      browser.type("x");
      browser.click("button[type=submit]");
      browser.awaitText("#status", "the filter is not understood (400)");

      browser.dark();
      look(browser.picture(), PICTURES.resolve("page-dark.png"), true);
      assertThat(browser.barriers()).isEmpty();
      assertThat(browser.complaints()).allMatch(one -> one.contains("400"));
    }
  }

  /** Nothing but its own files may run, and they say so. */
  @Test
  void shouldForbidAllButItsOwnFiles(@TempDir Path directory) throws Exception {
    try (TestNetwork network = new TestNetwork("page2", 75, "a");
        RunningAgent agent = new RunningAgent(directory, network);
        HttpClient http = HttpClient.newHttpClient()) {
      for (String path : new String[] {"/", "/page/page.js", "/page/tables.js", "/page/page.css"}) {
        HttpResponse<String> answer = get(http, agent, path);
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
            .startsWith("default-src 'none'; script-src 'self';")
            .doesNotContain("unsafe");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      }
      assertThat(get(http, agent, "/").body())
          .doesNotContainPattern("<script(?![^>]* src=)")
          .doesNotContainPattern(" on[a-z]+=")
          .doesNotContain(" style=");
      for (String path : new String[] {"/page/", "/page/other.js", "/page/..%2fapplication.yaml"}) {
        assertThat(get(http, agent, path).statusCode()).as(path).isEqualTo(404);
      }
    }
  }

  private static HttpResponse<String> get(HttpClient http, RunningAgent agent, String path)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + agent.port() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** A picture that is not empty, on a background as the scheme wants it. */
  private static void look(byte[] png, Path keep, boolean isDark) throws IOException {
    Files.write(keep, png);
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
    int corner = picture.getRGB(1, picture.getHeight() - 1) & 0xff;
    assertThat(corner < 0x80).as("dark").isEqualTo(isDark);
    long colours =
        java.util.stream.IntStream.range(0, picture.getWidth() * picture.getHeight() / 7)
            .map(i -> picture.getRGB(i * 7 % picture.getWidth(), i * 7 / picture.getWidth()))
            .distinct()
            .count();
    assertThat(colours).as("colours").isGreaterThan(20);
  }
}
