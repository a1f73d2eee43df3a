package sh.retina.job;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sh.retina.crd.CaptureSpec;

/** The pod that records: in the node's network, with the rights of a reader of packets. */
final class JobPod {
  static final String CONTAINER = "capture";
  private static final String TERMINATION_LOG = "/dev/termination-log";
  private static final String SCRATCH = "/capture";
  private static final String CLAIM = "/mnt/azure";
  static final String BLOB_SECRET = "blob-upload-secret";
  static final String S3_SECRET = "s3-upload-secret";
  private static final String SECRETS = "/etc/";

  private final JobSettings settings;
  private final CaptureSpec spec;
  private final List<Volume> volumes = new ArrayList<>();
  private final List<VolumeMount> mounts = new ArrayList<>();
  private final List<EnvVar> environment = new ArrayList<>();

  JobPod(JobSettings settings, CaptureSpec spec) {
    this.settings = settings;
    this.spec = spec;
  }

  PodSpec on(String node, List<EnvVar> given) {
    environment.addAll(given);
    set("CAPTURE_STATUS_FILE", TERMINATION_LOG);
    set("CAPTURE_AGENT", settings.agent());
    outputs(spec.outputConfiguration());
    return onNode(new PodSpecBuilder(), node, settings)
        .withTerminationGracePeriodSeconds(CaptureJobs.GRACE_SECONDS)
        .withVolumes(volumes)
        .withContainers(container())
        .build();
  }

  /** What every pod of ours on a node has, whatever else is to run there. */
  static PodSpecBuilder onNode(PodSpecBuilder pod, String node, JobSettings settings) {
    return pod.withHostNetwork(true)
        .withDnsPolicy("ClusterFirstWithHostNet")
        .withRestartPolicy("Never")
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withImagePullSecrets(
            settings.pullSecrets().stream().map(LocalObjectReference::new).toList())
        .addNewToleration()
        .withOperator("Exists")
        .endToleration()
        .withNewAffinity()
        .withNewNodeAffinity()
        .withNewRequiredDuringSchedulingIgnoredDuringExecution()
        .addNewNodeSelectorTerm()
        .addNewMatchField()
        .withKey("metadata.name") // the label with the host's name need not be the node's
        .withOperator("In")
        .withValues(node)
        .endMatchField()
        .endNodeSelectorTerm()
        .endRequiredDuringSchedulingIgnoredDuringExecution()
        .endNodeAffinity()
        .endAffinity();
  }

  private void outputs(CaptureSpec.Output output) {
    String hostPath = output.hostPath();
    if (hostPath == null) {
      volumes.add(
          new VolumeBuilder()
              .withName("scratch")
              .withNewEmptyDir()
              .withSizeLimit(new Quantity(settings.scratch()))
              .endEmptyDir()
              .build());
      mount("scratch", SCRATCH, false);
      set("CAPTURE_DIRECTORY", SCRATCH);
    } else {
      volumes.add(
          new VolumeBuilder()
              .withName("hostpath")
              .withNewHostPath(settings.hostPathBase(), "DirectoryOrCreate")
              .build());
      mount("hostpath", settings.hostPathBase(), false);
      set("CAPTURE_DIRECTORY", settings.hostPathBase());
      set("HOSTPATH", hostPath);
    }
    String claim = output.persistentVolumeClaim();
    if (claim != null) {
      volumes.add(
          new VolumeBuilder().withName("pvc").withNewPersistentVolumeClaim(claim, false).build());
      mount("pvc", CLAIM, false);
      set("PERSISTENT_VOLUME_CLAIM", claim);
      set("CAPTURE_CLAIM_DIRECTORY", CLAIM);
    }
    String blob = output.blobUpload();
    if (blob != null) {
      secret(BLOB_SECRET, blob);
      set("CAPTURE_BLOB_URL_FILE", SECRETS + BLOB_SECRET + "/blob-upload-url");
    }
    CaptureSpec.S3Upload s3 = output.s3Upload();
    if (s3 != null) {
      secret(S3_SECRET, s3.secretName());
      set("S3_BUCKET", s3.bucket());
      set("S3_ENDPOINT", s3.endpoint());
      set("S3_REGION", s3.region());
      set("S3_PATH", s3.path());
    }
  }

  /** Optional, so that the worker says what is missing, where a pod would wait for ever. */
  private void secret(String volume, String name) {
    volumes.add(
        new VolumeBuilder()
            .withName(volume)
            .withNewSecret()
            .withSecretName(name)
            .withOptional(true)
            .withDefaultMode(0400)
            .endSecret()
            .build());
    mount(volume, SECRETS + volume, true);
  }

  private void mount(String volume, String path, boolean readOnly) {
    mounts.add(
        new VolumeMountBuilder()
            .withName(volume)
            .withMountPath(path)
            .withReadOnly(readOnly ? true : null)
            .build());
  }

  private void set(String name, @org.jspecify.annotations.Nullable String value) {
    if (value != null && !value.isBlank()) {
      environment.add(new EnvVar(name, value, null));
    }
  }

  private Container container() {
    return restricted(new ContainerBuilder(), settings)
        .withName(CONTAINER)
        .withArgs("capture-worker")
        .withEnv(environment)
        .withVolumeMounts(mounts)
        .withTerminationMessagePath(TERMINATION_LOG)
        .withTerminationMessagePolicy("File")
        .build();
  }

  /** The rights of docs/security.md, and the limits. */
  static ContainerBuilder restricted(ContainerBuilder container, JobSettings settings) {
    return container
        .withImage(settings.image())
        .withImagePullPolicy(settings.pullPolicy())
        .withNewResources()
        .withRequests(quantities(settings.cpuRequest(), settings.memoryRequest()))
        .withLimits(quantities(settings.cpuLimit(), settings.memoryLimit()))
        .endResources()
        .withNewSecurityContext()
        .withRunAsUser(0L)
        .withRunAsGroup(0L)
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .withAdd("NET_ADMIN", "NET_RAW")
        .endCapabilities()
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext();
  }

  private static Map<String, Quantity> quantities(String cpu, String memory) {
    Map<String, Quantity> quantities = new LinkedHashMap<>();
    if (!cpu.isEmpty()) {
      quantities.put("cpu", new Quantity(cpu));
    }
    if (!memory.isEmpty()) {
      quantities.put("memory", new Quantity(memory));
    }
    return quantities;
  }
}
