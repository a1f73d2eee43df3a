package sh.retina.operator;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Conditions as the API's conventions want them. */
final class Conditions {
  private Conditions() {}

  /**
   * The conditions with one set anew. Its time stays while its status does.
   *
   * @param generation of the spec that was judged
   */
  static List<Condition> with(
      @Nullable List<Condition> before,
      String type,
      boolean status,
      String reason,
      String message,
      @Nullable Long generation,
      Instant now) {
    List<Condition> conditions = new ArrayList<>();
    String word = status ? "True" : "False";
    String since = now.truncatedTo(ChronoUnit.SECONDS).toString();
    for (Condition old : before == null ? List.<Condition>of() : before) {
      if (!old.getType().equals(type)) {
        conditions.add(old);
      } else if (Objects.equals(old.getStatus(), word)) {
        since = old.getLastTransitionTime();
      }
    }
    conditions.add(
        new ConditionBuilder()
            .withType(type)
            .withStatus(word)
            .withReason(reason)
            .withMessage(message)
            .withObservedGeneration(generation)
            .withLastTransitionTime(since)
            .build());
    return conditions;
  }

  /** {@code Accepted}: whether an object is followed, for kinds whose users configure agents. */
  static List<Condition> accepted(
      @Nullable List<Condition> before,
      boolean accepted,
      String message,
      @Nullable Long generation,
      Instant now) {
    String reason = accepted ? "Applied" : "Refused";
    return with(before, "Accepted", accepted, reason, message, generation, now);
  }
}
