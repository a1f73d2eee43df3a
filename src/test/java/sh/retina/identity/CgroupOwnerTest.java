package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupOwnerTest {
  private static final String UID = "0c5a1f0e-7b2d-4c3e-9f10-a1b2c3d4e5f6";
  private static final String SLICE_UID = UID.replace('-', '_');
  private static final String ID = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @ValueSource(
      strings = {
        // systemd
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podUIDS.slice/cri-containerd-ID.scope",
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podUIDS.slice/crio-ID.scope",
        "/kubepods.slice/kubepods-podUIDS.slice/docker-ID.scope",
        "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-podUIDS.slice/cri-containerd-ID.scope",
        "/kubepods.slice/kubepods-podUIDS.slice/crio-ID.scope/container",
        "/system.slice/containerd.service/kubepods-burstable-podUIDS.slice:cri-containerd:ID",
        // cgroupfs
        "/kubepods/burstable/podUID/ID",
        "/kubepods/besteffort/podUID/crio-ID",
        "/kubepods/podUID/ID/init.scope",
        "/docker/feedbeef/kubelet/kubepods/burstable/podUID/ID",
      })
  void shouldKnowPodAndContainer(String path) {
    assertThat(CgroupOwner.ofPath(filled(path))).contains(new CgroupOwner(UID, ID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/kubepods.slice/kubepods-podUIDS.slice",
        "/kubepods/burstable/podUID",
        "/kubepods.slice/kubepods-podUIDS.slice/crio-conmon-ID.scope",
      })
  void shouldKnowThePodAlone(String path) {
    assertThat(CgroupOwner.ofPath(filled(path))).contains(new CgroupOwner(UID, ""));
  }

  @Test
  void shouldKnowStaticPodsByTheirDigest() {
    String digest = "fedcba9876543210".repeat(2);

    assertThat(
            CgroupOwner.ofPath(
                "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod"
                    + digest
                    + ".slice/cri-containerd-"
                    + ID
                    + ".scope"))
        .contains(new CgroupOwner(digest, ID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "",
        "/system.slice/sshd.service",
        "/kubepods.slice/kubepods-burstable.slice",
        "/user.slice/podUID/ID",
        "/kubepods/burstable/podUIDx/ID",
        "/kubepods/burstable/pod1234/ID",
        "/docker/ID",
      })
  void shouldKnowWhatIsNoPods(String path) {
    assertThat(CgroupOwner.ofPath(filled(path))).isEmpty();
  }

  @Test
  void shouldReadAsText() {
    assertThat(new CgroupOwner(UID, ID)).hasToString("pod/" + UID + "/" + ID);
    assertThat(new CgroupOwner(UID, "")).hasToString("pod/" + UID);
  }

  private static String filled(String path) {
    return path.replace("UIDS", SLICE_UID).replace("UID", UID).replace("ID", ID);
  }
}
