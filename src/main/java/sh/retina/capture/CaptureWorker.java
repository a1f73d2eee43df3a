package sh.retina.capture;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.NetworkNamespace;
import sh.retina.cli.Console;
import tools.jackson.databind.json.JsonMapper;

/**
 * The role {@code capture-worker}: records packets of this node into files and says on standard
 * output what became of it. SIGTERM and Ctrl-C end the capture as its duration does: the file is
 * completed first.
 */
public final class CaptureWorker {
  /** A capture's Job has half an hour; completing a file takes seconds. */
  private static final int GRACE_SECONDS = 1_800;

  private CaptureWorker() {}

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
    Recording recording = new Recording(settings, Clock.systemUTC());
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> finish(recording, exitCode), "finish-capture"));
    try {
      exitCode.complete(answer(record(settings, recording)));
    } catch (BpfException e) {
      Console.complain("capture " + settings.name() + ": " + e.getMessage());
      exitCode.complete(1);
    } finally {
      exitCode.complete(1);
    }
    return exitCode.join();
  }

  private static int answer(CaptureStatus status) {
    Console.answer(JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(status));
    if (!status.isCompleted()) {
      Console.complain("capture " + status.name() + ": " + status.reason());
    }
    return status.isCompleted() ? 0 : 1;
  }

  private static CaptureStatus record(CaptureSettings settings, Recording recording) {
    Path namespace = settings.networkNamespace();
    if (namespace == null) {
      return recording.run();
    }
    try (NetworkNamespace inside = NetworkNamespace.enter(namespace)) {
      return inside.<CaptureStatus, RuntimeException>call(recording::run);
    }
  }

  /** A signal is a capture's proper end: the exit code says how it went, not that there was one. */
  private static void finish(Recording recording, CompletableFuture<Integer> exitCode) {
    if (exitCode.isDone()) {
      return;
    }
    recording.stop();
    try {
      Runtime.getRuntime().halt(exitCode.get(GRACE_SECONDS, TimeUnit.SECONDS));
    } catch (TimeoutException | ExecutionException _) {
      Console.complain("the capture's files are not complete after " + GRACE_SECONDS + " s");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
