package sh.retina.capture.flow;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import sh.retina.cli.Console;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The flows of an agent from now on, on a thread of its own, in the network namespace of who
 * started it. An agent that is not there is asked again each second, and complained of once.
 */
public final class AgentFlows implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long PAUSE_NS = TimeUnit.SECONDS.toNanos(1);
  private static final int SHOWN = 1_000;

  private final URI address;
  private final Consumer<JsonNode> each;
  private final HttpClient http;
  private final Thread thread;
  private volatile boolean isClosed;
  private volatile String fault = "not asked yet";

  private AgentFlows(URI address, Consumer<JsonNode> each) {
    this.address = address;
    this.each = each;
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
    this.http =
        (LoopbackTls.isFor(address) ? builder.sslContext(LoopbackTls.context()) : builder).build();
    this.thread = Thread.ofPlatform().daemon().name("agent-flows").unstarted(this::follow);
  }

  /**
   * Follows them until it is closed.
   *
   * @param query filters as /flows takes them; may be empty
   * @param each hears of each flow, in Hubble's JSON, on the thread of this
   */
  public static AgentFlows follow(URI agent, String query, Consumer<JsonNode> each) {
    String root = agent.toString().replaceFirst("/+$", "");
    String filters = query.isEmpty() ? "" : "?" + query;
    AgentFlows flows = new AgentFlows(URI.create(root + "/flows" + filters), each);
    flows.thread.start();
    return flows;
  }

  /** Why there are none now; empty when they come. */
  public String fault() {
    return fault;
  }

  private void follow() {
    while (!isClosed) {
      try {
        read();
        fail(address + " ended its stream");
      } catch (IOException | JacksonException e) {
        fail(e.getMessage() == null ? address + ": " + e : address + ": " + e.getMessage());
      } catch (InterruptedException _) {
        return;
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
  }

  private void fail(String why) {
    if (!isClosed && !why.equals(fault)) {
      Console.complain("no flows of the agent: " + why);
    }
    fault = why;
  }

  private void read() throws IOException, InterruptedException {
    HttpResponse<InputStream> answer =
        http.send(
            HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      if (answer.statusCode() != 200) {
        char[] why = new char[SHOWN];
        int length = Math.max(0, lines.read(why));
        throw new IOException(answer.statusCode() + " " + new String(why, 0, length).strip());
      }
      fault = "";
      String event = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("event:")) {
          event = line.substring("event:".length()).strip();
        } else if (line.startsWith("data:") && event.equals("flow")) {
          JsonNode flow = JsonMapper.shared().readTree(line.substring("data:".length()));
          each.accept(flow.has("flow") ? flow.get("flow") : flow);
        }
      }
    }
  }

  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
    http.shutdownNow();
  }
}
