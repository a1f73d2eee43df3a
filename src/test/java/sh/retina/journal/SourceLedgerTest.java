package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sh.retina.journal.JournalFixture.Heard;

class SourceLedgerTest {
  private static final long RUN = 7;

  private final Heard heard = new Heard();
  private final SourceLedger ledger = new SourceLedger(heard, _ -> Progress.unsaved(), RUN);
  private final SourceLedger.Slot slot =
      Objects.requireNonNull(
          ledger.meet(
              new JournalSource(
                  0,
                  RUN,
                  "packetparser",
                  JournalFixture.BTF,
                  Map.of(),
                  new JournalSource.Counters())));

  @Test
  void shouldTellWhatIsMissing() {
    assertThat(ledger.pass(slot, 0, 10, true)).isTrue();
    assertThat(ledger.pass(slot, 15, 20, true)).isTrue();

    assertThat(heard.lost).containsExactly(Map.entry("packetparser", 5L));
    assertThat(ledger.passedRecords()).isEqualTo(20);
  }

  /** A reader that retention overtakes may come to the beginning of a file twice. */
  @Test
  void shouldPassNoRecordTwice() {
    assertThat(ledger.pass(slot, 0, 0, true)).as("the head of the file").isTrue();
    assertThat(ledger.pass(slot, 0, 10, true)).isTrue();

    ledger.pass(slot, 0, 0, true);
    assertThat(ledger.pass(slot, 0, 10, true)).isFalse();
    assertThat(ledger.pass(slot, 10, 12, true)).isTrue();

    assertThat(heard.lost).isEmpty();
    assertThat(ledger.passedRecords()).isEqualTo(12);
  }
}
