package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.event.Observation;
import sh.retina.identity.ContextCodec;
import sh.retina.identity.IdentityTable;
import sh.retina.journal.EventBatch;
import sh.retina.journal.Journal;
import sh.retina.journal.JournalClock;
import sh.retina.journal.JournalReader;
import sh.retina.journal.JournalSettings;
import sh.retina.journal.JournalSource;
import sh.retina.journal.Start;
import sh.retina.plugin.EventDecoder;

/** A decoder that breaks on records costs these records and nothing else. */
class DecodeFaultTest {
  private static final int BATCHES = 20;

  @TempDir private Path directory;

  @Test
  void shouldCountWhatADecoderBreaksOnAndReadTheOthers() {
    Decode decode = new Decode();
    Observation event = new Observation();
    int malformed = 0;
    int decoded = 0;
    try (FlowRecords records = new FlowRecords();
        Journal journal =
            Journal.open(
                new JournalSettings(directory, 64 << 20, Duration.ofHours(1)),
                JournalClock.system(),
                () -> ContextCodec.encode(new IdentityTable().snapshot(), true))) {
      JournalSource broken = journal.addSource("broken", records.btf(), Map.of("a", new byte[1]));
      JournalSource sound = journal.addSource("sound", records.btf(), Map.of());
      for (int i = 0; i < BATCHES; i++) {
        records.begin().add(0, "10.0.0.5", 1).add(0, "10.0.0.5", 2);
        for (JournalSource source : new JournalSource[] {broken, sound}) {
          assertThat(
                  journal.append(
                      source, records.address(), records.byteCount(), records.count(), 0))
              .isTrue();
        }
      }
      try (JournalReader reader = journal.reader(new Start.Oldest(), new BindingListener(decode))) {
        for (EventBatch batch = reader.next(); batch != null; batch = reader.next()) {
          decode.open(batch);
          while (decode.next(event)) {
            decoded++;
          }
          malformed += decode.malformed();
        }
      }
    }

    assertThat(malformed).isEqualTo(2 * BATCHES);
    assertThat(decoded).isEqualTo(2 * BATCHES);
  }

  /** Gives one source a decoder that breaks in two ways, the other one that reads. */
  private record BindingListener(Decode decode) implements JournalReader.Listener {
    @Override
    public void onSource(JournalSource source) {
      EventDecoder breaks =
          (_, length, observation) -> {
            if ((observation.hashCode() & 1) == 0) {
              throw new IllegalStateException("by the test: " + length);
            }
            throw new StackOverflowError("by the test");
          };
      decode.bind(source.id(), source.plugin().equals("broken") ? breaks : (_, _, _) -> true);
    }

    @Override
    public void onContext(byte[] excerpt, boolean isSnapshot) {}

    @Override
    public void onLost(String plugin, long records) {}
  }
}
