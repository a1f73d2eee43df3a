package sh.retina.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import sh.retina.crd.Crds;
import sh.retina.helm.Helm;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.ClusterObjects;
import sh.retina.kubernetes.Rights;

/**
 * A real API server with our CRDs, and a service account that has the rights which the chart gives
 * the operator.
 *
 * @param client of an administrator, who takes whatever certificate the server has
 */
public record OperatorCluster(
    Path directory, ApiServer server, KubernetesClient client, Rights rights)
    implements AutoCloseable {
  /** Of the service account. */
  public static final String NAMESPACE = "retina";

  public static final String ACCOUNT = "retina-operator";

  /**
   * @param directory for the state of the API server and what a test applies
   * @param options as of {@link ApiServer#start}
   */
  public static OperatorCluster start(Path directory, String... options) throws IOException {
    ApiServer server = ApiServer.start(directory.resolve("api"), options);
    try {
      KubernetesClient client = server.clientOfAny();
      Crds.install(client);
      new ClusterObjects(client, NAMESPACE).namespace(Map.of(), Map.of());
      Path manifest = Helm.CHART.resolve("rbac/operator.yaml");
      return new OperatorCluster(
          directory, server, client, Rights.grant(client, manifest, NAMESPACE, ACCOUNT));
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** An operator in this process; the caller closes it. */
  public RunningOperator operator(String... settings) {
    return new RunningOperator(server, NAMESPACE, ACCOUNT, settings);
  }

  /** Gives kubectl a manifest. */
  public void apply(String manifest) throws IOException {
    Path file = Files.writeString(Files.createTempFile(directory, "applied", ".yaml"), manifest);
    server.kubectl("apply", "-f", file.toString());
  }

  /** Waits until the operator has judged {@code object}, such as {@code capture/NAME}, so. */
  public void awaitState(String object, String state) {
    server.kubectl("wait", object, "--for=jsonpath={.status.state}=" + state, "--timeout=60s");
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
