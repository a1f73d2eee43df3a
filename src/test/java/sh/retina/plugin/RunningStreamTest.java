package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class RunningStreamTest {
  private final AtomicInteger calls = new AtomicInteger();
  private final List<Integer> taken = new CopyOnWriteArrayList<>();

  /** Fails at first, then gives three events and waits until it is interrupted. */
  private final class Source implements StreamPlugin {
    @Override
    public String name() {
      return "source";
    }

    @Override
    public EventDecoder decoder(Map<String, byte[]> attributes) {
      return (_, _, _) -> true;
    }

    @Override
    public void run(StreamWriter out) throws IOException {
      if (calls.incrementAndGet() == 1) {
        throw new IOException("nobody listens there");
      }
      out.ready();
      for (int i = 0; i < 3; i++) {
        byte[] bytes = "event".getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
      }
      out.lost(7);
      while (!Thread.currentThread().isInterrupted()) {
        LockSupport.park(this);
      }
    }
  }

  private final class Sink implements RecordSink {
    @Override
    public Writer open(String plugin, byte[] btf, Map<String, byte[]> attributes) {
      return (_, _, records) -> taken.add(records);
    }

    @Override
    public void maintain() {}
  }

  private static void await(String what, BooleanSupplier condition) {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      assertThat(i).as(what).isLessThan(1_000);
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Test
  void shouldSayWhyItsSourceFailsAndGoOnWhenItAnswers() {
    RunningStream stream = new RunningStream(new Source(), new Sink());
    stream.start();

    await("the failure", () -> stream.status().toString().contains("nobody listens there"));
    assertThat(stream.status()).isInstanceOf(PluginStatus.Failed.class);

    await("its answer", () -> stream.status() instanceof PluginStatus.Running);
    await("its events", () -> stream.counts().counter(KernelCounter.LOST_EVENTS) == 7);
    assertThat(stream.counts().counter(KernelCounter.EVENTS)).isEqualTo(3);
    assertThat(
            stream.drain(
                (address, bytes, records) -> stream.writer().append(address, bytes, records),
                1 << 20))
        .isEqualTo(3);
    assertThat(taken).containsExactly(3);

    assertThat(stream.stop()).isTrue();
    stream.free();
    assertThat(calls).hasValue(2);
  }
}
