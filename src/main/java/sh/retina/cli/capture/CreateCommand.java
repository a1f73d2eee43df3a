package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.cli.Cluster;
import sh.retina.cli.ClusterOptions;
import sh.retina.cli.Console;
import sh.retina.crd.CaptureSpec;
import sh.retina.job.CaptureJobs;
import sh.retina.job.CaptureRefused;
import sh.retina.job.JobSettings;
import sh.retina.job.NodeTarget;

/** Begins a capture: a Job on each node, made with the rights of who calls. */
@Command(
    name = "create",
    description = "Records packets of nodes or pods into files.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  kubectl retina capture create --name web --pod-selectors app=web --namespace-selectors team=shop",
      "  kubectl retina capture create --node-names node-1,node-2 --duration 30s --wait",
      "  kubectl retina capture create --schedule '*/30 * * * *' --node-selectors pool=edge"
    })
final class CreateCommand implements Callable<Integer> {
  private static final int TTL_SECONDS = 300;

  @Mixin private ClusterOptions cluster = new ClusterOptions();
  @Mixin private TargetOptions target = new TargetOptions();
  @Mixin private RecordOptions record = new RecordOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private Image image = new Image();
  @Mixin private Printed printed = new Printed();

  @Option(names = "--name", paramLabel = "NAME", description = "Default: retina-capture.")
  private String name = CaptureCommand.NAME;

  @Option(names = "--job-num-limit", paramLabel = "N", description = "No more nodes; 0: any.")
  private int jobLimit;

  @Option(
      names = "--no-wait",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Do not wait for the end. Default: true.")
  private boolean noWait = true;

  @Option(names = "--wait", description = "Wait for the end, show progress, print the files.")
  private boolean wait;

  @Option(
      names = "--cleanup-after-upload",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Jobs go once the files are at a place off the node.")
  private boolean cleanUp;

  @Option(
      names = "--schedule",
      paramLabel = "CRON",
      description = "At each time of it, UTC; makes a Capture, which the operator follows.")
  private @Nullable String schedule;

  @Option(names = "--debug", hidden = true, arity = "0..1", fallbackValue = "true")
  private boolean debug;

  @Override
  public Integer call() throws InterruptedException {
    output.check();
    CaptureSpec.Configuration configuration = record.configuration(target.target());
    if (record.hasPrinted()) {
      Console.complain(
          "switches of what tcpdump prints have no effect: files hold packets, and nothing is printed");
    }
    if (debug) {
      Console.complain("--debug has no effect: set the image by --image or RETINA_AGENT_IMAGE");
    }
    try (KubernetesClient client = cluster.connect()) {
      String namespace = cluster.namespace(client);
      if (schedule != null) {
        return new Scheduled(client, namespace, name)
            .create(configuration, output, schedule, cleanUp, printed);
      }
      return create(client, namespace, configuration);
    } catch (CaptureRefused e) {
      throw CliException.failed(String.valueOf(e.getMessage()));
    } catch (KubernetesClientException e) {
      throw CliException.failed(Cluster.reason(e));
    }
  }

  private int create(
      KubernetesClient client, String namespace, CaptureSpec.Configuration configuration)
      throws CaptureRefused, InterruptedException {
    List<NodeTarget> nodes = target.resolve(client, namespace);
    if (jobLimit > 0 && nodes.size() > jobLimit) {
      throw CliException.failed(
          "the target is %d nodes, and --job-num-limit is %d".formatted(nodes.size(), jobLimit));
    }
    CaptureJobs jobs =
        new CaptureJobs(JobSettings.ofImage(image.find(client), output.hostPathBase()));
    List<Secret> secrets = output.secrets(client, namespace, name);
    List<Job> made = new ArrayList<>();
    boolean done = false;
    Duration duration;
    try {
      CaptureSpec spec =
          new CaptureSpec(configuration, output.output(secrets), cleanUp, null, null, null, null);
      duration = CaptureJobs.duration(spec);
      CaptureJobs.Identity identity =
          new CaptureJobs.Identity(namespace, name, UUID.randomUUID().toString(), null);
      List<Job> wanted = new ArrayList<>();
      for (NodeTarget node : nodes) {
        wanted.add(withTtl(jobs.of(identity, spec, node)));
      }
      wanted.forEach(job -> made.add(client.resource(job).create()));
      OutputOptions.own(client, secrets, made);
      done = true;
    } finally {
      if (!done) {
        delete(client, made, secrets);
      }
    }
    return waits() ? await(client, made, secrets, duration) : show(made);
  }

  private boolean waits() {
    return wait || !noWait;
  }

  private Job withTtl(Job job) {
    if (waits() || !cleanUp || output.isOnNode()) {
      return job;
    }
    return new JobBuilder(job)
        .editSpec()
        .withTtlSecondsAfterFinished(TTL_SECONDS)
        .endSpec()
        .build();
  }

  private int show(List<Job> made) {
    printed.jobs(
        made.stream().map(job -> JobView.of(job, null)).toList(), Clock.systemUTC().instant());
    if (printed.isTable()) {
      Console.tell(
          "Recording. See: kubectl retina capture list; kubectl retina capture download --name "
              + name);
    }
    return 0;
  }

  private int await(
      KubernetesClient client, List<Job> made, List<Secret> secrets, @Nullable Duration duration)
      throws InterruptedException {
    List<JobView> over = new CaptureWait(client, name, made, duration).await();
    printed.files(over);
    over.stream()
        .filter(job -> !job.message().isEmpty())
        .forEach(job -> Console.complain("node " + job.node() + ": " + job.message()));
    boolean failed = over.stream().anyMatch(job -> !job.isOver() || job.isFailed());
    if (over.stream().allMatch(JobView::isOver)) {
      // What is on nodes is found by its Job: it stays for a download.
      delete(client, output.isOnNode() ? List.of() : made, secrets);
    }
    return failed ? 1 : 0;
  }

  private static void delete(KubernetesClient client, List<Job> jobs, List<Secret> secrets) {
    jobs.forEach(
        job -> client.resource(job).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete());
    secrets.forEach(secret -> client.resource(secret).delete());
  }
}
