package sh.retina.guard;

/**
 * One step along the ladder.
 *
 * @param from rung before; 0 is what was configured
 * @param to rung now
 * @param cause {@code cpu} or {@code memory} for a step down, what had caused the last one for a
 *     step up
 * @param detail from now on
 * @param load that decided it
 * @param budget that it was measured by
 */
public record OverheadStep(
    int from, int to, String cause, Detail detail, Load load, Budget budget) {
  /** Towards less detail. */
  public boolean isDown() {
    return to > from;
  }
}
