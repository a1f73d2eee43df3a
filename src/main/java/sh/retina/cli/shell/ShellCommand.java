package sh.retina.cli.shell;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import sh.retina.cli.CliException;
import sh.retina.cli.Cluster;
import sh.retina.cli.ClusterOptions;
import sh.retina.cli.Console;
import sh.retina.cli.Terminal;
import sh.retina.job.Times;

/** A shell with tools of networks, where a tool of ours does not show what is asked. */
@Command(
    name = "shell",
    description = "Opens a shell with network tools on a node or in a pod.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "On a node: a pod in its network, deleted at the end. In a pod: a container beside its own,",
      "which ends with the shell. Root without capabilities, but for those that are named.",
      "Exit code: the shell's.",
      "Examples:",
      "  kubectl retina shell node-1 --capabilities NET_RAW,NET_ADMIN",
      "  kubectl retina shell node-1 --mount-host-filesystem --capabilities SYS_CHROOT",
      "  kubectl retina shell -n shop pod/web-1",
      "  echo 'ss -tan' | kubectl retina shell node-1"
    })
public final class ShellCommand implements Callable<Integer> {
  private static final Pattern TARGET =
      Pattern.compile("(?:(pods?|po|nodes?|no)/)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)");
  private static final Pattern CAPABILITY = Pattern.compile("(?:CAP_)?([A-Z][A-Z0-9_]*)");
  private static final String OS = "kubernetes.io/os";
  private static final int FORBIDDEN = 403;

  @Parameters(paramLabel = "NODE|pod/NAME", description = "Where.")
  private String target = "";

  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Option(names = "--image", paramLabel = "NAME", description = "Instead of the next two.")
  private @Nullable String image;

  @Option(
      names = "--retina-shell-image-repo",
      paramLabel = "NAME",
      defaultValue =
          "${env:RETINA_SHELL_IMAGE_REPO:-mcr.microsoft.com/containernetworking/retina-shell}",
      description = "Default: RETINA_SHELL_IMAGE_REPO, else Retina's own.")
  private String repository = "";

  @Option(
      names = "--retina-shell-image-version",
      paramLabel = "TAG",
      defaultValue = "${env:RETINA_SHELL_IMAGE_VERSION:-v1.2.6}",
      description = "Default: RETINA_SHELL_IMAGE_VERSION, else v1.2.6.")
  private String version = "";

  @Option(
      names = {"-c", "--capabilities"},
      split = ",",
      paramLabel = "NAME",
      description = "Such as NET_ADMIN; several with commas. Default: none.")
  private List<String> capabilities = List.of();

  @Option(
      names = {"-m", "--mount-host-filesystem"},
      description = "The node's files below /host, read-only.")
  private boolean files;

  @Option(
      names = {"-w", "--allow-host-filesystem-write"},
      description = "The same, to be written.")
  private boolean writesFiles;

  @Option(names = "--host-pid", description = "The node's processes.")
  private boolean processes;

  @Option(names = "--seccomp-unconfined", description = "No filter of system calls.")
  private boolean withoutSeccomp;

  @Option(names = "--apparmor-unconfined", description = "No AppArmor profile.")
  private boolean withoutAppArmor;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "Until the shell's container runs. Default: 30s.")
  private String timeout = "30s";

  @Override
  public Integer call() throws InterruptedException {
    Matcher named = TARGET.matcher(target);
    if (!named.matches()) {
      throw CliException.usage("'" + target + "' is neither NODE nor pod/NAME");
    }
    boolean isPod = named.group(1) != null && named.group(1).startsWith("p");
    DebugContainer.Host host = new DebugContainer.Host(processes, files, writesFiles);
    if (isPod && host.isAnything()) {
      throw CliException.usage(
          "--host-pid, --mount-host-filesystem and --allow-host-filesystem-write are for nodes:"
              + " a container in a pod has the pod's");
    }
    Duration patience = patience();
    DebugContainer wanted =
        new DebugContainer(
            image == null ? repository + ":" + version : image,
            Terminal.isThere(),
            capabilities(),
            withoutSeccomp,
            withoutAppArmor);
    try (KubernetesClient client = cluster.connect();
        Session session =
            isPod
                ? inPod(client, cluster.namespace(client), named.group(2), wanted)
                : onNode(client, cluster.namespace(client), named.group(2), wanted, host)) {
      Console.tell(session.name() + " with " + wanted.image());
      session.await(patience);
      if (wanted.isTerminal()) {
        Console.tell("If there is no prompt, press Enter.");
      }
      return session.attach(wanted.isTerminal());
    } catch (KubernetesClientException e) {
      throw CliException.failed(Cluster.reason(e));
    }
  }

  private Duration patience() {
    try {
      return Times.parse(timeout);
    } catch (IllegalArgumentException e) {
      throw CliException.usage("--timeout " + e.getMessage());
    }
  }

  /** As Kubernetes wants them: without CAP_. */
  private List<String> capabilities() {
    List<String> names = new ArrayList<>();
    for (String given : capabilities) {
      Matcher name = CAPABILITY.matcher(given.strip().toUpperCase(Locale.ROOT));
      if (!name.matches()) {
        throw CliException.usage("--capabilities " + given + ": must be such as NET_ADMIN");
      }
      names.add(name.group(1));
    }
    return names;
  }

  private static Session onNode(
      KubernetesClient client,
      String namespace,
      String name,
      DebugContainer wanted,
      DebugContainer.Host host) {
    checkSystem(client, name);
    return Session.onNode(client, wanted.onNode(namespace, name, host));
  }

  /** Who may not look at nodes learns later that there is none, by the timeout. */
  private static void checkSystem(KubernetesClient client, String name) {
    try {
      Node node = client.nodes().withName(name).get();
      if (node == null) {
        throw CliException.failed(
            "there is no node '%1$s': see kubectl get nodes; a pod is pod/%1$s".formatted(name));
      }
      String system = node.getMetadata().getLabels().getOrDefault(OS, "linux");
      if (!system.equals("linux")) {
        throw CliException.failed("node %s runs %s: shells are for Linux".formatted(name, system));
      }
    } catch (KubernetesClientException e) {
      if (e.getCode() != FORBIDDEN) {
        throw e;
      }
    }
  }

  private static Session inPod(
      KubernetesClient client, String namespace, String name, DebugContainer wanted) {
    Pod pod = client.pods().inNamespace(namespace).withName(name).get();
    if (pod == null) {
      throw CliException.failed("there is no pod '%s' in namespace %s".formatted(name, namespace));
    }
    String phase = pod.getStatus().getPhase();
    if (!"Running".equals(phase)) {
      throw CliException.failed(
          "pod %s/%s is %s: a container can only be added to one that runs"
              .formatted(namespace, name, phase));
    }
    return Session.inPod(client, pod, wanted.inPod());
  }
}
