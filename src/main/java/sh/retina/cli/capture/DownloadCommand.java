package sh.retina.cli.capture;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.cli.Cluster;
import sh.retina.cli.Console;
import sh.retina.crd.CaptureStatus;
import sh.retina.job.HelperPods;
import sh.retina.job.JobSettings;

/** Brings files of captures here: from nodes by a pod, from a blob container by its URL. */
@Command(
    name = "download",
    description = "Brings files of captures here, and compares them with what was recorded.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  kubectl retina capture download --name web -o ./files",
      "  kubectl retina capture download --all -A",
      "  kubectl retina capture download --name web --blob-url 'https://acct.blob.core.windows.net/c?sv=…'"
    })
final class DownloadCommand implements Callable<Integer> {
  private static final String HOST_PATH = "hostPath";

  @Mixin private ClusterOptions cluster = new ClusterOptions();
  @Mixin private Image image = new Image();

  @Option(names = "--name", paramLabel = "NAME", description = "Of the capture.")
  private @Nullable String name;

  @Option(
      names = "--blob-url",
      paramLabel = "URL",
      description = "Of a blob container, with its SAS; instead of the nodes.")
  private @Nullable String blobUrl;

  @Option(
      names = "--s3-url",
      paramLabel = "URL",
      description = "Of one object, signed; instead of the nodes.")
  private @Nullable String s3Url;

  @Option(names = "--all", description = "Every capture of the namespace.")
  private boolean all;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "With --all: of all namespaces.")
  private boolean everywhere;

  @Option(
      names = "--host-path-base-dir",
      paramLabel = "DIR",
      description = "As the capture had it. Default: " + JobSettings.HOST_PATH_BASE + ".")
  private String hostPathBase = JobSettings.HOST_PATH_BASE;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where to; files are in a directory of the capture's name. Default: .")
  private Path output = Path.of(".");

  @Override
  public Integer call() throws InterruptedException {
    if (blobUrl != null) {
      return BlobDownload.run(blobUrl, name == null ? "" : name, output);
    }
    if (s3Url != null) {
      return BlobDownload.one(s3Url, name == null ? output : output.resolve(name));
    }
    if (all == (name != null)) {
      throw CliException.usage("which capture? --name or --all");
    }
    if (everywhere && !all) {
      throw CliException.usage("--all-namespaces goes with --all");
    }
    try (KubernetesClient client = cluster.connect()) {
      String namespace = everywhere ? null : cluster.namespace(client);
      return download(client, JobView.all(client, namespace, name));
    } catch (KubernetesClientException e) {
      throw CliException.failed(Cluster.reason(e));
    }
  }

  private int download(KubernetesClient client, List<JobView> jobs) throws InterruptedException {
    if (jobs.isEmpty()) {
      throw CliException.failed("there is no such capture: see kubectl retina capture list -A");
    }
    Map<String, List<Wanted>> byNode = new TreeMap<>();
    int missing = 0;
    for (JobView job : jobs) {
      if (!job.isOver()) {
        Console.complain(
            "node %s: capture %s is not over: it is %s"
                .formatted(job.node(), job.capture(), job.state()));
        missing++;
        continue;
      }
      for (CaptureStatus.File file : job.outputs()) {
        if (HOST_PATH.equals(file.type()) && file.error() == null && file.location() != null) {
          byNode
              .computeIfAbsent(job.node(), _ -> new ArrayList<>())
              .add(new Wanted(job, file, place(job, file.location())));
        }
      }
    }
    if (byNode.isEmpty()) {
      throw CliException.failed(
          "no file is on a node: they are where kubectl retina capture list -o yaml says");
    }
    HelperPods pods = new HelperPods(JobSettings.ofImage(image.find(client), hostPathBase));
    for (Map.Entry<String, List<Wanted>> one : byNode.entrySet()) {
      JobView first = one.getValue().getFirst().job();
      try (HelperPod pod =
          HelperPod.start(client, pods.reader(first.namespace(), first.capture(), one.getKey()))) {
        for (Wanted wanted : one.getValue()) {
          missing += fetch(pod, wanted) ? 0 : 1;
        }
      } catch (CliException e) {
        Console.complain(String.valueOf(e.getMessage()));
        missing += one.getValue().size();
      }
    }
    return missing == 0 ? 0 : 1;
  }

  /** A file, and its place here. */
  private record Wanted(JobView job, CaptureStatus.File file, Path place) {}

  /** The last part of the name only: nothing leads out of the directory. */
  private Path place(JobView job, String location) {
    Path directory = everywhere ? output.resolve(job.namespace()) : output;
    return directory.resolve(job.capture()).resolve(Path.of(location).getFileName().toString());
  }

  private boolean fetch(HelperPod pod, Wanted wanted) throws InterruptedException {
    String location = String.valueOf(wanted.file().location());
    try (PartFile part = PartFile.create(wanted.place())) {
      int code =
          pod.run(part.stream(), "capture", "send", "--directory=" + hostPathBase, "--", location);
      if (code != 0) {
        Console.complain("node %s: %s was not sent".formatted(wanted.job().node(), location));
        return false;
      }
      part.complete(wanted.file().size(), wanted.file().sha256());
      Console.answer(wanted.place().toString());
      return true;
    } catch (IOException e) {
      Console.complain("node %s: %s".formatted(wanted.job().node(), e.getMessage()));
      return false;
    }
  }
}
