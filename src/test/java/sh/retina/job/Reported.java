package sh.retina.job;

import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;

/** The end of a Job that nothing ran, as a kubelet and the controller of Jobs would report it. */
public final class Reported {
  private Reported() {}

  /** The Jobs of a capture. */
  public static List<Job> jobs(KubernetesClient admin, String namespace, String capture) {
    return admin
        .batch()
        .v1()
        .jobs()
        .inNamespace(namespace)
        .withLabel("capture-name", capture)
        .list()
        .getItems();
  }

  /** {@code message}: what the worker would have left. */
  public static void end(KubernetesClient admin, Job job, int code, String message) {
    String namespace = job.getMetadata().getNamespace();
    String name = job.getMetadata().getName() + "-pod";
    admin
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(job.getSpec().getTemplate().getMetadata().getLabels())
                .addToLabels("batch.kubernetes.io/job-name", job.getMetadata().getName())
                .endMetadata()
                .withSpec(
                    new PodSpecBuilder(job.getSpec().getTemplate().getSpec())
                        .withNodeName(NodeProgress.nodeOf(job))
                        .build())
                .build())
        .create();
    admin
        .pods()
        .inNamespace(namespace)
        .withName(name)
        .editStatus(pod ->
            new PodBuilder(pod)
                .withNewStatus()
                .withPhase(code == 0 ? "Succeeded" : "Failed")
                .addNewContainerStatus()
                .withName("capture")
                .withImage("none")
                .withImageID("")
                .withReady(false)
                .withRestartCount(0)
                .withState(
                    new ContainerStateBuilder()
                        .withNewTerminated()
                        .withExitCode(code)
                        .withReason(code == 0 ? "Completed" : "Error")
                        .withMessage(message)
                        .endTerminated()
                        .build())
                .endContainerStatus()
                .endStatus()
                .build());
    JobRunner.end(admin, job, code == 0);
  }
}
