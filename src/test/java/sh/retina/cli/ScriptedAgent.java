package sh.retina.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** Answers of an agent, and what a command makes of them. */
final class ScriptedAgent implements AutoCloseable {
  private final HttpServer server;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Deque<String> scrapes = new ArrayDeque<>();
  private final List<String> flows = new ArrayList<>();
  private final List<String> queries = new ArrayList<>();
  private String details = "{}";
  private boolean isEndless;

  ScriptedAgent() throws IOException {
    server = HttpServer.create(new InetSocketAddress(0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/metrics", exchange -> answer(exchange, next()));
    server.createContext("/actuator/health/details", exchange -> answer(exchange, details));
    server.createContext("/flows", this::stream);
    server.start();
  }

  /** Answered one after the other, the last one for ever. */
  ScriptedAgent scrapes(String... texts) {
    scrapes.addAll(List.of(texts));
    return this;
  }

  ScriptedAgent details(String json) {
    details = json;
    return this;
  }

  ScriptedAgent flows(String... events) {
    flows.addAll(List.of(events));
    return this;
  }

  /** The stream does not end. */
  ScriptedAgent endless() {
    isEndless = true;
    return this;
  }

  private synchronized String next() {
    return scrapes.size() > 1 ? scrapes.removeFirst() : scrapes.isEmpty() ? "" : scrapes.getFirst();
  }

  private void stream(HttpExchange exchange) throws IOException {
    queries.add(exchange.getRequestURI().getQuery());
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write(": flows\n\n".getBytes(UTF_8));
    for (String flow : flows) {
      exchange.getResponseBody().write(("id:1\n" + flow + "\n\n").getBytes(UTF_8));
    }
    exchange.getResponseBody().flush();
    if (isEndless) {
      try {
        ended.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    exchange.close();
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Of all addresses of this machine. */
  int port() {
    return server.getAddress().getPort();
  }

  /** Queries of /flows, decoded. */
  List<String> queries() {
    return queries;
  }

  /** Runs a command against it. */
  Said run(String... words) {
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--agent";
    all[words.length + 1] = address();
    return Said.of(all);
  }

  @Override
  public void close() {
    ended.countDown();
    server.stop(0);
  }
}
