package sh.retina.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Reads an agent's server-sent events. */
final class FlowStream {
  private FlowStream() {}

  /** Reads the streams of all agents at once, to their ends; the exit code. */
  static int ofAll(AgentOptions agents, String query, BiConsumer<String, String> taker) {
    return ofAll(agents, query, null, taker);
  }

  /** {@code end}: after so long at the latest; null: at theirs. */
  static int ofAll(
      AgentOptions agents, String query, @Nullable Duration end, BiConsumer<String, String> taker) {
    Instant over = end == null ? null : InstantSource.system().instant().plus(end);
    AtomicBoolean isOver = new AtomicBoolean();
    List<CliException> failed = Collections.synchronizedList(new ArrayList<>());
    try (Agents open = agents.open()) {
      List<Thread> readers = new ArrayList<>();
      for (Agents.Agent agent : open.all()) {
        readers.add(
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    read(open.stream(agent, "/flows?" + query), taker);
                  } catch (IOException e) {
                    if (isOver.get()) {
                      return;
                    }
                    fail(failed, CliException.failed(agent.name() + ": the stream broke: " + e));
                  } catch (CliException e) {
                    fail(failed, e);
                  }
                }));
      }
      for (Thread reader : readers) {
        if (over == null) {
          reader.join();
        } else {
          reader.join(Duration.between(InstantSource.system().instant(), over));
        }
      }
      isOver.set(true); // what breaks now is our doing
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failed("interrupted");
    }
    return failed.stream().mapToInt(CliException::exitCode).max().orElse(0);
  }

  private static void fail(List<CliException> failed, CliException fault) {
    Console.complain(String.valueOf(fault.getMessage()));
    failed.add(fault);
  }

  /** To the stream's end; {@code taker} gets name and data of each event. */
  static void read(InputStream stream, BiConsumer<String, String> taker) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      String event = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("event:")) {
          event = line.substring("event:".length()).strip();
        } else if (line.startsWith("data:")) {
          taker.accept(event, line.substring("data:".length()).strip());
        }
      }
    }
  }
}
