package sh.retina.operator;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.support.CronExpression;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureSpec;
import sh.retina.crd.CaptureStatus;

/**
 * Captures by a clock: one with a schedule records nothing itself, but a Capture of its own is made
 * for each run, and of those that are over the last few are kept. Times are UTC. A run is left out
 * while the one before goes on; of runs that were missed, the last one is made.
 */
final class CaptureSchedule {
  private static final int CONFLICT = 409;
  private static final int SUCCESSFUL = 3;
  private static final int FAILED = 1;
  private static final int FIELDS = 5;
  private static final int DAY = 2;
  private static final int WEEKDAY = 4;

  private final KubernetesClient client;

  CaptureSchedule(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Makes what is due and deletes what is too old.
   *
   * @param runs its Captures
   * @return the status that it should have
   */
  CaptureStatus apply(Capture schedule, List<Capture> runs, Instant now) {
    List<CronExpression> times;
    try {
      times = times(String.valueOf(schedule.getSpec().schedule()));
    } catch (IllegalArgumentException e) {
      return status(
          schedule,
          runs,
          CaptureJudge.ERROR,
          true,
          "OtherError",
          "schedule: " + e.getMessage(),
          null,
          now);
    }
    Instant last = last(schedule);
    Instant due = due(times, last, now);
    boolean goesOn = runs.stream().anyMatch(run -> !CaptureJudge.isOver(run));
    if (due != null && !goesOn) {
      make(schedule, due);
    }
    trim(schedule, runs);
    Instant next = next(times, now);
    return status(
        schedule,
        runs,
        CaptureJudge.COMPLETE,
        false,
        "Scheduled",
        next == null ? "there is no next run" : "the next run is at " + next,
        due == null ? null : CaptureJudge.seconds(due),
        now);
  }

  /** As cron reads it: where both days are given, either will do. */
  static List<CronExpression> times(String schedule) {
    String text = schedule.strip();
    if (text.startsWith("@")) {
      return List.of(CronExpression.parse(text));
    }
    String[] fields = text.split(" +", -1);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException("'" + text + "' has not five fields");
    }
    boolean both = !fields[DAY].startsWith("*") && !fields[WEEKDAY].startsWith("*");
    if (!both) {
      return List.of(CronExpression.parse("0 " + String.join(" ", fields)));
    }
    String[] byDay = fields.clone();
    byDay[WEEKDAY] = "*";
    String[] byWeekday = fields.clone();
    byWeekday[DAY] = "*";
    return List.of(
        CronExpression.parse("0 " + String.join(" ", byDay)),
        CronExpression.parse("0 " + String.join(" ", byWeekday)));
  }

  static @Nullable Instant next(List<CronExpression> times, Instant after) {
    ZonedDateTime from = after.atZone(ZoneOffset.UTC);
    return times.stream()
        .map(one -> one.next(from))
        .filter(Objects::nonNull)
        .map(ZonedDateTime::toInstant)
        .min(Comparator.naturalOrder())
        .orElse(null);
  }

  /** The last run of those between the two times; null: none. */
  static @Nullable Instant due(List<CronExpression> times, Instant last, Instant now) {
    // Runs of a long absence are not counted one by one: only those of the last day can be the
    // last.
    Instant from = last.isBefore(now.minusSeconds(86_400)) ? last(times, now, last) : last;
    Instant due = null;
    for (Instant at = next(times, from); at != null && !at.isAfter(now); at = next(times, at)) {
      due = at;
    }
    return due;
  }

  /** Somewhere before the last run, by steps that double. */
  private static Instant last(List<CronExpression> times, Instant now, Instant last) {
    for (long back = 86_400; ; back *= 2) {
      Instant from = now.minusSeconds(back);
      if (!from.isAfter(last)) {
        return last;
      }
      Instant next = next(times, from);
      if (next != null && !next.isAfter(now)) {
        return from;
      }
    }
  }

  private static Instant last(Capture schedule) {
    CaptureStatus status = schedule.getStatus();
    String time = status == null ? null : status.startTime();
    return Instant.parse(time == null ? schedule.getMetadata().getCreationTimestamp() : time);
  }

  private void make(Capture schedule, Instant due) {
    CaptureSpec spec = schedule.getSpec();
    Capture run = new Capture();
    ObjectMeta metadata = new ObjectMeta();
    metadata.setNamespace(schedule.getMetadata().getNamespace());
    metadata.setName(schedule.getMetadata().getName() + "-" + due.getEpochSecond() / 60);
    metadata.setLabels(schedule.getMetadata().getLabels());
    metadata.setAnnotations(creator(schedule.getMetadata().getAnnotations()));
    metadata.setOwnerReferences(
        List.of(
            new OwnerReferenceBuilder()
                .withApiVersion(schedule.getApiVersion())
                .withKind(schedule.getKind())
                .withName(schedule.getMetadata().getName())
                .withUid(schedule.getMetadata().getUid())
                .withController(true)
                .build()));
    run.setMetadata(metadata);
    run.setSpec(
        new CaptureSpec(
            spec.captureConfiguration(),
            spec.outputConfiguration(),
            spec.cleanUpAfterUpload(),
            null,
            null,
            null,
            null));
    try {
      client.resource(run).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != CONFLICT) { // made already
        throw e;
      }
    }
  }

  private static @Nullable Map<String, String> creator(@Nullable Map<String, String> annotations) {
    if (annotations == null) {
      return null;
    }
    Map<String, String> kept = new java.util.TreeMap<>(annotations);
    kept.keySet().retainAll(List.of(CaptureSecrets.CREATOR, CaptureSecrets.CREATOR_GROUPS));
    return kept.isEmpty() ? null : kept;
  }

  private void trim(Capture schedule, List<Capture> runs) {
    CaptureSpec spec = schedule.getSpec();
    trim(runs, CaptureJudge.COMPLETE, orElse(spec.successfulHistoryLimit(), SUCCESSFUL));
    trim(runs, CaptureJudge.ERROR, orElse(spec.failedHistoryLimit(), FAILED));
  }

  private void trim(List<Capture> runs, String condition, int limit) {
    runs.stream()
        .filter(CaptureJudge::isOver)
        .filter(run -> CaptureJudge.has(run.getStatus(), condition))
        .filter(run -> run.getMetadata().getDeletionTimestamp() == null)
        .sorted(
            Comparator.comparing((Capture run) -> run.getMetadata().getCreationTimestamp())
                .thenComparing(run -> run.getMetadata().getName())
                .reversed())
        .skip(limit)
        .forEach(run -> client.resource(run).delete());
  }

  private static int orElse(@Nullable Integer number, int otherwise) {
    return number == null ? otherwise : number;
  }

  private static CaptureStatus status(
      Capture schedule,
      List<Capture> runs,
      String type,
      boolean is,
      String reason,
      String message,
      @Nullable String started,
      Instant now) {
    CaptureStatus before = schedule.getStatus();
    List<Condition> same = new ArrayList<>();
    if (before != null && before.conditions() != null) {
      before.conditions().stream().filter(one -> one.getType().equals(type)).forEach(same::add);
    }
    Stream<Capture> over = runs.stream().filter(CaptureJudge::isOver);
    int ended = (int) over.count();
    int failed =
        (int)
            runs.stream()
                .filter(CaptureJudge::isOver)
                .filter(run -> CaptureJudge.has(run.getStatus(), CaptureJudge.ERROR))
                .count();
    return new CaptureStatus(
        Conditions.with(
            same, type, is, reason, message, schedule.getMetadata().getGeneration(), now),
        started == null && before != null ? before.startTime() : started,
        null,
        runs.size() - ended,
        ended - failed,
        failed,
        null);
  }
}
