package sh.retina.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import sh.retina.Command;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real kube-apiserver with its etcd on loopback, as {@code bin/kube-apiserver} starts it: RBAC is
 * on, there are no controllers. A test that wants one is skipped, with the reason, where it was
 * never built; a build that is under way is waited for.
 */
public final class ApiServer implements AutoCloseable {
  private static final Duration BUILD = Duration.ofMinutes(20);
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static @Nullable ApiServer shared;

  private final Path directory;
  private final int port;
  private final int etcdPort;
  private final List<String> options;

  private ApiServer(Path directory, int port, int etcdPort, List<String> options) {
    this.directory = directory;
    this.port = port;
    this.etcdPort = etcdPort;
    this.options = options;
  }

  /**
   * The one that tests share that neither stop it nor load it: each uses namespaces of its own.
   * Ends with the JVM.
   */
  public static synchronized ApiServer shared() {
    ApiServer server = shared;
    if (server == null) {
      try {
        Path directory = Files.createTempDirectory("retina-kubernetes-");
        server = start(directory);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      shared = server;
      Runtime.getRuntime().addShutdownHook(new Thread(server::discard));
    }
    return server;
  }

  /**
   * One of the test's own, that it may stop and kill. Ready when this returns.
   *
   * @param directory for its state; closing it leaves the files
   * @param options of {@code bin/kube-apiserver start}, such as {@code --audit} and, after {@code
   *     --}, those of kube-apiserver
   */
  public static ApiServer start(Path directory, String... options) {
    ServerScript.Answer path = ServerScript.run(BUILD, "path");
    Assumptions.assumeTrue(path.isWell(), path.text());
    int port = freePort(1);
    ApiServer server = new ApiServer(directory, port, freePort(2), Arrays.asList(options));
    server.start();
    return server;
  }

  /** Starts what is down; returns when it is ready. State and port are as before. */
  public void start() {
    List<String> command = new ArrayList<>(List.of("start", directory.toString()));
    command.addAll(List.of("--port", "" + port, "--etcd-port", "" + etcdPort));
    command.addAll(options);
    ServerScript.require(command.toArray(String[]::new));
  }

  /** Asks both to end, and waits. */
  public void stop() {
    ServerScript.require("stop", directory.toString());
  }

  /** SIGKILL to the API server; etcd goes on. Returns when the process is gone. */
  public void kill() {
    ProcessHandle process = process().orElseThrow(() -> new AssertionError("it does not run"));
    process.destroyForcibly();
    await(process);
  }

  /**
   * Kills and starts it: ends watches and sessions of TLS, which go on without another look at a
   * token or a certificate, and what it remembers of them.
   */
  public void restart() {
    kill();
    start();
  }

  /** As a program that hangs, or a network that parts: it keeps its connections, and is silent. */
  public void suspend() {
    Command.signal("STOP", pid());
  }

  /** Ends {@link #suspend}. */
  public void resume() {
    Command.signal("CONT", pid());
  }

  private long pid() {
    return process().orElseThrow(() -> new AssertionError("it does not run")).pid();
  }

  java.util.Optional<ProcessHandle> process() {
    try {
      String pid = Files.readString(directory.resolve("apiserver.pid")).strip();
      return ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive);
    } catch (IOException e) {
      return java.util.Optional.empty();
    }
  }

  public String url() {
    return "https://127.0.0.1:" + port;
  }

  /** The authority that signed the server's certificate, PEM. */
  public Path authority() {
    return directory.resolve("pki/ca.crt");
  }

  /** Of an administrator. */
  public Path kubeconfig() {
    return directory.resolve("kubeconfig");
  }

  /** What the API server was asked, a JSON object a line; needs the option {@code --audit}. */
  public Path auditLog() {
    return directory.resolve("log/audit.log");
  }

  /** A client of an administrator; the caller closes it. */
  public KubernetesClient client() {
    return client(kubeconfig());
  }

  /** The same, which takes whatever certificate the server has. */
  public KubernetesClient clientOfAny() {
    return client(true);
  }

  private KubernetesClient client(boolean trustsAll) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(Config.fromKubeconfig(kubeconfig().toFile()))
                .withTrustCerts(trustsAll)
                .withRequestRetryBackoffLimit(0)
                .build())
        .build();
  }

  /** A client by a kubeconfig; the caller closes it. */
  public KubernetesClient client(Path kubeconfig) {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
        .build();
  }

  /** Runs kubectl as an administrator; what it printed. */
  public String kubectl(String... words) {
    List<String> command =
        new ArrayList<>(List.of(kubectlProgram(), "--kubeconfig=" + kubeconfig()));
    command.addAll(List.of(words));
    return ServerScript.execute(PATIENCE, command).orFail();
  }

  /** Where kubectl is. A test that wants one is skipped where it was never built. */
  public static String kubectlProgram() {
    ServerScript.Answer program = ServerScript.run(BUILD, "kubectl");
    Assumptions.assumeTrue(program.isWell(), program.text());
    return program.text();
  }

  /**
   * A token of a service account, which is made where it is not there. It may live for less than
   * the ten minutes that the API grants at least; the API server believes what it saw for ten
   * seconds more.
   */
  public String token(String namespace, String serviceAccount, Duration life) {
    try (KubernetesClient client = clientOfAny()) {
      return tokens().issue(client, namespace, serviceAccount, life);
    }
  }

  /**
   * All tokens of an account so far end, as it does; the server believes what it saw until then.
   */
  public void revokeTokens(String namespace, String serviceAccount) {
    try (KubernetesClient client = clientOfAny()) {
      client.serviceAccounts().inNamespace(namespace).withName(serviceAccount).delete();
    }
    restart();
  }

  private ServiceAccountTokens tokens() {
    return new ServiceAccountTokens(directory.resolve("pki/sa.key"));
  }

  /** Another certificate for the server, which takes it while it runs; of the authority of now. */
  public void serve(Duration life) {
    ServerScript.require("serving", directory.toString(), String.valueOf(life.toSeconds()));
  }

  /** Another certificate of another authority, which is returned, PEM. */
  public Path serveByAnother(Duration life) {
    ServerScript.require(
        "serving", directory.toString(), String.valueOf(life.toSeconds()), "another");
    return directory.resolve("pki/another.crt");
  }

  /** Whether a new connection takes the certificate, by the authority that it had at first. */
  public boolean isTrusted() {
    try (KubernetesClient fresh = client(false)) {
      return fresh.getKubernetesVersion() != null;
    } catch (KubernetesClientException e) {
      return false;
    }
  }

  /** Whether who it does not know asks: 401. */
  public boolean isRefused(Path kubeconfig) {
    try (KubernetesClient other = client(kubeconfig)) {
      other.namespaces().list();
      return false;
    } catch (KubernetesClientException e) {
      return e.getCode() == 401;
    }
  }

  /** A kubeconfig that carries a token. */
  public Path kubeconfigWithToken(String token) {
    return write(Map.of("token", token));
  }

  /** A kubeconfig that names a file with a token, which may be replaced. */
  public Path kubeconfigWithTokenFile(Path token) {
    return write(Map.of("tokenFile", token.toAbsolutePath().toString()));
  }

  /** A kubeconfig with a client certificate that ends after the given time. */
  public Path kubeconfigWithCertificate(String user, String group, Duration life) {
    ServerScript.require(
        "client", directory.toString(), user, group, String.valueOf(life.toSeconds()));
    Path pki = directory.resolve("pki");
    return write(
        Map.of(
            "client-certificate", pki.resolve(user + ".crt").toString(),
            "client-key", pki.resolve(user + ".key").toString()));
  }

  @Override
  public void close() {
    stop();
  }

  private void discard() {
    stop();
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path write(Map<String, Object> user) {
    Map<String, Object> config =
        Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Config",
            "current-context",
            "test",
            "clusters",
            List.of(
                Map.of(
                    "name",
                    "test",
                    "cluster",
                    Map.of("server", url(), "certificate-authority", authority().toString()))),
            "users",
            List.of(Map.of("name", "user", "user", user)),
            "contexts",
            List.of(Map.of("name", "test", "context", Map.of("cluster", "test", "user", "user"))));
    try {
      Path file = Files.createTempFile(directory, "kubeconfig-", "");
      return Files.writeString(file, JsonMapper.shared().writeValueAsString(config));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Below the range that the kernel gives to connections, so that it stays free. */
  private static int freePort(int neighbours) {
    Random random = new Random();
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = 20_000 + random.nextInt(12_000);
      if (IntStream.range(port, port + neighbours).allMatch(ApiServer::isFree)) {
        return port;
      }
    }
    throw new AssertionError("no free port");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static void await(ProcessHandle process) {
    try {
      process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError(process + " goes on", e);
    }
  }
}
