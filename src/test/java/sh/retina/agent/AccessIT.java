package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.cli.Cli;
import sh.retina.helm.Helm;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.Rights;

/** Flows beyond loopback, by tokens of a real API server and over TLS. */
@RequiresKernel
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessIT {
  private static final String NAMESPACE = "retina";
  private static final String FLOWS = "/flows?last=1";

  private Path directory;
  private ApiServer server;
  private KubernetesClient admin;
  private TestAuthority authority;
  private RunningAgent agent;
  private String reader;
  private String stranger;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    this.directory = directory;
    authority = new TestAuthority(directory.resolve("tls"));
    server = ApiServer.start(directory.resolve("api"));
    admin = server.client();
    Duration life = Duration.ofHours(1);
    String own = server.token(NAMESPACE, "retina-agent", life);
    reader = server.token(NAMESPACE, "reader", life);
    stranger = server.token(NAMESPACE, "stranger", life);
    Rights.grant(admin, Helm.CHART.resolve("rbac/agent.yaml"), NAMESPACE, "retina-agent")
        .and(admin, Helm.CHART.resolve("rbac/agent-access.yaml"), NAMESPACE);
    admin
        .resource(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName("flow-reader")
                .endMetadata()
                .withRules(
                    new PolicyRuleBuilder()
                        .withNonResourceURLs("/", "/page/*", "/flows", "/actuator/health/details")
                        .withVerbs("get")
                        .build())
                .build())
        .create();
    admin
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName("flow-reader")
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "flow-reader")
                .addNewSubject("", "ServiceAccount", "reader", NAMESPACE)
                .build())
        .create();
    agent =
        new RunningAgent(
            List.of(
                "agent",
                "--retina.http.port=0",
                "--retina.http.access=kubernetes",
                "--retina.http.tls.certificate=" + authority.certificate(),
                "--retina.http.tls.key=" + authority.key(),
                "--retina.kubernetes.kubeconfig=" + server.kubeconfigWithToken(own),
                "--retina.journal.directory=" + directory.resolve("journal"),
                "--retina.plugins=linuxutil"));
  }

  @Test
  void shouldServeWhomTheApiServerKnowsAndAllows() {
    assertThat(status(FLOWS, "")).isEqualTo(401);
    assertThat(status(FLOWS, "nonsense")).isEqualTo(401);
    assertThat(status(FLOWS, reader + "x")).as("a broken signature").isEqualTo(401);
    assertThat(status(FLOWS, stranger)).isEqualTo(403);
    assertThat(status(FLOWS, reader)).isEqualTo(200);
    assertThat(status("/actuator/info", reader)).as("not granted").isEqualTo(403);
    assertThat(status("/metrics", "")).isEqualTo(200);
  }

  /** A browser brings no token of its own; whoever fetches the page otherwise needs one. */
  @Test
  void shouldServeThePageToWhomMay() {
    for (String path : List.of("/", "/page/page.js")) {
      assertThat(status(path, "")).as(path).isEqualTo(401);
      assertThat(status(path, stranger)).as(path).isEqualTo(403);
      assertThat(status(path, reader)).as(path).isEqualTo(200);
    }
    assertThat(authority.get(agent.port(), "/", reader).body()).contains("/page/page.js");
  }

  @Test
  void shouldShowDetailsOfHealthToWhomMay() {
    assertThat(status("/actuator/health/details", "")).isEqualTo(401);
    assertThat(authority.get(agent.port(), "/actuator/health/details", reader).body())
        .contains("\"plugins\"", "linuxutil");
    assertThat(authority.get(agent.port(), "/actuator/health", "").body())
        .doesNotContain("linuxutil");
  }

  @Test
  void shouldLetTheCommandLineInWithATokenFile() throws IOException {
    Path token = Files.writeString(directory.resolve("token"), reader + "\n");
    String url = "https://" + authority.address() + ":" + agent.port();
    String[] words = {
      "observe", "--agent", url, "--certificate-authority", authority.authority().toString()
    };
    assertThat(run(words))
        .isEqualTo(
            "1 retina: "
                + url.substring(8)
                + ": 401 a bearer token of the"
                + " cluster is needed from beyond loopback");
    String[] withToken = Arrays.copyOf(words, words.length + 2);
    withToken[words.length] = "--token-file";
    withToken[words.length + 1] = token.toString();
    assertThat(run(withToken)).isEqualTo("0 ");
    withToken[2] = url.replace("https", "http");
    assertThat(run(withToken)).startsWith("2 retina: --token-file: a token in plain text");
  }

  @Test
  void shouldGoOnWithWhatItKnowsWhileTheApiServerIsAway() {
    assertThat(status(FLOWS, reader)).isEqualTo(200);
    server.kill();
    try {
      assertThat(status(FLOWS, reader)).as("by the answer of before").isEqualTo(200);
      assertThat(status(FLOWS, reader + "y")).isEqualTo(503);
    } finally {
      server.start();
    }
  }

  @Test
  void shouldServeACertificateThatWasReplaced() throws IOException {
    X509Certificate before = served();
    authority.issue();
    X509Certificate now = served();
    for (int i = 0; i < 600 && now.equals(before); i++) {
      LockSupport.parkNanos(100_000_000);
      now = served();
    }
    assertThat(now.getSerialNumber()).isNotEqualTo(before.getSerialNumber());
  }

  private X509Certificate served() throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            authority
                .trusting()
                .getSocketFactory()
                .createSocket(authority.address(), agent.port())) {
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private int status(String path, String token) {
    return authority.get(agent.port(), path, token).statusCode();
  }

  /** Exit code and what went to standard error. */
  private static String run(String... words) {
    PrintStream errors = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      int code = Cli.execute(words);
      // Without what the agent in the same process logs.
      return code
          + " "
          + said.toString(StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.startsWith("retina: "))
              .collect(Collectors.joining("\n"));
    } finally {
      System.setErr(errors);
    }
  }

  @AfterAll
  void stop() {
    if (agent != null) {
      agent.close();
    }
    if (admin != null) {
      admin.close();
      server.close();
    }
  }
}
