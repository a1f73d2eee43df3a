package sh.retina.cli.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import sh.retina.cli.PseudoTerminal;
import sh.retina.cli.Said;
import sh.retina.job.Accounts;
import sh.retina.job.Nodes;
import sh.retina.job.TestKubelet;
import sh.retina.kubernetes.ApiServer;

/**
 * Shells by a real API server, with the rights of docs/cli.md and with less. In place of a kubelet
 * and a container runtime there is {@link sh.retina.job.AttachedShell}, which the API server
 * connects to.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShellIT {
  private static final String NAMESPACE = "cli-shell";
  private static final String STRICT = "cli-shell-strict";
  private static final String NODE = "cli-shell-node";
  private static final String IMAGE = "--image=registry.test/tools:1";
  private static final String LEVEL = "pod-security.kubernetes.io/enforce";
  private static final int CTRL_C = 3;
  private static final int MANY = 20_000_000; // more than the sockets between take, at once

  private final InputStream realInput = System.in;
  private ApiServer server;
  private KubernetesClient admin;
  private TestKubelet kubelet;

  @BeforeAll
  void start() throws Exception {
    server = ApiServer.shared();
    admin = server.client();
    Nodes.namespace(admin, NAMESPACE, Map.of(LEVEL, "privileged"));
    Nodes.namespace(admin, STRICT, Map.of(LEVEL, "restricted"));
    Path pki = server.authority();
    server.kubeconfigWithCertificate(NODE, "system:nodes", Duration.ofHours(1));
    kubelet =
        new TestKubelet(
            admin, NODE, pki.resolveSibling(NODE + ".crt"), pki.resolveSibling(NODE + ".key"));
    Nodes.pod(admin, NAMESPACE, "web", Map.of(), NODE, "10.8.0.1");
    PolicyRule pods = Accounts.rule("pods", "get", "list", "watch", "create", "delete");
    PolicyRule attach = Accounts.rule("pods/attach", "get", "create");
    Accounts.grant(
        admin,
        NAMESPACE,
        "everything",
        pods,
        Accounts.rule("pods/ephemeralcontainers", "patch"),
        attach);
    Accounts.grant(admin, NAMESPACE, "nodes", pods, attach);
    Accounts.grant(admin, NAMESPACE, "unattached", pods);
    Accounts.grant(admin, NAMESPACE, "reader", Accounts.rule("pods", "get", "list", "watch"));
    admin
        .resource(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(NAMESPACE)
                .endMetadata()
                .withRules(Accounts.rule("nodes", "get"))
                .build())
        .create();
    admin
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName(NAMESPACE)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", NAMESPACE)
                .addNewSubject("", "ServiceAccount", "everything", NAMESPACE)
                .build())
        .create();
  }

  private String kubeconfig(String account) {
    return server
        .kubeconfigWithToken(server.token(NAMESPACE, account, Duration.ofHours(1)))
        .toString();
  }

  private String[] words(String kubeconfig, String... given) {
    List<String> words = new ArrayList<>(List.of("shell", "--kubeconfig=" + kubeconfig, IMAGE));
    words.addAll(List.of(given));
    if (!words.contains("-n")) {
      words.addAll(List.of("-n", NAMESPACE));
    }
    return words.toArray(String[]::new);
  }

  private Said as(String account, String... words) {
    return Said.of(words(kubeconfig(account), words));
  }

  /** The same beside the test, with what a pipe brings. */
  private CompletableFuture<Said> piping(String typed, String... words) {
    System.setIn(new ByteArrayInputStream(typed.getBytes(UTF_8)));
    return CompletableFuture.supplyAsync(() -> as("everything", words));
  }

  private List<Pod> shells() {
    return admin
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("retina.sh/app", "shell")
        .list()
        .getItems();
  }

  private Pod awaitPod() {
    for (int i = 0; i < 1_200; i++) {
      List<Pod> pods = shells();
      if (!pods.isEmpty()) {
        return pods.getFirst();
      }
      LockSupport.parkNanos(50_000_000);
    }
    throw new AssertionError("no pod was made");
  }

  private void runPod() {
    kubelet.shell().sayRuns(NAMESPACE, awaitPod().getMetadata().getName(), "retina-shell");
  }

  /** One that was added to the pod, beside those that are known. */
  private EphemeralContainer awaitContainer(String... known) {
    for (int i = 0; i < 1_200; i++) {
      Pod pod = admin.pods().inNamespace(NAMESPACE).withName("web").get();
      for (EphemeralContainer one : pod.getSpec().getEphemeralContainers()) {
        if (!List.of(known).contains(one.getName())) {
          return one;
        }
      }
      LockSupport.parkNanos(50_000_000);
    }
    throw new AssertionError("no container was added");
  }

  private static Said get(CompletableFuture<Said> command) throws Exception {
    return command.get(90, TimeUnit.SECONDS);
  }

  @Test
  void shouldRunAShellOnANodeAndLeaveNothingThere() throws Exception {
    CompletableFuture<Said> command =
        piping(
            "echo said; echo wrong >&2; exit 7\n",
            "node/" + NODE,
            "-m",
            "--host-pid",
            "-c",
            "NET_RAW,cap_sys_admin");
    Pod pod = awaitPod();
    assertThat(pod.getSpec().getContainers().getFirst().getSecurityContext().getCapabilities())
        .satisfies(one -> assertThat(one.getAdd()).containsExactly("NET_RAW", "SYS_ADMIN"));
    assertThat(pod.getSpec().getContainers().getFirst().getVolumeMounts().getFirst().getReadOnly())
        .isTrue();
    runPod();

    Said said = get(command);

    assertThat(said.output()).as(said.errors()).isEqualTo("said\n");
    assertThat(said.errors())
        .contains("container retina-shell of pod " + NAMESPACE + "/retina-shell-", "wrong\n");
    assertThat(said.exitCode()).isEqualTo(7);
    assertThat(shells()).isEmpty();
  }

  @Test
  void shouldBringAPipeWholeToAContainerBesideThoseOfAPod() throws Exception {
    CompletableFuture<Said> first =
        piping("sleep 2; wc -c << END\n" + "x".repeat(MANY) + "\nEND\nfalse", "pod/web");
    EphemeralContainer made = awaitContainer();
    assertThat(made.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(made.getTty()).isNotEqualTo(true);
    kubelet.shell().sayRuns(NAMESPACE, "web", made.getName());

    Said said = get(first);
    assertThat(said.output().strip()).as(said.errors()).isEqualTo("" + (MANY + 1));
    assertThat(said.exitCode()).isEqualTo(1); // that of the last command

    CompletableFuture<Said> second = piping("echo again", "pods/web");
    kubelet.shell().sayRuns(NAMESPACE, "web", awaitContainer(made.getName()).getName());
    assertThat(get(second).output()).isEqualTo("again\n");
    assertThat(admin.pods().inNamespace(NAMESPACE).withName("web").get()).isNotNull();
  }

  @Test
  void shouldSayWhichRightIsMissing() throws Exception {
    assertThat(as("reader", NODE).errors())
        .contains("you may not create pods in namespace " + NAMESPACE, "cannot create resource");
    assertThat(as("nodes", "pod/web").errors())
        .contains("you may not patch pods/ephemeralcontainers in namespace " + NAMESPACE);
    CompletableFuture<Said> unattached =
        CompletableFuture.supplyAsync(() -> as("unattached", NODE));
    runPod();
    assertThat(get(unattached))
        .satisfies(said ->
            assertThat(said.errors())
                .contains("you may not get and create pods/attach in namespace " + NAMESPACE))
        .satisfies(said -> assertThat(said.exitCode()).isEqualTo(1));
    assertThat(shells()).isEmpty();
  }

  @Test
  void shouldNameTheLevelThatANamespaceWants() {
    String admins = server.kubeconfig().toString();

    Said said = Said.of(words(admins, NODE, "-n", STRICT));

    assertThat(said.exitCode()).isEqualTo(1);
    assertThat(said.errors())
        .contains(
            "violates PodSecurity \"restricted:latest\": host namespaces (hostNetwork=true)",
            LEVEL + "=privileged");
    assertThat(admin.pods().inNamespace(STRICT).list().getItems()).isEmpty();
  }

  @Test
  void shouldSayWhyAShellDoesNotRun() throws Exception {
    assertThat(as("everything", "nosuch").errors())
        .contains("there is no node 'nosuch'", "pod/nosuch");
    assertThat(as("everything", "pod/nosuch").errors())
        .contains("there is no pod 'nosuch' in namespace " + NAMESPACE);
    assertThat(as("nodes", NODE, "--timeout=1s").errors())
        .contains("does not run after 1s (--timeout): the kubelet of node " + NODE);
    CompletableFuture<Said> unpulled = piping("", NODE, "--timeout=5m");
    kubelet
        .shell()
        .sayWaits(
            NAMESPACE,
            awaitPod().getMetadata().getName(),
            "retina-shell",
            "ImagePullBackOff",
            "Back-off pulling image \"registry.test/tools:1\"");
    assertThat(get(unpulled).errors())
        .contains("ImagePullBackOff: Back-off pulling image", "--image names another image");
    assertThat(shells()).isEmpty();
  }

  @Test
  void shouldTellWrongWords() {
    String admins = server.kubeconfig().toString();
    for (String[] wrong :
        List.of(
            new String[] {"service/web"},
            new String[] {"pod/web", "--host-pid"},
            new String[] {NODE, "--timeout=soon"},
            new String[] {NODE, "-c", "NET-RAW"},
            new String[] {})) {
      assertThat(Said.of(words(admins, wrong)).exitCode()).as("%s", (Object[]) wrong).isEqualTo(2);
    }
    assertThat(shells()).isEmpty();
  }

  @Test
  void shouldHandKeysToTheShellAndGiveTheTerminalBack() throws Exception {
    Process terminal =
        PseudoTerminal.run(
            "was=$(stty -g); %s; echo \"code=$?\"; [ \"$was\" = \"$(stty -g)\" ] && echo as before"
                .formatted(PseudoTerminal.program(words(kubeconfig("everything"), NODE))));
    runPod();
    PseudoTerminal.until(terminal.getInputStream(), "press Enter.", 1);
    // Sums, as the terminal echoes what is typed.
    type(
        terminal,
        "sh -c 'trap \"echo caught \\$((40+2)); exit\" INT; test -t 0 && echo begun $((40+2));"
            + " while :; do sleep 1; done'\n");
    PseudoTerminal.until(terminal.getInputStream(), "begun 42", 1);
    terminal.getOutputStream().write(CTRL_C);
    terminal.getOutputStream().flush();
    String heard = PseudoTerminal.until(terminal.getInputStream(), "caught 42", 1);
    type(terminal, "exit 3\n");

    String rest = new String(terminal.getInputStream().readAllBytes(), UTF_8);
    assertThat(heard).contains("caught 42");
    assertThat(rest).contains("code=3", "as before");
    assertThat(kubelet.shell().sizes())
        .containsSequence("{\"Width\":73,\"Height\":20}", "{\"Width\":72,\"Height\":20}");
    assertThat(shells()).isEmpty();
  }

  @Test
  void shouldLeaveNothingWhenItIsTold() throws Exception {
    String command = PseudoTerminal.program(words(kubeconfig("everything"), NODE));
    Process waiting = PseudoTerminal.run(command + "; echo \"code=$?\"");
    awaitPod();
    waiting.getOutputStream().write(CTRL_C);
    waiting.getOutputStream().flush();
    assertThat(waiting.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(shells()).isEmpty();

    Process attached =
        PseudoTerminal.run(
            "was=$(stty -g); %s; echo \"code=$?\"; [ \"$was\" = \"$(stty -g)\" ] && echo as before"
                .formatted(command));
    runPod();
    PseudoTerminal.until(attached.getInputStream(), "press Enter.", 1);
    type(attached, "echo he\"\"re\n");
    PseudoTerminal.until(attached.getInputStream(), "here", 1);
    attached
        .descendants()
        .filter(one -> one.info().command().orElse("").endsWith("/java"))
        .forEach(ProcessHandle::destroy);

    assertThat(new String(attached.getInputStream().readAllBytes(), UTF_8))
        .contains("code=143", "as before");
    assertThat(shells()).isEmpty();
  }

  private static void type(Process terminal, String text) throws Exception {
    terminal.getOutputStream().write(text.getBytes(UTF_8));
    terminal.getOutputStream().flush();
  }

  @AfterAll
  void stop() {
    System.setIn(realInput);
    if (kubelet != null) {
      kubelet.close();
    }
    if (admin != null) {
      admin.rbac().clusterRoleBindings().withName(NAMESPACE).delete();
      admin.rbac().clusterRoles().withName(NAMESPACE).delete();
      admin.namespaces().withName(NAMESPACE).delete();
      admin.namespaces().withName(STRICT).delete();
      admin.close();
    }
  }
}
