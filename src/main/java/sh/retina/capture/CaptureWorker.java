package sh.retina.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.capture.output.Delivered;
import sh.retina.capture.output.Delivery;
import sh.retina.cli.Console;

/**
 * The role {@code capture-worker}: records packets of this node into files and says on standard
 * output what became of it. SIGTERM and Ctrl-C end the capture as its duration does: the file is
 * completed and delivered first.
 */
public final class CaptureWorker {
  /** A capture's Job has half an hour; completing and delivering files takes less. */
  private static final int GRACE_SECONDS = 1_800;

  private final CaptureSettings settings;
  private final Answers answers;
  private final Clock clock = Clock.systemUTC();
  private final AtomicBoolean isStopped = new AtomicBoolean();
  private final AtomicReference<@Nullable Recording> running = new AtomicReference<>();

  private CaptureWorker(CaptureSettings settings) {
    this.settings = settings;
    this.answers = new Answers(settings.answer());
  }

  /**
   * Runs to the capture's end.
   *
   * @param arguments {@code capture-worker}, then {@code --key=value}
   * @return the exit code. 0: done; 1: failed, and what was recorded is kept; 2: wrong usage
   */
  public static int run(String[] arguments) {
    CaptureSettings settings;
    try {
      List<String> options = Arrays.asList(arguments).subList(1, arguments.length);
      settings = SettingsReader.read(options, System.getenv());
    } catch (IllegalArgumentException e) {
      Console.complain(e.getMessage() + "\nSee docs/captures.md");
      return 2;
    }
    CaptureWorker worker = new CaptureWorker(settings);
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> worker.finish(exitCode), "finish-capture"));
    try {
      exitCode.complete(worker.run());
    } finally {
      exitCode.complete(1);
    }
    return exitCode.join();
  }

  private int run() {
    boolean hasFailed = false;
    long fromNs = System.nanoTime();
    CaptureStatus status;
    keep(); // of what a worker before this one left
    do {
      status = once(fromNs);
      keep();
      answers.last(status);
      hasFailed |= !status.isCompleted();
      fromNs = System.nanoTime() + settings.again().pause().toNanos();
      // A place that takes nothing now may take the next one; what cannot be recorded stays so.
    } while (settings.again().isRearmed() && !isStopped.get() && !status.ended().equals("failure"));
    return hasFailed ? 1 : 0;
  }

  /** Older files that are too many go; that they did is said. */
  private void keep() {
    try {
      String what = KeptFiles.trim(settings);
      if (!what.isEmpty()) {
        Console.complain(what);
      }
    } catch (IOException e) {
      Console.complain("older captures stay: " + e);
    }
  }

  private CaptureStatus once(long fromNs) {
    List<Delivered> missing = new Delivery(settings.outputs(), System.getenv()).check();
    try (AgentWatch watch = AgentWatch.open(settings.watch(), fromNs)) {
      Recording recording = new Recording(settings, clock, watch, answers::progress);
      running.set(recording);
      if (isStopped.get()) {
        recording.stop();
      }
      if (!missing.isEmpty()) {
        return recording.status(CaptureStatus.State.Failed).delivered(missing, clock.instant());
      }
      CaptureStatus status = record(recording);
      return status.delivered(deliver(status), clock.instant());
    }
  }

  private CaptureStatus record(Recording recording) {
    Path namespace = settings.networkNamespace();
    if (namespace == null) {
      return recording.run();
    }
    try (NetworkNamespace inside = NetworkNamespace.enter(namespace)) {
      return inside.<CaptureStatus, RuntimeException>call(recording::run);
    } catch (BpfException e) {
      return recording.failed(e);
    }
  }

  /** Outside of the namespace of the packets: a pod's may not reach the places. */
  private List<Delivered> deliver(CaptureStatus status) {
    List<Delivery.Item> items =
        status.files().stream()
            .map(file -> {
              String name = String.valueOf(Path.of(file.path()).getFileName());
              return new Delivery.Item(name, file.size(), file.sha256());
            })
            .toList();
    return new Delivery(settings.outputs(), System.getenv()).deliver(items);
  }

  /** A signal is a capture's proper end: the exit code says how it went, not that there was one. */
  private void finish(CompletableFuture<Integer> exitCode) {
    if (exitCode.isDone()) {
      return;
    }
    isStopped.set(true);
    Recording recording = running.get();
    if (recording != null) {
      recording.stop();
    }
    try {
      Runtime.getRuntime().halt(exitCode.get(GRACE_SECONDS, TimeUnit.SECONDS));
    } catch (TimeoutException | ExecutionException _) {
      Console.complain("the capture's files are not complete after " + GRACE_SECONDS + " s");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
