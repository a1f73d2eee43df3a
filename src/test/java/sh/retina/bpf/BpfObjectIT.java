package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;

@RequiresRoot
@WholeMachine
class BpfObjectIT {
  private static final byte[] PACKET = new byte[64];

  private static BpfSpec emitting() {
    return BpfObject.open("emitting", TestObjects.elf("emitting"));
  }

  @Test
  void shouldCarryKnobsIntoTheProgramAndItsEventsOut() {
    byte[] address = new byte[16];
    for (int i = 0; i < 16; i++) {
      address[i] = (byte) (0xF0 + i);
    }
    try (BpfSpec spec = emitting();
        BpfObject object =
            spec.knob("events_per_run", 3)
                .knob("colour", 255)
                .knob("shade", 0x1234)
                .knob("start_number", -5L)
                .knob("address", address)
                .load();
        RingBuffer ring = object.ringBuffer("events")) {
      BpfStruct event = object.btf().struct("emitted_event");
      BpfField.U64 number = event.u64("number");
      BpfField.U64 start = event.u64("start");
      BpfField.U16 shade = event.u16("shade");
      BpfField.U8 colour = event.u8("colour");
      BpfField.Bytes bytes = event.bytes("address", 16);

      BpfProgram.TestRun run = object.program("on_ingress").testRun(PACKET, 1);
      RingRecords records = new RingRecords();
      int drained =
          ring.drain(
              (span, length, count) -> {
                assertThat(count).isEqualTo(3);
                records.over(span, length);
                for (int i = 0; i < count; i++) {
                  assertThat(records.next()).isTrue();
                  long at = records.address();
                  assertThat(records.length()).isEqualTo(event.sizeBytes());
                  assertThat(number.get(at)).isEqualTo(i);
                  assertThat(start.get(at)).isEqualTo(-5);
                  assertThat(shade.get(at)).isEqualTo(0x1234);
                  assertThat(colour.get(at)).isEqualTo(255);
                  assertThat(bytes.get(at)).isEqualTo(address);
                }
              },
              Long.MAX_VALUE);

      assertThat(run.returned()).isEqualTo(-1);
      assertThat(drained).isEqualTo(3);
    }
  }

  @Test
  void shouldRunASyscallProgramWithAContext() {
    try (BpfSpec spec = emitting();
        BpfObject object = spec.load();
        Arena arena = Arena.ofConfined()) {
      MemorySegment emission = arena.allocate(8, 8);
      emission.set(JAVA_INT, 0, 5);

      BpfProgram.TestRun run = object.program("on_demand").run(emission);

      assertThat(run.returned()).isEqualTo(7);
      assertThat(object.ringBuffer("events").drain((_, _, _) -> {}, Long.MAX_VALUE)).isEqualTo(5);
    }
  }

  @Test
  void shouldCountWhatAProgramCostsWhileStatisticsAreOn() {
    try (BpfSpec spec = emitting();
        BpfObject object = spec.load()) {
      BpfProgram program = object.program("on_ingress");
      try (BpfStats _ = BpfStats.enable()) {
        program.testRun(PACKET, 100);
      }

      assertThat(program.stats().runCount()).isEqualTo(100);
      assertThat(program.stats().runTimeNs()).isPositive();
      assertThat(program.info().verifiedInstructions()).isPositive();
    }
  }

  @Test
  void shouldReadAWholeHashInBatches() {
    try (BpfSpec spec = emitting();
        BpfObject object = spec.load();
        Arena arena = Arena.ofConfined()) {
      BpfMap squares = object.map("squares");
      MemorySegment key = arena.allocate(4, 8);
      MemorySegment value = arena.allocate(8, 8);
      for (int i = 0; i < 1000; i++) {
        key.set(JAVA_INT, 0, i);
        value.set(JAVA_LONG, 0, (long) i * i);
        squares.update(key, value);
      }
      Map<Integer, Long> read = new HashMap<>();
      try (BpfMapBatches batches = squares.batches(1)) {
        for (int round = 0; round < 2; round++) {
          batches.rewind();
          while (batches.next()) {
            for (int i = 0; i < batches.count(); i++) {
              read.put(
                  NativeMemory.intAt(batches.keyAddress(i)),
                  NativeMemory.longAt(batches.valueAddress(i)));
            }
          }
        }
      }

      assertThat(read).hasSize(1000).containsEntry(999, 998_001L);
      key.set(JAVA_INT, 0, 30);
      assertThat(squares.lookup(key, value)).isTrue();
      assertThat(value.get(JAVA_LONG, 0)).isEqualTo(900);
      assertThat(squares.delete(key)).isTrue();
      assertThat(squares.delete(key)).isFalse();
      assertThat(squares.lookup(key, value)).isFalse();
      assertThatThrownBy(() -> squares.lookup(key, arena.allocate(4)))
          .hasMessage("value of map squares has 8 bytes, the segment 4");
    }
  }

  @Test
  void shouldLoadOnlyTheProgramsThatAreWanted() {
    try (BpfSpec spec = BpfObject.open("rejected", TestObjects.elf("rejected"));
        BpfObject object = spec.autoload("on_bad", false).load()) {
      assertThat(object.programs()).extracting(BpfProgram::name).containsExactly("on_good");
      assertThatThrownBy(() -> object.program("on_bad"))
          .hasMessage("rejected has no loaded program on_bad; it has [on_good]");
    }
  }

  @Test
  void shouldShowWhyTheVerifierRejectedAProgram() {
    try (BpfSpec spec = BpfObject.open("rejected", TestObjects.elf("rejected"))) {
      BpfException rejected = catchThrowableOfType(BpfException.class, spec::load);

      assertThat(rejected.getMessage())
          .startsWith(
              "load rejected, program on_bad: EACCES: R0 invalid mem access 'map_value_or_null' at \"return *value;")
          .endsWith("lines omitted)");
      assertThat(rejected.errnoName()).isEqualTo("EACCES");
      assertThat(rejected.isDenied()).isFalse();
      assertThat(rejected.log()).contains("call bpf_map_lookup_elem#1").contains("processed");
    }
  }

  @Test
  void shouldSayWhichKnobsMapsAndProgramsThereAre() {
    try (BpfSpec spec = emitting()) {
      assertThatThrownBy(() -> spec.knob("sampling", 1))
          .hasMessageStartingWith("emitting has no knob sampling; it has [")
          .hasMessageContaining("events_per_run")
          .hasMessageNotContaining("emitted_event_type");
      assertThatThrownBy(() -> spec.mapSize("flows", 1))
          .hasMessage("emitting has no map flows; it has [events, counts, squares]");
      assertThatThrownBy(() -> spec.autoload("on_drop", false))
          .hasMessage("emitting has no program on_drop; it has [on_ingress, on_egress, on_demand]");
    }
  }

  @Test
  void shouldRefuseAValueThatDoesNotFitAKnob() {
    try (BpfSpec spec = emitting()) {
      assertThatThrownBy(() -> spec.knob("colour", 256))
          .hasMessage("value 256 does not fit in the 1 bytes of knob colour");
      assertThatThrownBy(() -> spec.knob("address", 1))
          .hasMessage("knob address has 16 bytes: not a number");
      assertThatThrownBy(() -> spec.knob("address", new byte[4]))
          .hasMessage("knob address has 16 bytes, not 4");
    }
  }

  @Test
  void shouldRefuseASpecThatWasUsed() {
    try (BpfSpec spec = emitting();
        BpfObject _ = spec.load()) {
      assertThatThrownBy(spec::load).hasMessageContaining("a spec is used once");
      assertThatThrownBy(() -> spec.knob("colour", 1)).hasMessageContaining("used once");
    }
  }

  @Test
  void shouldRefuseAnObjectThatWasClosed() {
    BpfMap map;
    RingBuffer ring;
    BpfProgram program;
    try (BpfSpec spec = emitting();
        BpfObject object = spec.load()) {
      map = object.map("counts");
      ring = object.ringBuffer("events");
      program = object.program("on_ingress");
    }

    assertThatThrownBy(() -> map.sumPerCpu(0)).hasMessage("object emitting is closed");
    assertThatThrownBy(ring::availableBytes).hasMessage("ring buffer is closed");
    assertThatThrownBy(() -> program.testRun(PACKET, 1)).hasMessage("object emitting is closed");
  }

  @Test
  void shouldSayWhenTheFileIsNoObject() {
    assertThatThrownBy(() -> BpfObject.open("noise", new byte[200]))
        .isInstanceOf(BtfException.class)
        .hasMessage("not a 64-bit ELF file: 200 bytes");
  }
}
