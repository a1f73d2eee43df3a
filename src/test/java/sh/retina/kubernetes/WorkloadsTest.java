package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkloadsTest {
  @ParameterizedTest
  @CsvSource({
    "ReplicaSet, web-5d4f8c7b9, pod-template-hash=5d4f8c7b9, Deployment, web",
    "ReplicaSet, web-a-5d4f8c7b9, rollouts-pod-template-hash=5d4f8c7b9, Rollout, web-a",
    "ReplicaSet, web-5d4f8c7b9, app=web, ReplicaSet, web-5d4f8c7b9",
    "ReplicaSet, -5d4f8c7b9, pod-template-hash=5d4f8c7b9, ReplicaSet, -5d4f8c7b9",
    "Job, report-29401234, a=b, CronJob, report",
    "Job, report-7, a=b, Job, report-7",
    "Job, report-99999999, a=b, Job, report-99999999",
    "StatefulSet, db, a=b, StatefulSet, db",
    "DaemonSet, agent, a=b, DaemonSet, agent",
    "Node, node-1, a=b, '', ''",
    "'', '', a=b, '', ''",
  })
  void shouldFindTheTopOwnerByTheNamesThatControllersGive(
      String kind, String name, String label, String topKind, String topName) {
    assertThat(Workloads.top(kind, name, List.of("app=x", label)))
        .isEqualTo(new Workloads(topKind, topName));
  }
}
