package sh.retina.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A thread inside another network namespace (setns(2)), on which tasks run one after another. The
 * namespace of a thread cannot be trusted after it was changed, so the thread serves nothing else
 * and ends with this. Thread-safe.
 */
public final class NetworkNamespace implements AutoCloseable {
  /** Work to be done inside the namespace. */
  @FunctionalInterface
  public interface Task<T, X extends Exception> {
    T run() throws X;
  }

  private final Path path;
  private final ExecutorService thread;

  private NetworkNamespace(Path path, ExecutorService thread) {
    this.path = path;
    this.thread = thread;
  }

  /**
   * Enters a namespace by its file, such as {@code /run/netns/blue} or {@code /proc/42/ns/net}.
   *
   * @throws BpfException when there is none or CAP_SYS_ADMIN is missing
   */
  public static NetworkNamespace enter(Path path) {
    Downcalls.requireNativeAccess();
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("netns-" + path.getFileName()).factory());
    NetworkNamespace namespace = new NetworkNamespace(path, thread);
    try {
      namespace.call(() -> {
        switchTo(path);
        return path;
      });
      return namespace;
    } catch (BpfException e) {
      namespace.close();
      throw e;
    }
  }

  /** The identity of the calling thread's namespace, such as {@code net:[4026531840]}. */
  public static String currentId() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    } catch (IOException e) {
      throw new BpfException(
          "read the current network namespace", Errno.ENOENT, "is /proc mounted?", e);
    }
  }

  public Path path() {
    return path;
  }

  /** Runs the task inside the namespace and answers what it does; its exception comes through. */
  public <T, X extends Exception> T call(Task<T, X> task) throws X {
    Future<T> running = thread.submit(task::run);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return running.get();
        } catch (InterruptedException e) {
          interrupted = true; // the task goes on in any case: see it through, then tell
        }
      }
    } catch (ExecutionException e) {
      throw NetworkNamespace.<X>thrown(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends the thread after the task that it is at. */
  @Override
  public void close() {
    thread.shutdown();
  }

  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // a task throws X or what is unchecked
  private static <X extends Exception> X thrown(@Nullable Throwable cause) {
    return switch (cause) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Exception e -> (X) e;
      case null, default -> throw new CompletionException(cause);
    };
  }

  private static void switchTo(Path path) {
    int fd = Libc.open(path.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC);
    if (fd < 0) {
      throw new BpfException("open network namespace " + path, fd, "");
    }
    try {
      int result = Libc.setns(fd, Libc.CLONE_NEWNET);
      if (result < 0) {
        throw new BpfException(
            "enter network namespace " + path,
            result,
            result == -Errno.EPERM ? "not permitted: CAP_SYS_ADMIN is needed" : "");
      }
    } finally {
      Libc.close(fd);
    }
  }
}
