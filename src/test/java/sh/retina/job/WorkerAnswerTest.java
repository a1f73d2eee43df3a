package sh.retina.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sh.retina.crd.CaptureStatus;

class WorkerAnswerTest {
  private static final String SHA = "ab".repeat(32);

  @Test
  void shouldReadOutputsAndTheirFaults() {
    WorkerAnswer answer =
        WorkerAnswer.of(
            "n1",
            """
            {"state":"Failed","reason":"s3Upload: no such bucket","trigger":"X, 1","warning":"no agent","packets":7,
             "kernel":{"received":9,"dropped":2},"unknown":{"a":[1]},
             "outputs":[
              {"type":"hostPath","location":"/var/log/a.pcapng","size":12,"sha256":"%s"},
              {"type":"s3Upload","location":"s3://b/a.pcapng","error":"no such bucket"},
              {"type":"elsewhere","location":"x"}]}
            """
                .formatted(SHA));

    assertThat(answer.reason()).isEqualTo("s3Upload: no such bucket");
    assertThat(answer.trigger()).isEqualTo("X, 1");
    assertThat(answer.warning()).isEqualTo("no agent");
    assertThat(answer.packets()).isEqualTo(7);
    assertThat(answer.dropped()).isEqualTo(2);
    assertThat(answer.outputs())
        .containsExactly(
            new CaptureStatus.File("n1", "hostPath", "/var/log/a.pcapng", 12L, SHA, null),
            new CaptureStatus.File(
                "n1", "s3Upload", "s3://b/a.pcapng", null, null, "no such bucket"));
  }

  @Test
  void shouldTakeFilesForThoseOfTheHostPathWhereThereAreNoOutputs() {
    assertThat(
            WorkerAnswer.of(
                    "n1", "{\"files\":[{\"path\":\"/a\",\"size\":1,\"sha256\":\"" + SHA + "\"}]}")
                .outputs())
        .containsExactly(new CaptureStatus.File("n1", "hostPath", "/a", 1L, SHA, null));
  }

  @Test
  void shouldTakeWordsForTheReason() {
    assertThat(WorkerAnswer.of("n1", "retina: no such option").reason())
        .isEqualTo("retina: no such option");
    assertThat(WorkerAnswer.of("n1", "{\"half\":").reason()).isEqualTo("{\"half\":");
    assertThat(WorkerAnswer.of("n1", null).reason()).isEmpty();
    assertThat(WorkerAnswer.of("n1", "x".repeat(9_000)).reason()).hasSizeLessThan(1_100);
  }
}
