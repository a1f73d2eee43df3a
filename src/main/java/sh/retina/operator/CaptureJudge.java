package sh.retina.operator;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureStatus;
import sh.retina.job.CaptureRefused;
import sh.retina.job.NodeProgress;

/** The status that a Capture should have; its words are those of Retina. */
final class CaptureJudge {
  static final String COMPLETE = "complete";
  static final String ERROR = "error";

  /** What an object of the API server has room for; each is some 300 bytes. */
  private static final int MOST_OUTPUTS = 1_000;

  /** Nodes that a message names. */
  private static final int MOST_NODES = 5;

  private CaptureJudge() {}

  /** Of one whose Jobs were just made. */
  static CaptureStatus started(Capture capture, int jobs, Instant now) {
    return new CaptureStatus(
        condition(capture, COMPLETE, false, "JobsInProgress", jobs + " Jobs were made", now),
        seconds(now),
        null,
        jobs,
        0,
        0,
        null);
  }

  /** Of one that cannot begin. */
  static CaptureStatus refused(Capture capture, CaptureRefused why, Instant now) {
    return new CaptureStatus(
        condition(capture, ERROR, true, why.reason().word(), String.valueOf(why.getMessage()), now),
        null,
        null,
        0,
        0,
        0,
        null);
  }

  /**
   * Of one that records.
   *
   * @param jobs there are
   * @param lost Jobs that were there and are not any more
   */
  static CaptureStatus of(Capture capture, List<NodeProgress> jobs, int lost, Instant now) {
    int succeeded = count(jobs, NodeProgress.State.SUCCEEDED);
    int failed = count(jobs, NodeProgress.State.FAILED) + lost;
    int active = jobs.size() + lost - succeeded - failed;
    CaptureStatus before = capture.getStatus();
    boolean done = active == 0 && failed == 0;
    List<Condition> conditions =
        condition(
            capture,
            COMPLETE,
            done,
            active > 0 ? "JobsInProgress" : done ? "JobsCompleted" : "RunJobFailed",
            active > 0
                ? active + " of " + (jobs.size() + lost) + " Jobs are not over" + waiting(jobs)
                : done ? "all files are at their places" + more(jobs) : "not all Jobs ended well",
            now);
    if (failed > 0) {
      conditions =
          Conditions.with(
              conditions,
              ERROR,
              true,
              "RunJobFailed",
              failures(jobs, lost),
              capture.getMetadata().getGeneration(),
              now);
    }
    List<CaptureStatus.File> outputs =
        jobs.stream().flatMap(one -> one.outputs().stream()).limit(MOST_OUTPUTS).toList();
    String completed = before == null ? null : before.completionTime();
    return new CaptureStatus(
        conditions,
        before == null || before.startTime() == null ? seconds(now) : before.startTime(),
        done && completed == null ? seconds(now) : completed,
        active,
        succeeded,
        failed,
        outputs.isEmpty() ? null : outputs);
  }

  /** Whether nothing will change any more, unless the spec of one that never began does. */
  static boolean isOver(Capture capture) {
    CaptureStatus status = capture.getStatus();
    if (has(status, COMPLETE)) {
      return true;
    }
    if (status == null || !has(status, ERROR) || (status.active() != null && status.active() > 0)) {
      return false;
    }
    Long generation = capture.getMetadata().getGeneration();
    return status.startTime() != null
        || generation == null
        || conditions(status).stream()
            .anyMatch(one ->
                one.getObservedGeneration() != null && one.getObservedGeneration() >= generation);
  }

  static boolean has(@Nullable CaptureStatus status, String type) {
    return conditions(status).stream()
        .anyMatch(one -> type.equals(one.getType()) && "True".equals(one.getStatus()));
  }

  /** When it ended; null when it has not. */
  static @Nullable Instant end(Capture capture) {
    return conditions(capture.getStatus()).stream()
        .filter(one -> "True".equals(one.getStatus()))
        .map(one -> Instant.parse(one.getLastTransitionTime()))
        .max(Instant::compareTo)
        .orElse(null);
  }

  static String seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static List<Condition> conditions(@Nullable CaptureStatus status) {
    List<Condition> conditions = status == null ? null : status.conditions();
    return conditions == null ? List.of() : conditions;
  }

  /** What was said of another attempt goes. */
  private static List<Condition> condition(
      Capture capture, String type, boolean status, String reason, String message, Instant now) {
    List<Condition> same =
        conditions(capture.getStatus()).stream().filter(one -> one.getType().equals(type)).toList();
    return Conditions.with(
        same, type, status, reason, message, capture.getMetadata().getGeneration(), now);
  }

  private static int count(List<NodeProgress> jobs, NodeProgress.State state) {
    return (int) jobs.stream().filter(one -> one.state() == state).count();
  }

  private static String waiting(List<NodeProgress> jobs) {
    String waiting =
        named(
            jobs.stream()
                .filter(
                    one -> one.state() == NodeProgress.State.WAITING && !one.message().isEmpty())
                .toList());
    return waiting.isEmpty() ? "" : ": " + waiting;
  }

  private static String failures(List<NodeProgress> jobs, int lost) {
    List<String> parts = new ArrayList<>();
    String failed =
        named(jobs.stream().filter(one -> one.state() == NodeProgress.State.FAILED).toList());
    if (!failed.isEmpty()) {
      parts.add(failed);
    }
    if (lost > 0) {
      parts.add(lost + " Jobs were deleted by somebody before they ended");
    }
    return String.join("; ", parts);
  }

  private static String more(List<NodeProgress> jobs) {
    String more = named(jobs.stream().filter(one -> !one.message().isEmpty()).toList());
    return more.isEmpty() ? "" : "; " + more;
  }

  private static String named(List<NodeProgress> jobs) {
    Stream<String> named =
        jobs.stream().limit(MOST_NODES).map(one -> "node " + one.node() + ": " + one.message());
    int others = jobs.size() - MOST_NODES;
    return Stream.concat(
            named, others > 0 ? Stream.of("and " + others + " more nodes") : Stream.empty())
        .collect(Collectors.joining("; "));
  }
}
