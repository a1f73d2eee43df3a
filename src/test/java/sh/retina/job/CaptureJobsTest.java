package sh.retina.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import sh.retina.crd.CaptureSpec;

class CaptureJobsTest {
  private static final NodeTarget TARGET =
      new NodeTarget("node-1.example", List.of("10.0.0.1"), Map.of("10.0.0.1", "shop/web"));

  private static Job job(String name, String run, String more) throws CaptureRefused {
    CaptureSpec spec =
        Serialization.unmarshal(
            """
            captureConfiguration:
              captureTarget: {podNames: [web]}
              captureOption: {duration: 30s, format: pcapng}
            outputConfiguration: {hostPath: retina}
            """
                + more,
            CaptureSpec.class);
    return new CaptureJobs(JobSettings.ofImage("registry.test/retina:1", "/base"))
        .of(new CaptureJobs.Identity("shop", name, run, null), spec, TARGET);
  }

  private static Map<String, String> environment(Job job) {
    return job.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
        .filter(one -> one.getValue() != null)
        .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
  }

  @Test
  void shouldLetTheWorkerWaitForATriggerWithoutADeadline() throws CaptureRefused {
    Job job = job("web", "1", "trigger: {reason: NETFILTER_DROP, rate: 100, window: 10s}");

    assertThat(environment(job))
        .containsEntry("CAPTURE_TRIGGER_REASON", "NETFILTER_DROP")
        .containsEntry("CAPTURE_TRIGGER_RATE", "100")
        .containsEntry("CAPTURE_TRIGGER_WINDOW", "10s")
        .containsEntry("CAPTURE_FLOWS", "ip=10.0.0.1")
        .containsEntry("CAPTURE_COMMENTS", "true");
    assertThat(job.getSpec().getActiveDeadlineSeconds()).isNull();
    assertThat(job("web", "1", "").getSpec().getActiveDeadlineSeconds()).isEqualTo(1_830);
  }

  @Test
  void shouldNameAJobByRunAndNodeSoThatItIsMadeOnce() throws CaptureRefused {
    String name = job("a.b", "1", "").getMetadata().getName();

    assertThat(name)
        .matches("a-b-[0-9a-f]{8}")
        .isEqualTo(job("a.b", "1", "").getMetadata().getName());
    assertThat(job("a.b", "2", "").getMetadata().getName()).isNotEqualTo(name);
    assertThat(job("x".repeat(63), "1", "").getMetadata().getName()).hasSizeLessThanOrEqualTo(63);
    assertThatExceptionOfType(CaptureRefused.class)
        .isThrownBy(() -> job("x".repeat(64), "1", ""))
        .withMessageContaining("63 characters");
  }

  @Test
  void shouldMountTheBaseDirectoryAtItsOwnPlaceSoThatTheStatusNamesTheNodesPath()
      throws CaptureRefused {
    var pod = job("web", "1", "").getSpec().getTemplate().getSpec();

    assertThat(pod.getVolumes().getFirst().getHostPath().getPath()).isEqualTo("/base");
    assertThat(pod.getContainers().getFirst().getVolumeMounts().getFirst().getMountPath())
        .isEqualTo("/base");
    assertThat(
            pod.getAffinity()
                .getNodeAffinity()
                .getRequiredDuringSchedulingIgnoredDuringExecution()
                .getNodeSelectorTerms()
                .getFirst()
                .getMatchFields()
                .getFirst()
                .getValues())
        .containsExactly("node-1.example");
  }
}
