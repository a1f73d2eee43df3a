package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import sh.retina.cli.CliException;
import sh.retina.cli.Console;
import sh.retina.event.SafeText;
import sh.retina.job.HelperPods;

/**
 * A pod of ours on a node, for as long as a command of this terminal needs it: gone when the
 * command ends, by Ctrl-C too, and by itself after an hour.
 */
final class HelperPod implements AutoCloseable {
  private static final int READY_SECONDS = 60;
  private static final List<String> PROGRAM =
      List.of("/opt/java/bin/java", "@/opt/retina/java.options");

  private final KubernetesClient client;
  private final Pod pod;
  private final Thread hook = new Thread(this::delete, "delete-helper-pod");

  private HelperPod(KubernetesClient client, Pod pod) {
    this.client = client;
    this.pod = pod;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Makes it, and waits until it runs.
   *
   * @throws CliException when it does not, saying what it waits for
   */
  static HelperPod start(KubernetesClient client, Pod wanted) {
    HelperPod helper = new HelperPod(client, client.resource(wanted).create());
    try {
      client
          .resource(helper.pod)
          .waitUntilCondition(
              now -> now != null && "Running".equals(now.getStatus().getPhase()),
              READY_SECONDS,
              TimeUnit.SECONDS);
      return helper;
    } catch (KubernetesClientTimeoutException _) {
      String why = helper.why();
      helper.close();
      throw CliException.failed(
          "the pod on node "
              + wanted.getMetadata().getAnnotations().get(HelperPods.NODE)
              + " does not run after "
              + READY_SECONDS
              + " s"
              + why);
    } catch (RuntimeException e) {
      helper.close();
      throw e;
    }
  }

  private String why() {
    Pod now = client.resource(pod).get();
    if (now == null || now.getStatus() == null) {
      return "";
    }
    if (now.getStatus().getContainerStatuses() != null
        && !now.getStatus().getContainerStatuses().isEmpty()) {
      ContainerState state = now.getStatus().getContainerStatuses().getFirst().getState();
      if (state != null && state.getWaiting() != null) {
        return ": " + state.getWaiting().getReason() + " " + state.getWaiting().getMessage();
      }
    }
    return ": it is " + now.getStatus().getPhase();
  }

  /**
   * Runs the program in it.
   *
   * @param out gets its standard output as it is
   * @return its exit code
   * @throws CliException when the connection to it broke
   */
  int run(OutputStream out, String... words) throws InterruptedException {
    List<String> command = new ArrayList<>(PROGRAM);
    command.addAll(List.of(words));
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    try (ExecWatch exec =
        client
            .pods()
            .inNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName())
            .writingOutput(out)
            .writingError(errors)
            .exec(command.toArray(String[]::new))) {
      int code = exec.exitCode().get();
      if (code != 0) {
        errors
            .toString(StandardCharsets.UTF_8)
            .lines()
            .map(SafeText.TEXT::of)
            .forEach(Console::tell);
      }
      return code;
    } catch (ExecutionException e) {
      throw CliException.failed(
          "the connection to pod " + pod.getMetadata().getName() + " broke: " + e.getCause());
    }
  }

  private void delete() {
    client.resource(pod).withGracePeriod(0).delete();
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      return; // the hook does it
    }
    delete();
  }
}
