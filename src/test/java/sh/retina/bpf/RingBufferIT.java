package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;

@RequiresRoot
@WholeMachine
class RingBufferIT {
  private static final byte[] PACKET = new byte[64];
  private static final long MAGIC = 0x0123_4567_89AB_CDEFL;

  private static BpfSpec emitting() {
    return BpfObject.open("emitting", TestObjects.elf("emitting"));
  }

  @Test
  void shouldLoseNothingOverManyLapsOfTheRing() {
    try (BpfSpec spec = emitting();
        BpfObject object = spec.knob("events_per_run", 40).knob("discard_every", 10).load();
        RingBuffer ring = object.ringBuffer("events")) {
      BpfField.U64 number = object.btf().struct("emitted_event").u64("number");
      RingRecords records = new RingRecords();
      long[] sum = new long[1];
      int drained = 0;
      for (int run = 0; run < 500; run++) {
        object.program("on_ingress").testRun(PACKET, 1);
        drained +=
            ring.drain(
                (span, length, _) -> {
                  records.over(span, length);
                  while (records.next()) {
                    sum[0] += number.get(records.address());
                  }
                  assertThat(records.brokenBytes()).isZero();
                },
                Long.MAX_VALUE);
      }

      assertThat(drained).isEqualTo(500 * 36);
      assertThat(ring.discardedRecords()).isEqualTo(500 * 4);
      assertThat(sum[0]).isEqualTo(500L * (IntStream.range(0, 40).sum() - 0 - 10 - 20 - 30));
      assertThat(ring.availableBytes()).isZero();
      assertThat(object.map("counts").sumPerCpu(0)).isEqualTo(500);
    }
  }

  @Test
  void shouldBalanceTheBooksWhileAnotherThreadProduces() throws Exception {
    int runs = 3_000;
    try (BpfSpec spec = emitting();
        BpfObject object =
            spec.knob("events_per_run", 50)
                .knob("start_number", MAGIC)
                .mapSize("events", 16_384)
                .load();
        RingBuffer ring = object.ringBuffer("events")) {
      BpfField.U64 number = object.btf().struct("emitted_event").u64("number");
      BpfField.U64 start = object.btf().struct("emitted_event").u64("start");
      RingRecords records = new RingRecords();
      long[] wrong = new long[1];
      SpanHandler check =
          (span, length, _) -> {
            records.over(span, length);
            while (records.next()) {
              long is = number.get(records.address());
              wrong[0] += is < 0 || is >= 50 || start.get(records.address()) != MAGIC ? 1 : 0;
            }
            wrong[0] += records.brokenBytes();
          };
      Thread producer =
          Thread.ofPlatform().start(() -> object.program("on_ingress").testRun(PACKET, runs));
      long drained = 0;
      while (producer.isAlive()) {
        drained += ring.drain(check, 4096);
      }
      producer.join();
      while (ring.availableBytes() > 0) {
        drained += ring.drain(check, Long.MAX_VALUE);
      }
      long[] runsAndLost = new long[2];
      object.map("counts").sumPerCpu(0, runsAndLost);

      assertThat(runsAndLost[0]).isEqualTo(runs);
      assertThat(drained + runsAndLost[1]).isEqualTo(runs * 50L);
      // One ring's worth at least: the producer may be done before this thread gets to read.
      assertThat(drained).isGreaterThanOrEqualTo(16_384 / 48);
      assertThat(wrong[0]).isZero();
    }
  }

  @Test
  void shouldTellTheLossOfAFullRingInThePerCpuCounters() {
    try (BpfSpec spec = emitting();
        BpfObject object = spec.knob("events_per_run", 100).mapSize("events", 4096).load()) {
      object.program("on_ingress").testRun(PACKET, 1);
      long[] runsAndLost = new long[2];

      object.map("counts").sumPerCpu(0, runsAndLost);

      int fit =
          4096 / (object.btf().struct("emitted_event").sizeBytes() + RingRecord.HEADER_LENGTH);
      assertThat(runsAndLost).containsExactly(1, 100 - fit);
    }
  }

  @Test
  void shouldRoundARingUpToWhatTheKernelTakes() {
    try (BpfSpec spec = emitting();
        BpfObject object = spec.mapSize("events", 5000).load();
        RingBuffer ring = object.ringBuffer("events")) {
      assertThat(ring.sizeBytes()).isEqualTo(8192);
    }
  }
}
