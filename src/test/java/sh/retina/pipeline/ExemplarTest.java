package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sh.retina.event.Observation;

class ExemplarTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long NOW = 1_700_000_000L * SECOND;
  private static final long[] KEY = {0};

  private final SeriesTable table = new SeriesTable(1, Exemplar.COLUMNS);
  private final int row = table.insert(KEY);

  private static Observation packet(long timeNs) {
    Observation o = new Observation();
    o.timeNs = timeNs;
    o.sourceLow = 0xffff_0a00_0001L;
    o.destinationHigh = 0xfd00L << 48;
    o.destinationLow = 2;
    o.sourcePort = 40_000;
    o.destinationPort = 443;
    return o;
  }

  private @Nullable Exemplar read() {
    AtomicReference<@Nullable Exemplar> found = new AtomicReference<>();
    table.forEach((_, values) -> found.set(Exemplar.of(values, 0)));
    return found.get();
  }

  @Test
  void shouldHaveNoneBeforeTheFirst() {
    assertThat(read()).isNull();
  }

  @Test
  void shouldNameTheSideOfTheSeriesFirst() {
    Exemplar.offer(table, row, 0, 5, packet(NOW), true);
    assertThat(read()).isEqualTo(new Exemplar(5, NOW, "10.0.0.1:40000", "[fd00::2]:443"));

    Exemplar.offer(table, row, 0, 6, packet(NOW), false);
    assertThat(read()).isEqualTo(new Exemplar(6, NOW, "[fd00::2]:443", "10.0.0.1:40000"));
  }

  @Test
  void shouldKeepTheLargestForAMinute() {
    Exemplar.offer(table, row, 0, 5, packet(NOW), true);
    Exemplar.offer(table, row, 0, 4, packet(NOW + 59 * SECOND), true);
    assertThat(read()).isNotNull().extracting(Exemplar::value).isEqualTo(5L);

    Exemplar.offer(table, row, 0, 4, packet(NOW + 60 * SECOND), true);
    assertThat(read()).isNotNull().extracting(Exemplar::value).isEqualTo(4L);
  }

  /** Every field of a write says the same number. */
  @Test
  void shouldNeverShowPartsOfTwo() throws InterruptedException {
    AtomicBoolean writing = new AtomicBoolean(true);
    AtomicInteger seen = new AtomicInteger();
    AtomicReference<@Nullable Exemplar> torn = new AtomicReference<>();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              while (writing.get() || seen.get() == 0) {
                Exemplar exemplar = read();
                if (exemplar != null) {
                  seen.incrementAndGet();
                  long port = exemplar.value() & 0xffff;
                  boolean whole =
                      exemplar.timeNs() == exemplar.value()
                          && exemplar.local().endsWith(":" + port)
                          && exemplar.peer().endsWith(":" + port);
                  torn.compareAndSet(null, whole ? null : exemplar);
                }
              }
            });

    Observation o = packet(0);
    for (int i = 1; i < 2_000_000; i++) {
      o.timeNs = i;
      o.sourcePort = i & 0xffff;
      o.destinationPort = i & 0xffff;
      Exemplar.offer(table, row, 0, i, o, true);
    }
    writing.set(false);
    reader.join();

    assertThat(torn.get()).isNull();
    assertThat(seen.get()).isPositive();
  }
}
