package sh.retina.cli.shell;

import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.WebSocketHandshakeException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import sh.retina.cli.CliException;
import sh.retina.cli.Cluster;
import sh.retina.cli.Console;
import sh.retina.cli.Terminal;

/**
 * A container with a shell and the terminal before it. At the end, by whatever comes first of the
 * shell's, a failure and a signal, the terminal is as it was and a node's pod is deleted.
 */
final class Session implements AutoCloseable {
  private static final int FORBIDDEN = 403;
  private static final Duration STATUS_PATIENCE = Duration.ofSeconds(10);
  private static final long LOOK_SECONDS = 1;

  private final KubernetesClient client;
  private final String namespace;
  private final String pod;
  private final String container;
  private final boolean isOurs;
  private final Thread hook = new Thread(this::end, "end-shell");
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile String modes = "";

  private Session(
      KubernetesClient client, String namespace, String pod, String container, boolean isOurs) {
    this.client = client;
    this.namespace = namespace;
    this.pod = pod;
    this.container = container;
    this.isOurs = isOurs;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Makes a pod.
   *
   * @throws CliException when the API server refuses it
   */
  static Session onNode(KubernetesClient client, Pod wanted) {
    String namespace = wanted.getMetadata().getNamespace();
    Session session =
        new Session(client, namespace, wanted.getMetadata().getName(), DebugContainer.NAME, true);
    try {
      client.resource(wanted).create();
      return session;
    } catch (KubernetesClientException e) {
      session.leave();
      throw refused(e, "create pods", namespace);
    }
  }

  /**
   * Adds a container to a pod that runs. None can be taken out again: it ends with its shell.
   *
   * @throws CliException when the API server refuses it
   */
  static Session inPod(KubernetesClient client, Pod there, EphemeralContainer wanted) {
    String namespace = there.getMetadata().getNamespace();
    try {
      client
          .pods()
          .inNamespace(namespace)
          .resource(there)
          .ephemeralContainers()
          .patch(
              PatchContext.of(PatchType.STRATEGIC_MERGE),
              client
                  .getKubernetesSerialization()
                  .asJson(Map.of("spec", Map.of("ephemeralContainers", List.of(wanted)))));
    } catch (KubernetesClientException e) {
      throw refused(e, "patch pods/ephemeralcontainers", namespace);
    }
    return new Session(client, namespace, there.getMetadata().getName(), wanted.getName(), false);
  }

  /** Admission by the level of a namespace is told from a right that is missing by its words. */
  private static CliException refused(KubernetesClientException e, String right, String namespace) {
    String reason = Cluster.reason(e);
    if (reason.contains("violates PodSecurity")) {
      return CliException.failed(
          reason
              + ": such a shell is allowed in a namespace with the label"
              + " pod-security.kubernetes.io/enforce=privileged, which -n names for one on a node");
    }
    if (e.getCode() == FORBIDDEN && reason.contains("cannot ")) {
      return CliException.failed(missing(right, namespace) + ": " + reason);
    }
    return CliException.failed(reason);
  }

  private static String missing(String right, String namespace) {
    return "you may not " + right + " in namespace " + namespace;
  }

  private PodResource resource() {
    return client.pods().inNamespace(namespace).withName(pod);
  }

  /** What a person knows it by. */
  String name() {
    return "container %s of pod %s/%s".formatted(container, namespace, pod);
  }

  /**
   * Waits until it runs.
   *
   * @throws CliException when it does not, saying what it waits for
   */
  void await(Duration patience) {
    ContainerStart start;
    try {
      Pod now =
          resource()
              .waitUntilCondition(
                  there -> ContainerStart.of(there, container).isDecided(),
                  patience.toMillis(),
                  TimeUnit.MILLISECONDS);
      start = ContainerStart.of(now, container);
    } catch (KubernetesClientTimeoutException _) {
      start = ContainerStart.of(resource().get(), container);
    }
    if (start.state() != ContainerStart.State.RUNS) {
      throw CliException.failed(
          "%s does not run%s: %s"
              .formatted(
                  name(),
                  start.isDecided() ? "" : " after " + patience.toSeconds() + "s (--timeout)",
                  start.why()));
    }
  }

  /**
   * Joins it and this process's standard streams until its shell ends.
   *
   * @return the shell's exit code
   * @throws CliException when that is not to be had, as the connection broke
   */
  int attach(boolean isTerminal) throws InterruptedException {
    String fault;
    try (AttachSocket socket =
        AttachSocket.open(
            client, namespace, pod, container, isTerminal, Console.bytes(), Console.errors())) {
      if (isTerminal) {
        modes = Terminal.raw();
        start("shell-size", () -> followSize(socket));
      }
      start("shell-input", () -> type(socket, isTerminal));
      fault = socket.awaitEnd();
    } catch (IOException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refusal
          && refusal.getResponse().code() == FORBIDDEN) {
        throw CliException.failed(missing("get and create pods/attach", namespace));
      }
      fault = String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause());
    } finally {
      over.countDown();
      restore();
    }
    return exitCode(fault);
  }

  private static void start(String name, Runnable task) {
    Thread.ofPlatform().daemon().name(name).start(task);
  }

  /** A pipe that ends ends the shell, which the protocol has no word for: by one of the shell's. */
  private static void type(AttachSocket socket, boolean isTerminal) {
    try {
      socket.type(Console.typed());
      if (!isTerminal) {
        socket.type("\nexit\n");
      }
    } catch (IOException e) {
      socket.fail(e);
    }
  }

  /** The first time it is another size for a moment, at which a shell writes its prompt again. */
  private void followSize(AttachSocket socket) {
    try {
      Terminal.Size last = new Terminal.Size(0, 0);
      do {
        Terminal.Size size = Terminal.size();
        if (size.columns() > 0 && !size.equals(last)) {
          if (last.columns() == 0) {
            socket.resize(new Terminal.Size(size.rows(), size.columns() + 1));
          }
          socket.resize(size);
          last = size;
        }
      } while (!over.await(LOOK_SECONDS, TimeUnit.SECONDS));
    } catch (IOException e) {
      socket.fail(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** The pod's status has it, a moment later; the connection is not told. */
  private int exitCode(String fault) {
    try {
      Pod now =
          resource()
              .waitUntilCondition(
                  there -> there == null || ContainerStart.exitCode(there, container).isPresent(),
                  STATUS_PATIENCE.toMillis(),
                  TimeUnit.MILLISECONDS);
      if (now != null) {
        return ContainerStart.exitCode(now, container).orElseThrow();
      }
    } catch (KubernetesClientTimeoutException _) {
      // It runs without us, or its kubelet is away.
    }
    throw CliException.failed(
        "the connection to %s ended before its shell%s"
            .formatted(name(), fault.isEmpty() ? "" : ": " + fault));
  }

  private synchronized void restore() {
    Terminal.restore(modes);
    modes = "";
  }

  private void end() {
    restore();
    if (isOurs) {
      try {
        resource().withGracePeriod(0).delete();
      } catch (KubernetesClientException e) {
        Console.complain(
            "pod %1$s is still there: kubectl delete pod %1$s -n %2$s (%3$s)"
                .formatted(pod, namespace, Cluster.reason(e)));
      }
    }
  }

  private boolean leave() {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      return false; // it runs
    }
  }

  @Override
  public void close() {
    if (leave()) {
      end();
    }
  }
}
