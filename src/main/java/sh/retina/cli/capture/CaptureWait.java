package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sh.retina.cli.Console;

/**
 * Waits for a capture's Jobs and shows how far they are: a bar for a person, a line at each change
 * for a file. Ctrl-C ends the wait, not the capture, and says how to end that.
 */
final class CaptureWait {
  private static final Duration LEAST = Duration.ofMinutes(5);
  private static final long STEP_MS = 1_000;
  private static final int WIDTH = 30;

  private final KubernetesClient client;
  private final String name;
  private final String namespace;
  private final Set<String> jobs;
  private final @Nullable Duration duration;
  private final long startNs = System.nanoTime();
  private final CountDownLatch never = new CountDownLatch(1);
  private String said = "";

  CaptureWait(KubernetesClient client, String name, List<Job> jobs, @Nullable Duration duration) {
    this.client = client;
    this.name = name;
    this.namespace = jobs.getFirst().getMetadata().getNamespace();
    this.jobs = jobs.stream().map(job -> job.getMetadata().getName()).collect(Collectors.toSet());
    this.duration = duration;
  }

  /** All Jobs, over or not when the time is. */
  List<JobView> await() throws InterruptedException {
    Thread goesOn = new Thread(this::goesOn, "capture-goes-on");
    Runtime.getRuntime().addShutdownHook(goesOn);
    try {
      long patienceNs = patience(duration).toNanos();
      while (true) {
        List<JobView> now = views();
        show(now);
        boolean over = now.size() < jobs.size() || now.stream().allMatch(JobView::isOver);
        if (over || System.nanoTime() - startNs > patienceNs) {
          end(now, over);
          return now;
        }
        boolean stopped = never.await(STEP_MS, TimeUnit.MILLISECONDS);
        if (stopped) {
          throw new InterruptedException("nobody counts down");
        }
      }
    } finally {
      remove(goesOn);
    }
  }

  /** As Retina's: five minutes more than the duration. */
  static Duration patience(@Nullable Duration duration) {
    return duration == null ? LEAST : duration.plus(LEAST);
  }

  private List<JobView> views() {
    return JobView.all(client, namespace, name).stream()
        .filter(view -> jobs.contains(view.job()))
        .toList();
  }

  private void show(List<JobView> now) {
    long over = now.stream().filter(JobView::isOver).count();
    String waits =
        now.stream()
            .filter(view -> view.state().equals("waiting") && !view.message().isEmpty())
            .findFirst()
            .map(view -> "; node " + view.node() + " waits: " + view.message())
            .orElse("");
    String state = over + " of " + jobs.size() + " nodes are done" + waits;
    if (Console.isWatched()) {
      Console.progress(bar(System.nanoTime() - startNs, duration) + " " + state);
    } else if (!state.equals(said)) {
      Console.tell(state);
    }
    said = state;
  }

  /** {@code [=====> ] 45% 27s of 60s}; without a duration, only the time. */
  static String bar(long elapsedNs, @Nullable Duration duration) {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(elapsedNs);
    if (duration == null) {
      return seconds + "s";
    }
    double part = Math.min(1, (double) elapsedNs / Math.max(1, duration.toNanos()));
    int full = (int) (part * WIDTH);
    String done = "=".repeat(full) + (full < WIDTH ? ">" : "");
    return "[%s%s] %3d%% %ds of %ds"
        .formatted(
            done,
            " ".repeat(Math.max(0, WIDTH - done.length())),
            (int) (part * 100),
            seconds,
            Math.max(1, duration.toSeconds()));
  }

  private void end(List<JobView> now, boolean over) {
    if (Console.isWatched()) {
      Console.endProgress();
    }
    if (now.size() < jobs.size()) {
      Console.complain((jobs.size() - now.size()) + " Jobs were deleted by somebody");
    } else if (!over) {
      Console.complain(
          "not over after "
              + patience(duration).toMinutes()
              + " minutes; it goes on: kubectl retina capture list");
    }
  }

  private void goesOn() {
    Console.tell(
        "\nThe capture goes on. To end it: kubectl retina capture delete --name "
            + name
            + " -n "
            + namespace);
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // Ctrl-C came first
    }
  }
}
