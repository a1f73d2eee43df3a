package sh.retina.cli.explain;

import java.util.List;

/**
 * The answer.
 *
 * @param sentence the answer in words
 * @param findings why, the first one first; with {@link Answer#WORKS} what is odd all the same
 * @param proofs what else was seen
 */
public record Diagnosis(
    Answer answer, String sentence, List<Finding> findings, List<Finding.Proof> proofs) {
  /** The three answers. */
  public enum Answer {
    WORKS,
    DOES_NOT_WORK,
    CANNOT_TELL
  }

  public Diagnosis {
    findings = List.copyOf(findings);
    proofs = List.copyOf(proofs);
  }
}
