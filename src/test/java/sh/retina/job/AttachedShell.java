package sh.retina.job;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;

/**
 * A kubelet's attach over a web socket: sh(1) of this machine in place of the container, on a
 * pseudo-terminal where one is asked for. As a kubelet's, it does not say the exit code; that is in
 * the pod's status afterwards.
 */
public final class AttachedShell {
  private static final String SUCCESS = "{\"metadata\":{},\"status\":\"Success\"}";
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int STATUS = 3;
  private static final int RESIZE = 4;

  private final KubernetesClient admin;
  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private final List<String> sizes = new CopyOnWriteArrayList<>();

  AttachedShell(KubernetesClient admin) {
    this.admin = admin;
  }

  /** What it was told of the terminal, as it came. */
  public List<String> sizes() {
    return sizes;
  }

  /** Reports that a container of a pod runs. */
  public void sayRuns(String namespace, String pod, String container) {
    say(
        namespace,
        pod,
        container,
        new ContainerStateBuilder().withNewRunning().endRunning().build());
  }

  /** Reports why a container of a pod does not run. */
  public void sayWaits(
      String namespace, String pod, String container, String reason, String message) {
    say(
        namespace,
        pod,
        container,
        new ContainerStateBuilder().withNewWaiting(message, reason).build());
  }

  private void say(String namespace, String pod, String container, ContainerState state) {
    ContainerStatus status =
        new ContainerStatusBuilder()
            .withName(container)
            .withImage("registry.test/tools:1")
            .withImageID("")
            .withReady(state.getRunning() != null)
            .withRestartCount(0)
            .withState(state)
            .build();
    admin
        .pods()
        .inNamespace(namespace)
        .withName(pod)
        .editStatus(before -> {
          boolean isBeside =
              before.getSpec().getEphemeralContainers().stream()
                  .anyMatch(one -> one.getName().equals(container));
          var after =
              new PodBuilder(before)
                  .editStatus()
                  .withPhase("Running")
                  .removeMatchingFromEphemeralContainerStatuses(
                      one -> one.getName().equals(container));
          return (isBeside
                  ? after.addToEphemeralContainerStatuses(status)
                  : after.withContainerStatuses(status))
              .endStatus()
              .build();
        });
  }

  Publisher<Void> serve(HttpServerRequest request, HttpServerResponse response) {
    String namespace = String.valueOf(request.param("namespace"));
    String pod = String.valueOf(request.param("pod"));
    String container = String.valueOf(request.param("container"));
    boolean isTerminal = new QueryStringDecoder(request.uri()).parameters().containsKey("tty");
    return response.sendWebsocket(
        (in, out) -> {
          Process shell = start(isTerminal);
          Flux<WebSocketFrame> frames =
              Flux.merge(
                      TestKubelet.frames(shell.getInputStream(), STDOUT),
                      TestKubelet.frames(shell.getErrorStream(), STDERR))
                  .concatWith(Mono.fromCallable(AttachedShell::success))
                  .concatWith(Mono.fromRunnable(() -> ended(namespace, pod, container, shell)));
          Mono<Void> typed =
              in.receive()
                  .asByteArray()
                  .publishOn(Schedulers.boundedElastic(), 1) // one that waits holds up who types
                  .doOnNext(message -> take(message, shell))
                  .then()
                  .doFinally(_ -> shell.destroy());
          return Mono.firstWithSignal(
              out.sendObject(frames, _ -> true).then().then(out.sendClose()), typed);
        },
        WebsocketServerSpec.builder().protocols(TestKubelet.PROTOCOL).build());
  }

  private Process start(boolean isTerminal) {
    try {
      Process shell =
          (isTerminal
                  ? new ProcessBuilder(
                      "env", // a shell cannot trap a signal that it has inherited as ignored
                      "--default-signal=INT",
                      "script",
                      "--quiet",
                      "--return",
                      "--flush",
                      "-c",
                      "sh",
                      "/dev/null")
                  : new ProcessBuilder("sh"))
              .start();
      processes.add(shell);
      return shell;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void take(byte[] message, Process shell) {
    try {
      if (message[0] == RESIZE) {
        sizes.add(new String(message, 1, message.length - 1, StandardCharsets.UTF_8));
      } else if (message[0] == STDIN) {
        OutputStream in = shell.getOutputStream();
        in.write(message, 1, message.length - 1);
        in.flush();
      }
    } catch (IOException _) {
      // It has ended.
    }
  }

  private static WebSocketFrame success() {
    byte[] bytes = SUCCESS.getBytes(StandardCharsets.UTF_8);
    return TestKubelet.frame(STATUS, bytes, bytes.length);
  }

  private void ended(String namespace, String pod, String container, Process shell) {
    try {
      say(
          namespace,
          pod,
          container,
          new ContainerStateBuilder()
              .withNewTerminated()
              .withExitCode(shell.waitFor())
              .endTerminated()
              .build());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  void close() {
    processes.forEach(Process::destroyForcibly);
  }
}
