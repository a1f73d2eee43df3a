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
import sh.retina.cli.ClusterOptions;
import sh.retina.cli.Console;
import sh.retina.crd.CaptureStatus;
import sh.retina.job.HelperPods;
import sh.retina.job.JobSettings;

/** Brings files of captures here: from nodes by a pod, from stores by their keys or URLs. */
@Command(
    name = "download",
    description = "Brings files of captures here, and compares them with what was recorded.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  kubectl retina capture download --name web -o ./files",
      "  kubectl retina capture download --all -A",
      "  kubectl retina capture download --name web --s3-bucket packets --s3-access-key-id ID --s3-secret-access-key KEY",
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

  @Mixin private S3Options s3 = new S3Options();

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
    s3.check();
    if (s3.isGiven()) {
      return ofBucket();
    }
    if (all == (name != null)) {
      throw CliException.usage("which capture? --name or --all");
    }
    if (everywhere && !all) {
      throw CliException.usage("--all-namespaces goes with --all");
    }
    try (KubernetesClient client = cluster.connect()) {
      String namespace = everywhere ? null : cluster.namespace(client);
      return download(client, namespace, JobView.all(client, namespace, name));
    } catch (KubernetesClientException e) {
      throw CliException.failed(Cluster.reason(e));
    }
  }

  private int ofBucket() {
    try (S3Download download = S3Download.open(s3.upload(""), s3.secret())) {
      List<String> keys = download.keys(name == null ? "" : name);
      if (keys.isEmpty()) {
        throw CliException.failed(
            "no file " + (name == null ? "" : "that begins with '" + name + "' ") + "is there");
      }
      for (String key : keys) {
        Path place =
            output.resolve(name == null ? "captures" : name).resolve(StoredFiles.name(key));
        download.fetch(key, place, null, null);
        Console.answer(place.toString());
      }
      return 0;
    } catch (IOException e) {
      throw CliException.failed(String.valueOf(e.getMessage()));
    }
  }

  private int download(KubernetesClient client, @Nullable String namespace, List<JobView> jobs)
      throws InterruptedException {
    if (jobs.isEmpty()) {
      throw CliException.failed("there is no such capture: see kubectl retina capture list -A");
    }
    Map<String, List<Wanted>> byNode = new TreeMap<>();
    List<Wanted> stored = new ArrayList<>();
    int missing = 0;
    for (JobView job : jobs) {
      if (!job.isOver()) {
        Console.complain(
            "node %s: capture %s is not over: it is %s"
                .formatted(job.node(), job.capture(), job.state()));
        missing++;
        continue;
      }
      for (CaptureStatus.File file : StoredFiles.nearest(job.outputs())) {
        Wanted wanted = new Wanted(job, file, place(job, String.valueOf(file.location())));
        if (HOST_PATH.equals(file.type())) {
          byNode.computeIfAbsent(job.node(), _ -> new ArrayList<>()).add(wanted);
        } else {
          stored.add(wanted);
        }
      }
    }
    if (byNode.isEmpty() && stored.isEmpty()) {
      throw CliException.failed("no file is anywhere: see kubectl retina capture list -o yaml");
    }
    if (!byNode.isEmpty()) {
      missing += fromNodes(client, byNode);
    }
    if (!stored.isEmpty()) {
      missing += fromStores(new StoredFiles(client, namespace, name, s3), stored);
    }
    return missing == 0 ? 0 : 1;
  }

  /** How many did not come. */
  private static int fromStores(StoredFiles files, List<Wanted> wanted)
      throws InterruptedException {
    int missing = 0;
    for (Wanted one : wanted) {
      try {
        files.fetch(one.job(), one.file(), one.place());
        Console.answer(one.place().toString());
      } catch (IOException e) {
        Console.complain("node %s: %s".formatted(one.job().node(), e.getMessage()));
        missing++;
      }
    }
    return missing;
  }

  /** How many did not come. */
  private int fromNodes(KubernetesClient client, Map<String, List<Wanted>> byNode)
      throws InterruptedException {
    int missing = 0;
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
    return missing;
  }

  /** A file, and its place here. */
  private record Wanted(JobView job, CaptureStatus.File file, Path place) {}

  /** The last part of the name only: nothing leads out of the directory. */
  private Path place(JobView job, String location) {
    Path directory = everywhere ? output.resolve(job.namespace()) : output;
    return directory.resolve(job.capture()).resolve(StoredFiles.name(location));
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
