package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.bpf.RingRecords;
import sh.retina.event.Observation;
import sh.retina.plugin.EventDecoder;

/**
 * No hop of the user path allocates per event once it is warm. The bound is a twentieth of a byte
 * per event: the smallest object would take sixteen in each. The least of several passes counts, as
 * what allocates per event does so in each of them, while the journal's next block of mapped memory
 * or a method that is compiled anew meanwhile falls into some.
 */
class UserPathAllocationTest {
  private static final int ROUNDS = 10;
  private static final int PASSES = 5;
  private static final int WARM_UP = 150;
  private static final int ALL_ROUNDS = WARM_UP + PASSES * ROUNDS;
  private static final long BOUND = (long) ROUNDS * UserPath.EVENTS / 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Observation event = new Observation();
  private final RingRecords walker = new RingRecords();

  @TempDir private Path directory;
  private UserPath path;

  @BeforeEach
  void open() {
    path = new UserPath(directory, 8L << 30); // no file ends meanwhile: a new one does allocate
  }

  @AfterEach
  void close() {
    path.close();
  }

  @Test
  void shouldAllocateNothingFromTheRingToTheSeries() {
    long allocated =
        allocatedBy(() -> {
          path.take(path.refilled());
          path.count();
        });

    assertThat(allocated).isLessThan(BOUND);
    assertThat(path.aggregated()).isEqualTo((long) ALL_ROUNDS * UserPath.EVENTS);
  }

  @Test
  void shouldAllocateNothingByReadingTheRing() {
    long[] bytes = new long[1];

    long allocated =
        allocatedBy(
            () -> path.refilled().drain((_, length, _) -> bytes[0] += length, Long.MAX_VALUE));

    assertThat(allocated).isLessThan(BOUND);
    assertThat(bytes[0]).isEqualTo(ALL_ROUNDS * path.records.byteCount());
  }

  @Test
  void shouldAllocateNothingByDecodingAndEnriching() {
    EventDecoder decoder = path.decoder();
    int[] owned = new int[1];

    long allocated =
        allocatedBy(() -> {
          walker.over(path.records.address(), path.records.byteCount());
          while (walker.next()) {
            event.clear();
            if (decoder.decode(walker.address(), walker.length(), event)) {
              Enrich.apply(event, path.identities);
              owned[0] += event.source.isPod() && event.destination.isPod() ? 1 : 0;
            }
          }
        });

    assertThat(allocated).isLessThan(BOUND);
    assertThat(owned[0]).isEqualTo(ALL_ROUNDS * UserPath.EVENTS);
  }

  private long allocatedBy(Runnable round) {
    for (int i = 0; i < WARM_UP; i++) {
      round.run();
    }
    long least = Long.MAX_VALUE;
    for (int pass = 0; pass < PASSES; pass++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        round.run();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }
}
