package sh.retina.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A headless Chromium with one tab, by the DevTools protocol. */
final class Browser implements AutoCloseable, WebSocket.Listener {
  private static final Path PROGRAM = Path.of("/usr/bin/chromium");
  private static final long PATIENCE_NS = 30_000_000_000L;

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger lastId = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final StringBuilder part = new StringBuilder();

  Browser(Path directory) throws IOException, InterruptedException {
    Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "needs chromium");
    process =
        new ProcessBuilder(
                PROGRAM.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--window-size=1400,1200",
                "--user-data-dir=" + directory,
                "--remote-debugging-port=0",
                "about:blank")
            .redirectErrorStream(true)
            .start();
    String port = "";
    BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    while (port.isEmpty()) {
      String line = said.readLine();
      if (line == null) {
        throw new IOException("chromium ended");
      }
      if (line.startsWith("DevTools listening on ws://")) {
        port = URI.create(line.substring(line.indexOf("ws://"))).getPort() + "";
      }
    }
    Thread.ofVirtual().start(() -> said.lines().forEach(_ -> {}));
    HttpClient http = HttpClient.newHttpClient();
    JsonNode tabs =
        JsonMapper.shared()
            .readTree(
                http.send(
                        HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + port + "/json/list"))
                            .build(),
                        HttpResponse.BodyHandlers.ofString())
                    .body());
    String tab =
        tabs.valueStream()
            .filter(one -> one.path("type").asString("").equals("page"))
            .findFirst()
            .orElseThrow()
            .path("webSocketDebuggerUrl")
            .asString();
    socket = http.newWebSocketBuilder().buildAsync(URI.create(tab), this).join();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      call(domain + ".enable", Map.of());
    }
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean isLast) {
    part.append(data);
    if (isLast) {
      JsonNode message = JsonMapper.shared().readTree(part.toString());
      part.setLength(0);
      if (message.has("id")) {
        CompletableFuture<JsonNode> asked = waiting.remove(message.path("id").asInt());
        if (asked != null) {
          asked.complete(message);
        }
      } else if (message.path("method").asString("").equals("Runtime.exceptionThrown")
          || message.path("params").path("entry").path("level").asString("").equals("error")) {
        complaints.add(message.path("params").toString());
      }
    }
    from.request(1);
    return CompletableFuture.completedStage(null);
  }

  /** Exceptions of scripts, what the policy forbade, and what could not be loaded. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  private JsonNode call(String method, Map<String, Object> parameters) {
    int id = lastId.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    socket
        .sendText(
            JsonMapper.shared()
                .writeValueAsString(Map.of("id", id, "method", method, "params", parameters)),
            true)
        .join();
    try {
      JsonNode message = answer.get(30, TimeUnit.SECONDS);
      if (message.has("error")) {
        throw new AssertionError(method + ": " + message.path("error"));
      }
      return message.path("result");
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(method, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  void open(String url) {
    call("Page.navigate", Map.of("url", url));
  }

  /** The value of an expression, as text. */
  String value(String expression) {
    JsonNode result =
        call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    return result.path("result").path("value").asString("");
  }

  String text(String selector) {
    return value("(document.querySelector('" + selector + "')||{}).innerText||''");
  }

  /** Waits until an element's text holds the words. */
  String awaitText(String selector, String words) {
    long end = System.nanoTime() + PATIENCE_NS;
    String text = text(selector);
    while (!text.contains(words)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            selector + " never said '" + words + "' but: " + text + complaints);
      }
      LockSupport.parkNanos(200_000_000);
      text = text(selector);
    }
    return text;
  }

  /** Waits until an element's text no longer holds the words. */
  void awaitGone(String selector, String words) {
    long end = System.nanoTime() + PATIENCE_NS;
    while (text(selector).contains(words)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(selector + " goes on to say '" + words + "': " + text(selector));
      }
      LockSupport.parkNanos(200_000_000);
    }
  }

  /** The mouse in the middle of an element. */
  void click(String selector) {
    String box =
        "(()=>{const b=document.querySelector('"
            + selector
            + "').getBoundingClientRect();return `${b.x+b.width/2} ${b.y+b.height/2}`})()";
    String[] at = value(box).split(" ");
    for (String type : List.of("mousePressed", "mouseReleased")) {
      call(
          "Input.dispatchMouseEvent",
          Map.of(
              "type",
              type,
              "x",
              Double.parseDouble(at[0]),
              "y",
              Double.parseDouble(at[1]),
              "button",
              "left",
              "clickCount",
              1));
    }
  }

  /** The keyboard, into what is clicked. */
  void type(String text) {
    call("Input.insertText", Map.of("text", text));
  }

  /**
   * What keeps people from using the page as it is now, by the rules of axe-core for WCAG 2.1 A and
   * AA: the rule and where.
   */
  List<String> barriers() throws IOException {
    try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
      value(new String(script.readAllBytes(), StandardCharsets.UTF_8) + ";''");
    }
    JsonNode result =
        call(
            "Runtime.evaluate",
            Map.of(
                "expression",
                "axe.run({runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa']}).then(found=>"
                    + "({rules:found.passes.length,barriers:found.violations.map(one=>one.id+' '"
                    + "+one.nodes.map(node=>node.target+' '+node.failureSummary).join(', '))}))",
                "awaitPromise",
                true,
                "returnByValue",
                true));
    JsonNode found = result.path("result").path("value");
    if (found.path("rules").asInt(0) == 0) {
      throw new AssertionError("no rule was looked at: " + result);
    }
    return found.path("barriers").valueStream().map(JsonNode::asString).toList();
  }

  void dark() {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
  }

  byte[] picture() {
    String data =
        call("Page.captureScreenshot", Map.of("captureBeyondViewport", true))
            .path("data")
            .asString();
    return Base64.getDecoder().decode(data);
  }

  @Override
  public void close() {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().join();
  }
}
