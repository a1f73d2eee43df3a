package sh.retina.cli.explain;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reason, with what shows it.
 *
 * @param sentence what is wrong
 * @param remedy what to look at or to change
 */
public record Finding(Cause cause, String sentence, String remedy, List<Proof> proofs) {
  public Finding {
    proofs = List.copyOf(proofs);
  }

  /**
   * @param time null: it holds now
   */
  public record Proof(@Nullable Instant time, String text) {
    static Proof of(Seen seen) {
      return new Proof(seen.time(), seen.text());
    }

    static Proof now(String text) {
      return new Proof(null, text);
    }
  }
}
